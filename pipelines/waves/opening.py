"""`anxin wave open`: the class list's allow-listed columns into the intake, under a key that was tried out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from duckdb import DuckDBPyConnection

from pipelines.contracts import has_table
from pipelines.files.keycard import read_card
from pipelines.files.survey_faults import survey_faults
from pipelines.microdata import open_microdata
from pipelines.problems import BadInput, Where
from pipelines.waves.ledger import Ledger, write_ledger
from pipelines.waves.names import check_wave
from pipelines.words import say
from survey.instrument import Instrument, load_instrument
from survey.intake import ClassLabel, Contact, SchoolLabel, close_intake, open_intake, open_wave
from survey.settings import survey_settings

NAMED = 5  # ids in one message


@dataclass(frozen=True)
class ClassList:
    """What a wave asks. `left_out`: classes of grades that aren't asked."""

    schools: tuple[SchoolLabel, ...]
    classes: tuple[ClassLabel, ...]
    left_out: int


@dataclass(frozen=True)
class OpenReport:
    """What was opened; `students` is the number on the class lists."""

    wave: str
    opens: date
    closes: date
    schools: int
    classes: int
    students: int
    left_out: int


def start_wave(wave: str, key: Path, opens: date, closes: date, instrument: Instrument | None = None) -> OpenReport:
    """Open a wave over the class list imported last.

    BadInput, and nothing is opened: an untested key or another wave's, dates the wrong way round, no class list,
    a school without contacts or without one outside, a wave that exists.
    """
    check_wave(wave)
    card = read_card(key, wave)
    check_days(opens, closes, date.today())
    asked = instrument or load_instrument()
    with open_microdata() as connection:
        listed = read_class_list(connection, asked)
    check_contacts(listed)
    with survey_faults():
        intake = open_intake()
        try:
            if wave in intake.store.waves():
                raise BadInput(say("wave.exists", wave=wave), next_step=say("wave.exists_step", wave=wave))
            write_ledger(Ledger(wave, card.receipts.hex()))
            open_wave(intake, wave, card.public, opens, closes, asked, listed.schools, listed.classes)
        finally:
            close_intake(intake)
    tell_help_store(listed.schools)
    students = sum(label.enrolled for label in listed.classes)
    return OpenReport(wave, opens, closes, len(listed.schools), len(listed.classes), students, listed.left_out)


def check_days(opens: date, closes: date, today: date) -> None:
    """BadInput for days the wrong way round, and for a wave that would be over before it was opened."""
    if opens > closes:
        raise BadInput(say("wave.dates", opens=opens, closes=closes), next_step=say("wave.dates_step"))
    if closes < today:
        raise BadInput(say("wave.past", closes=closes), next_step=say("wave.dates_step"))


def tell_help_store(schools: tuple[SchoolLabel, ...]) -> None:
    """Every slip carries the help slip's address, so each school's page must know its people before slips are drawn."""
    from survey.help.adults import write_school
    from survey.help.store import help_url, open_store

    store = open_store(help_url(survey_settings()))
    try:
        for label in schools:
            write_school(store, label)
    finally:
        store.dispose()


def read_class_list(connection: DuckDBPyConnection, instrument: Instrument) -> ClassList:
    """The last snapshot's classes and schools, allow-listed columns only; BadInput where there is none."""
    row = None
    if has_table(connection, "main", "raw_snapshot"):
        row = connection.execute("SELECT max(snapshot_id) FROM raw_snapshot").fetchone()
    if row is None or row[0] is None:
        raise BadInput(say("load.no_registry"), next_step=say("load.no_registry_step"))
    bands = list(instrument.bands)
    query = """SELECT class_id, school_id, class_name, band, grade, enrolled FROM raw_registry
               WHERE snapshot_id = ? AND list_contains(?, band) ORDER BY class_id"""
    classes = tuple(ClassLabel(*cells) for cells in connection.execute(query, [row[0], bands]).fetchall())
    listed = connection.execute("SELECT count(*) FROM raw_registry WHERE snapshot_id = ?", [row[0]]).fetchone()
    return ClassList(read_schools(connection, row[0], classes), classes, (listed or (0,))[0] - len(classes))


def read_schools(
    connection: DuckDBPyConnection, snapshot: str, classes: tuple[ClassLabel, ...]
) -> tuple[SchoolLabel, ...]:
    """Schools with a class that is asked: name, district, bands, contacts, and their own words for places."""
    bands: dict[str, set[str]] = defaultdict(set)
    for label in classes:
        bands[label.school_id].add(label.band)
    query = "SELECT DISTINCT school_id, school_name, district_id FROM raw_registry WHERE snapshot_id = ? ORDER BY 1"
    rows = connection.execute(query, [snapshot]).fetchall()
    contacts, places = read_contacts(connection, snapshot), read_places(connection, snapshot)
    return tuple(
        SchoolLabel(school, name, district, tuple(sorted(bands[school])), tuple(contacts[school]), places[school])
        for school, name, district in rows
        if school in bands
    )


def read_contacts(connection: DuckDBPyConnection, snapshot: str) -> dict[str, list[Contact]]:
    query = """SELECT school_id, role, name, phone, coalesce(place, ''), coalesce(hours, ''), outside
               FROM raw_contact WHERE snapshot_id = ? ORDER BY school_id, outside, role, name"""
    found: dict[str, list[Contact]] = defaultdict(list)
    for school, *cells in connection.execute(query, [snapshot]).fetchall():
        found[school].append(Contact(*cells))
    return found


def read_places(connection: DuckDBPyConnection, snapshot: str) -> dict[str, dict[str, str]]:
    query = "SELECT school_id, place, local_name FROM raw_place WHERE snapshot_id = ? ORDER BY ALL"
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for school, place, local_name in connection.execute(query, [snapshot]).fetchall():
        found[school][place] = local_name
    return found


def check_contacts(listed: ClassList) -> None:
    """BadInput that names the schools where a child would find nobody, or nobody outside the school."""
    nobody = [school.school_id for school in listed.schools if not any(not c.outside for c in school.contacts)]
    inside_only = [school.school_id for school in listed.schools if not any(c.outside for c in school.contacts)]
    for key, schools in (("wave.nobody_inside", nobody), ("wave.nobody_outside", inside_only)):
        if schools:
            named = ", ".join(schools[:NAMED]) + (" …" if schools[NAMED:] else "")
            rule = say(key, count=len(schools), schools=named)
            raise BadInput(rule, where=Where("contacts.csv"), next_step=say("wave.contacts_step"))
