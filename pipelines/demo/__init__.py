"""The demo: a city with a past that was released and a wave that is open, and a login for each kind of reader."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from shutil import copyfile
from typing import Any

from pipelines.demo.city import fill_city
from pipelines.demo.form import Slip, open_next_wave
from pipelines.demo.logins import Login, add_logins
from pipelines.problems import BadInput, Where
from pipelines.settings import REFERENCE, settings
from pipelines.simulate import wave_ids
from survey.settings import survey_settings

STATE = "demo.json"


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
    forget_settings()
    yield from fill_city(home, state)
    write_state(home, state)
    logins = build_logins(state)
    write_state(home, state)
    take_signs()
    slips = open_next_wave(home, wave_ids(state["waves"] + 1)[-1], state["password"], logins[0].scope)
    yield from welcome(logins, slips, state["password"], port)
    yield f"  公开页 Public page  {write_public_page(home)}"
    yield ""


def welcome(logins: list[Login], slips: list[Slip], password: str, port: int) -> Iterator[str]:
    """The last lines: where to go, and who to be."""
    yield ""
    yield f"  看板 Dashboard   http://127.0.0.1:{port}"
    yield ""
    for login in logins:
        yield f"  {login.name:<10} {password}   {login.note}"
    yield ""
    yield "  问卷 The form: a slip for each band, good for one sheet"
    yield ""
    for slip in slips:
        yield f"  {slip.band:<10} {slip.address}"
    yield ""


def build_logins(state: dict[str, Any]) -> list[Login]:
    """The accounts, chosen once: a later wave neither sends the counselor to another school nor ends a session."""
    if "logins" not in state:
        state["logins"] = [asdict(login) for login in add_logins(state["password"])]
    return [Login(**login) for login in state["logins"]]


def take_signs() -> None:
    """What a timer does on a real installation: the release's signs become tasks."""
    from dashboard.casework.sync import sync_signs

    sync_signs()


def write_public_page(home: Path) -> Path:
    """The bureau's static page of this release, as an office of a made-up city would fill it; the page's address."""
    from dashboard.public import write_public

    office = home / "office.yml"
    if not office.exists():  # whoever tries other words in a demo keeps them
        copyfile(REFERENCE / "demo_office.yml", office)
    return write_public(home / "public", office)[0]


def forget_settings() -> None:
    """Settings are read once per process; the demo has just changed where home is."""
    settings.cache_clear()
    survey_settings.cache_clear()


def read_state(home: Path) -> dict[str, Any] | None:
    path = home / STATE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_state(home: Path, state: dict[str, Any]) -> None:
    path = home / STATE
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(json.dumps(state), encoding="utf-8")
