"""Fixtures of the dashboard's tests: each made-up city is written once a run and put under a test's own home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shutil import copytree

import pytest
from made_once import made_once
from published_city import write_release

Work = Callable[[], object]


@pytest.fixture(scope="session")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Scenario → folder `published` of that city."""

    def city(scenario: str) -> Path:
        return made_once(tmp_path_factory, scenario, partial(write_release, scenario=scenario)) / "published"

    return city


@pytest.fixture
def show_city(home: Path, cities: Callable[[str], Path]) -> Callable[[str], None]:
    """Put a city under this test's home."""

    def show(scenario: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "published").symlink_to(cities(scenario))

    return show


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test leaves the home that it made, for the others to start from."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def begin_work(show_city: Callable[[str], None], home: Path, kept: Path) -> Iterator[Callable[[Work], None]]:
    """Put the demo city under this test's home, with the casework that `work` writes there: written once a process, for
    a store takes its migrations half a second."""
    from dashboard.casework import store

    def begin(work: Work) -> None:
        made = kept / f"{work.__module__}.{work.__name__}"
        store.forget()
        if not made.exists():
            show_city("demo")
            work()
            store.forget()
            copytree(home, made, symlinks=True)
        else:
            copytree(made, home, symlinks=True)

    yield begin
    store.forget()
