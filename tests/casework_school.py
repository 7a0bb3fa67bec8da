"""Fixtures of casework's tests: a store in each database, a clock that can be set, people, and signs to work on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest

from dashboard.casework import clocks, signs, store, sync
from dashboard.casework.released import Release, School, Signal
from dashboard.casework.scope import CLOCK
from dashboard.casework.values import Sign
from dashboard.settings import settings
from dashboard.viewer import Viewer

FRIDAY = date(2026, 11, 20)
ANNA, BEN = Viewer("anna", "counselor", "S1"), Viewer("ben", "counselor", "S1")
OTHER = Viewer("zoe", "counselor", "S2")
BUREAU, DISTRICT = Viewer("bea", "bureau", ""), Viewer("dan", "district", "D1")
SCHOOLS = (School("S1", "One", "D1"), School("S2", "Two", "D2"))


BOTH = pytest.mark.parametrize("casework", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store, made once by the migrations: to make one costs half a second."""
    folder = tmp_path_factory.mktemp("made") / "casework"
    made = store._engine(f"sqlite:///{folder / 'casework.sqlite'}")
    store.private_folder(folder)
    store.migrate(made, folder / "casework.sqlite")
    return folder


@pytest.fixture
def casework(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, home: Path, made_store: Path
) -> Iterator[str]:
    """An empty store, SQLite unless a test asks for both; the name of its database."""
    kind = getattr(request, "param", "sqlite")
    if kind == "postgresql":
        monkeypatch.setenv("ANXIN_CASEWORK_URL", request.getfixturevalue("postgres_url"))
        settings.cache_clear()
    else:
        shutil.copytree(made_store, home / "casework")
    store.forget()
    yield kind
    store._engine(settings().casework_store).dispose()
    store.forget()


@pytest.fixture
def set_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Set the day that it is; a Friday in November 2026 to begin with."""

    def to(day: date) -> None:
        monkeypatch.setattr(clocks, "now", lambda: datetime.combine(day, time(9, 30)))

    to(FRIDAY)
    return to


def a_signal(unit: str = "S1-07-4", school: str = "S1", wave: str = "2026-2", **others: str) -> Signal:
    held = {"unit_kind": "class", "rule_id": "frequent_happened", "level": "warning", "kind": "happened", "turn": ""}
    return Signal(school_id=school, wave=wave, unit_id=unit, **{**held, **others})


def take(*signals: Signal, name: str = "2026-2.1") -> tuple[int, int, int]:
    """Let the timer take over a release that holds these signals."""
    wave = name.rpartition(".")[0]
    with store.writing(CLOCK) as connection:
        moment = datetime.combine(clocks.today(), time(9, 30))
        return sync._take(connection, Release(name, wave, SCHOOLS, signals), moment)


def strike(day: date) -> tuple[int, int]:
    with store.writing(CLOCK) as connection:
        return sync._strike(connection, day, datetime.combine(day, time(9, 30)))


@pytest.fixture
def sign(casework: str, set_day: Callable[[date], None]) -> Sign:
    """A sign of school S1, new on a Friday."""
    take(a_signal())
    return signs.list_signs(ANNA)[0]
