"""`anxin help`: the door for help slips: its adults, their keys, and what waits. Never what a slip says."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.commands.output import Json, Wave, in_columns, plain, show

if TYPE_CHECKING:
    from sqlalchemy import Engine

app = typer.Typer(help="求助条 · Help slips: adults, keys, what waits", no_args_is_help=True)
adult_app = typer.Typer(help="能收求助条的大人 · The adults a slip can be addressed to", no_args_is_help=True)
app.add_typer(adult_app, name="adult")

School = Annotated[str, typer.Argument(help="School id.")]
Name = Annotated[str, typer.Argument(help="Name (or role) as in the school's contacts.")]


@app.command("schools")
def help_schools(wave: Wave) -> None:
    """Take over the schools and contacts of an open wave; adults keep their keys."""
    from survey.help.adults import write_school
    from survey.intake import close_intake, open_intake, read_schools

    with help_store() as store:
        intake = open_intake()
        try:
            schools = read_schools(intake, wave)
        finally:
            close_intake(intake)
        for label in schools:
            write_school(store, label)
    tell("cli_schools", schools=len(schools), adults=sum(len(label.contacts) for label in schools))


@app.command("open")
def help_open(school: School) -> None:
    """Take slips from a school's students: needs two adults at school, one outside, and a second adult."""
    from survey.help.adults import open_door

    with help_store() as store:
        open_door(store, school)
    tell("cli_open", school=school)


@app.command("close")
def help_close(school: School) -> None:
    """Take no more slips from a school; its page shows telephone numbers."""
    from survey.help.adults import close_door

    with help_store() as store:
        close_door(store, school)
    tell("cli_close", school=school)


@adult_app.command("add")
def adult_add(
    school: School,
    name: Name,
    account: Annotated[str, typer.Option(help="Name of the adult's dashboard account.")],
    second: Annotated[bool, typer.Option("--second", help="The adult who can open every slip of the school.")] = False,
) -> None:
    """Make an adult's key; the adult types a passphrase (ANXIN_PASSPHRASE, a pipe or a prompt) and tells nobody."""
    from pipelines.commands.passphrase import read_passphrase
    from survey.help.adults import add_adult

    with help_store() as store:
        person = add_adult(store, school, name, account, read_passphrase(twice=True), second)
    tell("cli_added", role=person.role, name=person.name, account=account)


@adult_app.command("list")
def adult_list(school: School, as_json: Json = False) -> None:
    """A school's adults, who has a key, and what the school lacks before its door can open."""
    from pipelines.words.refusals import translate
    from survey.help.adults import find_door, missing

    with help_store() as store:
        door = find_door(store, school)
    people = [
        {
            "role": person.role,
            "name": person.name,
            "outside": person.outside,
            "second": person.second,
            "active": person.active,
            "account": person.account,
            "has_key": person.public_key is not None,
        }
        for person in door.adults
    ]
    document = {"school": school, "open": door.is_open, "lacks": missing(door), "adults": people}
    lacks = [translate(lack) for lack in missing(door)]
    lines = in_columns([words("cli_adult_head").split("|"), *map(adult_cells, people)])
    show(document, as_json, lines + ([words("cli_lacks", school=school, lacks="; ".join(lacks))] if lacks else []))


def adult_cells(person: dict[str, Any]) -> list[str]:
    """An adult's line for a person at a terminal: a mark for yes, a dash for no."""
    from pipelines.words import spoken_language
    from survey.roles import role_name

    flags = ("outside", "second", "active", "has_key")
    role = role_name(person["role"], "zh" if spoken_language() == "zh_CN" else "en")
    return [role, person["name"], person["account"] or "–", *("✓" if person[flag] else "–" for flag in flags)]


