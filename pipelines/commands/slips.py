"""`anxin slips`: everything on paper."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pipelines.commands.output import Json, Wave, plain, show
from pipelines.problems import BadInput


def slips(
    wave: Wave,
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")],
    school: Annotated[str | None, typer.Option("--school", help="One school's id.")] = None,
    district: Annotated[str | None, typer.Option("--district", help="All schools of a district.")] = None,
    klass: Annotated[str | None, typer.Option("--class", help="One class again, e.g. after a misprint.")] = None,
    void_unused: Annotated[
        bool, typer.Option("--void-unused", help="Print again: codes printed before and not used yet become void.")
    ] = False,
    paper: Annotated[bool, typer.Option("--paper", help="Paper forms, and codes for the bureau's clerks.")] = False,
    spares: Annotated[float, typer.Option(help="Share of spare slips, at least 0.1 and two a class.")] = 0.1,
    lang: Annotated[str, typer.Option(help="zh_CN | en")] = "zh_CN",
    as_json: Json = False,
) -> None:
    """Code slips, proctor sheets, letter and timetable: one encrypted PDF per school, its passphrase shown once.

    The passphrase is ANXIN_SLIPS_PASSPHRASE, or drawn at random and shown on the terminal, and nowhere else.
    """
    from pipelines.slips import Choice, Options, print_slips
    from pipelines.words import say

    check_choice(school, district, klass, lang)
    check_terminal()
    warn_of_address()
    options = Options(out, paper, void_unused, spares, lang)
    if void_unused:
        typer.echo(say("slips.voiding"), err=True)
    printed = print_slips(wave, Choice(school, district, klass), options, show_passphrase)
    lines = [say("slips.done", school=p.school_id, classes=p.classes, slips=p.slips, file=p.sealed) for p in printed]
    lines += [say("slips.masters", file=p.open) for p in printed if p.open]
    show({"wave": wave, "printed": [plain(p) for p in printed]}, as_json, lines)


def check_choice(school: str | None, district: str | None, klass: str | None, lang: str) -> None:
    """BadInput unless exactly one of the three is given, and the language is one we have."""
    from pipelines.words import LANGUAGES, say

    if sum(bool(given) for given in (school, district, klass)) != 1:
        raise BadInput(say("slips.choice"), next_step=say("slips.choice_step"))
    if lang not in LANGUAGES:
        raise BadInput(say("slips.lang"), next_step=" | ".join(LANGUAGES))


def check_terminal() -> None:
    """BadInput where a passphrase would be shown to a file instead of a person."""
    from pipelines.words import say

    if not os.environ.get("ANXIN_SLIPS_PASSPHRASE") and not sys.stderr.isatty():
        raise BadInput(say("slips.no_terminal"), next_step=say("slips.no_terminal_step"))


def show_passphrase(file: Path, passphrase: str) -> None:
    """Once, on the terminal; whoever chose it by ANXIN_SLIPS_PASSPHRASE knows it."""
    from pipelines.words import say

    if not os.environ.get("ANXIN_SLIPS_PASSPHRASE"):
        typer.echo(say("slips.passphrase", file=file.name, passphrase=passphrase), err=True)


def warn_of_address() -> None:
    """Say on stderr where the slips' address is one that only this machine can open."""
    from pipelines.words import say
    from survey.settings import survey_settings

    address = survey_settings().survey_url
    if is_local(address):
        typer.echo(say("slips.local_address", address=address), err=True)


def is_local(address: str) -> bool:
    return urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1")
