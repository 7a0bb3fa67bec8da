"""`anxin doctor`: what is weaker on this installation than it could be, why, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.care import machine, stores
from pipelines.care.finding import LEVELS, Finding, found, ok
from pipelines.problems import Problem
from pipelines.settings import settings
from pipelines.words.refusals import tell_problem
from survey.settings import survey_settings

SIDES = {  # what of a home belongs to which process
    "form": ("survey/intake", "survey/pepper", "help"),
    "analysis": ("keys", "confidential/answers", "confidential/quality", "confidential/runs"),
    "dashboard": ("casework", "published"),
}


def examine(today: date) -> list[Finding]:
    """All findings, the worst first, otherwise in the order of looking."""
    home, survey = settings().home, survey_settings()
    checks = (
        stores.check_answers(today),
        stores.check_waves(today),
        stores.check_sync(),
        stores.check_intake_server(),
        stores.check_sound_stores(),
        stores.check_help(today),
        stores.check_casework(),
        stores.check_access_log(),
        stores.check_releases(),
        check_sides(home),
        check_address(survey.survey_url),
        machine.check_modes(home),
        machine.check_pepper(survey.pepper),
        machine.check_file_system(home),
        machine.check_room(home),
        machine.check_swap(),
        machine.check_user(),
        machine.check_leftovers(home),
        machine.check_fonts(),
        machine.check_versions(),
    )
    looked = chain.from_iterable(map(undisturbed, checks))
    return sorted(looked, key=lambda finding: LEVELS.index(finding.level))


def undisturbed(findings: Iterator[Finding]) -> Iterator[Finding]:
    """What a check finds. One that the machine cuts short is a finding itself, and the others go on."""
    try:
        yield from findings
    except OSError as error:
        yield found("broken", "cut_short", reason=error.strerror or type(error).__name__)
    except Problem as problem:
        yield found("broken", "cut_short", reason=tell_problem(problem))


def check_sides(home: Path) -> Iterator[Finding]:
    """Form, analysis and dashboard in one home: whoever holds this user's account holds all three."""
    here = [side for side, places in SIDES.items() if any(has_files(home / place) for place in places)]
    if len(here) > 1:
        yield found("weak", "one_machine", sides=len(here))
    else:
        yield ok("one_machine")


def has_files(place: Path) -> bool:
    return place.is_file() or any(path.is_file() for path in place.rglob("*"))


def check_address(address: str) -> Iterator[Finding]:
    """The address on the slips: without TLS everyone on the line reads what a child sends."""
    parts = urlsplit(address)
    if parts.hostname in ("127.0.0.1", "localhost", "::1"):
        yield found("notice", "address_local")
    elif parts.scheme != "https":
        yield found("weak", "address_plain")
    else:
        yield ok("address")