@adult_app.command("passphrase")
def adult_passphrase(school: School, name: Name) -> None:
    """Choose another passphrase (ANXIN_PASSPHRASE is the old one, ANXIN_NEW_PASSPHRASE the new); the key stays."""
    from pipelines.commands.passphrase import ask, read_passphrase
    from survey.help.adults import change_passphrase

    old = read_passphrase()
    given = os.environ.get("ANXIN_NEW_PASSPHRASE")
    new = given or (ask(True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n"))
    with help_store() as store:
        change_passphrase(store, school, name, old, new)
    tell("cli_changed", name=name)


@adult_app.command("renew")
def adult_renew(school: School, name: Name) -> None:
    """Make a new key after a lost passphrase: earlier slips are then opened by the second adult."""
    from pipelines.commands.passphrase import read_passphrase
    from survey.help.adults import renew_key

    with help_store() as store:
        renew_key(store, school, name, read_passphrase(twice=True))
    tell("cli_renewed", name=name)


@adult_app.command("second")
def adult_second(school: School, name: Name) -> None:
    """Make this adult the school's second, who can open every slip from today."""
    from survey.help.adults import set_second

    with help_store() as store:
        set_second(store, school, name)
    tell("cli_second", name=name)


@adult_app.command("close")
def adult_close(school: School, name: Name) -> None:
    """Offer this adult no more."""
    from pipelines.words.refusals import translate
    from survey.help.adults import close_adult

    with help_store() as store:
        lacks = close_adult(store, school, name)
    tell("cli_adult_closed", name=name)
    if lacks:
        tell("cli_lacks", school=school, lacks="; ".join(map(translate, lacks)))


@app.command("lead")
def help_lead(
    account: Annotated[str, typer.Argument(help="Name of the dashboard account.")],
    name: Annotated[str, typer.Option(help="Name.")],
    phone: Annotated[str, typer.Option(help="Telephone.")],
    district: Annotated[str, typer.Option(help="District id; left out: every district.")] = "",
) -> None:
    """Set who at the bureau is told that slips wait; a lead reads no slip."""
    from survey.help.adults import write_lead

    with help_store() as store:
        write_lead(store, account, name, phone, district)
    tell("cli_lead", name=name)


@app.command("status")
def help_status(as_json: Json = False) -> None:
    """Slips that nobody has opened, per school: in all, and beyond one school day. No content.

    Rewrites the store in random order on the way: where the form may not do so itself, let a timer run this daily.
    """
    from survey.help.store import rewrite_store
    from survey.help.waiting import count_slips
    from survey.help.workdays import load_calendar

    with help_store() as store:
        rows = count_slips(store, date.today(), load_calendar())
        rewrite_store(store)
    warn_of_calendar()
    lines = in_columns([words("cli_status", **status_words(row)).split("|") for row in rows]) if rows else []
    show({"schools": [plain(row) for row in rows]}, as_json, lines or [words("cli_no_schools")])


@app.command("notices")
def help_notices(file: Annotated[Path, typer.Option("--file", help="Tab-separated; written anew.")]) -> None:
    """Write one line for each person who has to be told (account, name, telephone, sentence), without content."""
    from pipelines.files.whole import write_whole
    from survey.help.waiting import list_notices
    from survey.help.workdays import load_calendar

    with help_store() as store:
        told = list_notices(store, date.today(), load_calendar())
    warn_of_calendar()
    lines = ["\t".join((row.account, row.name, row.phone, words(f"notice_{row.reason}"))) for row in told]
    with write_whole(file) as out:
        out.write("".join(f"{line}\n" for line in lines).encode())
    tell("cli_notices", count=len(lines), file=file)


@app.command("rights")
def help_rights(
    form: Annotated[str, typer.Option(help="PostgreSQL role of the form.")],
    desk: Annotated[str, typer.Option(help="PostgreSQL role of the dashboard.")],
) -> None:
    """Print the GRANTs that let form and dashboard do their own part and no more (PostgreSQL, run as owner)."""
    from survey.help.rights import grant_statements

    with help_store():
        typer.echo("\n".join(grant_statements(form, desk)))


@app.command("purge")
def help_purge(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Slips written before this day.")],
) -> None:
    """Destroy slips written before a day, opened or not, with their answers."""
    from survey.help.store import delete_slips

    with help_store() as store:
        gone = delete_slips(store, before.date())
    tell("cli_purged", count=gone)


@contextmanager
def help_store() -> Iterator[Engine]:
    """The store of the settings; its refusals become one clear line and exit 2, a store out of reach exit 1."""
    from sqlalchemy.exc import SQLAlchemyError

    from pipelines.problems import BadInput, CannotDo
    from survey.help.store import help_url, open_store
    from survey.problems import SurveyProblem
    from survey.settings import survey_settings

    try:
        yield open_store(help_url(survey_settings()))
    except SurveyProblem as refused:
        raise BadInput(refused.rule, next_step=refused.next_step) from refused
    except SQLAlchemyError as error:
        raise CannotDo("the help store cannot be used", next_step="check ANXIN_HELP_URL and the disk") from error


def warn_of_calendar() -> None:
    """Say on stderr where this year's holidays are not known."""
    from survey.help.workdays import load_calendar

    if date.today().year not in load_calendar().years:
        typer.echo(words("cli_no_table", year=date.today().year), err=True)


def status_words(row: Any) -> dict[str, Any]:
    state = words("cli_state_open" if row.is_open else "cli_state_closed")
    counts = {"unopened": row.unopened, "waiting": row.waiting, "handed": row.handed}
    return {"school": row.school_id, "name": row.name, "state": state, **counts}


def words(key: str, **values: Any) -> str:
    from pipelines.words import spoken_language
    from survey.help.words import say

    return say("zh" if spoken_language() == "zh_CN" else "en", key, **values)


def tell(key: str, **values: Any) -> None:
    typer.echo(words(key, **values))
