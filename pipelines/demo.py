"""The demo city: simulated, loaded, released, and a login for each kind of reader."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.problems import BadInput, Where
from pipelines.settings import settings

STATE = "demo.json"


@dataclass(frozen=True)
class Login:
    """An account of the demo: role and scope as the dashboard knows them, and what to look at."""

    name: str
    role: str
    scope: str
    note: str


def build_demo(home: Path, schools: int, waves: int, seed: int, next_wave: bool, port: int) -> Iterator[str]:
    """Build the city under `home` and yield the lines that a newcomer needs; work that was done is not done again.

    With `next_wave` the city gets one more wave. Raises BadInput where `home` holds another demo city.
    """
    state = read_state(home) or {"schools": schools, "waves": waves, "seed": seed, "password": secrets.token_urlsafe(9)}
    if next_wave:
        state["waves"] += 1
    elif (state["schools"], state["seed"]) != (schools, seed) or state["waves"] < waves:
        raise BadInput(
            f"this folder holds a demo city of {state['schools']} schools with seed {state['seed']}",
            where=Where(str(home)),
            next_step="choose another --home, add a wave with --next-wave, or delete the folder",
        )
    home.mkdir(parents=True, exist_ok=True)
    os.environ["ANXIN_HOME"] = str(home.resolve())
    settings.cache_clear()
    yield from fill_city(home, state)
    write_state(home, state)
    yield from welcome(add_logins(state["password"]), state["password"], port)


def fill_city(home: Path, state: dict[str, Any]) -> Iterator[str]:
    """Simulate, import, load and run what is not there yet; one line per step."""
    from pipelines.load import load_file
    from pipelines.progress import bar, steps
    from pipelines.registry import import_registry
    from pipelines.run import STAGES, run_wave
    from pipelines.simulate import wave_ids, write_city

    city = home / "city"
    names = wave_ids(state["waves"])
    if not all((city / f"responses-{wave}.parquet").exists() for wave in names):
        with bar("simulate") as progress:
            report = write_city(city, state["schools"], state["waves"], state["seed"], "default", progress)
        yield f"simulated  {report.schools} schools, {report.classes} classes, {report.students} students"
    import_registry(city)
    for wave in names:
        with bar(f"load {wave}") as progress:
            loaded = load_file(city / f"responses-{wave}.parquet", wave, progress=progress)
        with steps(STAGES) as step:
            made = run_wave(wave, progress=step)
        yield (
            f"{wave}     read {loaded.read} = accepted {loaded.accepted} + rejected {loaded.rejected};"
            f" {made.signals} warning signs in {made.classes} classes; release {made.release}"
        )
        sys.stderr.flush()


def add_logins(password: str) -> list[Login]:
    """One account for each kind of reader, set anew so that the printed password is right."""
    from dashboard.accounts import add_account

    logins = choose_logins()
    for login in logins:
        add_account(login.name, password, login.role, login.scope, replace=True)
    return logins


def choose_logins() -> list[Login]:
    """The bureau, a district, the counselor with the most urgent signs, and one of a small rural school."""
    from pipelines.release.pointer import current_release

    folder = settings().published / str(current_release())
    wanted: list[tuple[int, str, bool]] = []
    for file in sorted(folder.glob("school_*.duckdb")):
        with duckdb.connect(str(file), read_only=True) as connection:
            row = connection.execute(
                """SELECT count(*) FILTER (level = 'urgent') * 10 + count(*) FILTER (level IN ('warning', 'watch')),
                          (SELECT any_value(rural) FROM pub_unit WHERE unit_kind = 'school'),
                          (SELECT max(enrolled) FROM pub_school_wave_coverage)
                   FROM pub_class_wave_signal WHERE wave = (SELECT as_of_wave FROM pub_release)"""
            ).fetchone()
        if row:
            wanted.append((int(row[0]), file.stem.removeprefix("school_"), bool(row[1]) and int(row[2] or 0) < 100))
    busiest = max(wanted, key=lambda entry: entry[0])[1]
    small = next((school for _, school, is_small in wanted if is_small), None)
    district = next(path.stem.removeprefix("district_") for path in sorted(folder.glob("district_*.duckdb")))
    logins = [
        Login("counselor", "counselor", busiest, "心理老师：本校的预警线索 · a school's counselor"),
        Login("bureau", "bureau", "", "教育局：覆盖与比较 · the bureau"),
        Login("district", "district", district, "区县：本区县的学校 · a district"),
    ]
    return logins + ([Login("village", "counselor", small, "村小：小规模学校 · a small rural school")] if small else [])


def welcome(logins: list[Login], password: str, port: int) -> Iterator[str]:
    """The last lines: where to go, and who to be."""
    yield ""
    yield f"  看板 Dashboard   http://127.0.0.1:{port}"
    yield ""
    for login in logins:
        yield f"  {login.name:<10} {password}   {login.note}"
    yield ""


def read_state(home: Path) -> dict[str, Any] | None:
    path = home / STATE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_state(home: Path, state: dict[str, Any]) -> None:
    path = home / STATE
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(json.dumps(state), encoding="utf-8")
