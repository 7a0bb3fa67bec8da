"""The demo's present: a wave that is open, slips to try, and a door for help slips."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from survey.intake import Intake

OPEN_DAYS = 30
# Contact's role → who opens that person's slips in the demo; the second adult can open every slip.
ACCOUNTS = {"counselor": "counselor", "safeguarding_lead": "lead", "outside": "bureau"}
SECOND = "safeguarding_lead"


@dataclass(frozen=True)
class Slip:
    """An address with its code, as a printed slip has it."""

    band: str
    address: str


def open_next_wave(home: Path, wave: str, passphrase: str, school: str) -> list[Slip]:
    """Open the wave after the simulated ones, with a key of its own; return a slip of each band.

    A wave that is open already gets fresh slips for the classes shown. `school`: where help slips can be written.
    """
    from survey.intake import close_intake, open_intake

    intake = open_intake()
    try:
        if wave not in intake.store.waves():
            start(wave, home / "keys" / f"{wave}.private", passphrase)
        open_help(passphrase, school)
        return draw_slips(intake, wave)
    finally:
        close_intake(intake)


def start(wave: str, key: Path, passphrase: str) -> None:
    """Make the wave's key and open it over the class list, from today on."""
    from pipelines.waves.key import make_key
    from pipelines.waves.opening import start_wave

    key.parent.mkdir(mode=0o700, exist_ok=True)
    public = key.with_suffix(".public")
    make_key(wave, key, public, passphrase)
    start_wave(wave, public, date.today(), date.today() + timedelta(days=OPEN_DAYS))


def draw_slips(intake: Intake, wave: str) -> list[Slip]:
    """One slip for a class of each band, drawn at random."""
    from survey.instrument import load_instrument
    from survey.intake import issue_codes, read_classes
    from survey.print.addresses import Site
    from survey.settings import survey_settings

    site = Site(survey_settings().survey_url, tuple(load_instrument().bands))
    shown = {label.band: label for label in read_classes(intake, wave)}
    slips = []
    for band in filter(shown.__contains__, site.bands):
        label = shown[band]
        code = secrets.choice(issue_codes(intake, wave, label.class_id, label.enrolled))
        slips.append(Slip(band, site.with_code(label.school_id, band, code)))
    return slips


def open_help(passphrase: str, school: str) -> None:
    """Let the students of one school write help slips: each of its adults is one of the demo's logins."""
    from survey.help.adults import add_adult, open_door, read_door
    from survey.help.store import help_url, open_store
    from survey.settings import survey_settings

    store = open_store(help_url(survey_settings()))
    try:
        door = read_door(store, school)
        for person in door.adults if door else ():
            if person.role in ACCOUNTS and not person.public_key:
                second = person.role == SECOND
                add_adult(store, school, f"{person.role} {person.name}", ACCOUNTS[person.role], passphrase, second)
        open_door(store, school)
    finally:
        store.dispose()
