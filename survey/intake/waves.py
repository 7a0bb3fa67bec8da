"""A wave while it is open and after: its labels, its state, and its envelopes once it is closed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, insert, select

from survey.instrument import Instrument
from survey.intake import schema
from survey.intake.labels import OPEN, WIPED, ClassLabel, Contact, SchoolLabel, WaveState
from survey.intake.opening import Intake
from survey.problems import WaveFault
from survey.sealing import APART_LENGTH, SHEET_LENGTH, seal
from survey.sheets import apart_layout, apart_payload, sheet_layout, sheet_payload

ID = re.compile(r"[A-Za-z0-9_-]{1,40}")  # ids become names of files and schemas


def open_wave(
    intake: Intake,
    wave: str,
    public_key: bytes,
    opens: date,
    closes: date,
    instrument: Instrument,
    schools: Sequence[SchoolLabel],
    classes: Sequence[ClassLabel],
) -> None:
    """Make the wave's store and open it. WaveFault if it exists, or its labels don't fit together.

    The book is written last and at once: a wave whose opening was cut short isn't there, and can be opened again.
    """
    check_labels(wave, opens, closes, instrument, schools, classes)
    check_room(public_key, instrument)
    if find_wave(intake, wave):
        raise WaveFault("this wave was opened already", where=wave)
    shelves = sorted({intake.store.shelf_of(school.school_id) for school in schools})
    intake.store.prepare(wave, shelves)
    row = {
        "wave_id": wave,
        "instrument_hash": instrument.hash,
        "instrument_json": "",
        "public_key": public_key,
        "state": OPEN,
        "opens_on": opens,
        "closes_on": closes,
    }
    for shelf in shelves:
        with intake.store.shelf(wave, shelf) as connection:
            connection.execute(schema.wave.delete())
            connection.execute(insert(schema.wave), row)
    with intake.store.book(wave) as connection:
        connection.execute(schema.wave.delete())
        connection.execute(insert(schema.wave), row | {"instrument_json": instrument.to_json()})
        connection.execute(insert(schema.school_label), [school_row(school) for school in schools])
        connection.execute(insert(schema.class_label), [asdict(label) for label in classes])
        meters = [{"wave_id": wave, "class_id": label.class_id, "state": "not_begun"} for label in classes]
        connection.execute(insert(schema.meter), meters)


def check_labels(
    wave: str,
    opens: date,
    closes: date,
    instrument: Instrument,
    schools: Sequence[SchoolLabel],
    classes: Sequence[ClassLabel],
) -> None:
    """WaveFault for ids that can't name a file, labels that don't fit together, or nothing to ask."""
    ids = [wave, *(s.school_id for s in schools), *(c.class_id for c in classes)]
    if bad := next((text for text in ids if not ID.fullmatch(text)), None):
        raise WaveFault("an id has up to 40 letters, digits, - and _", where=bad)
    if opens > closes:
        raise WaveFault("a wave opens before it closes", where=wave)
    known = {school.school_id for school in schools}
    if not classes or len(known) != len(schools) or len({c.class_id for c in classes}) != len(classes):
        raise WaveFault("a wave has classes, and every school and class stands once", where=wave)
    for label in classes:
        if label.school_id not in known or label.band not in instrument.bands:
            raise WaveFault(
                "a class belongs to a school of the wave and to a band of the instrument", where=label.class_id
            )
        if not 0 < label.grade < 256 or label.enrolled < 0:
            raise WaveFault("a class has a grade and a number of students", where=label.class_id)


def check_room(public_key: bytes, instrument: Instrument) -> None:
    """SheetFault where a sheet of this instrument doesn't fit its envelope; WaveFault for what is no key."""
    if len(public_key) != 32:
        raise WaveFault("a public key has 32 bytes")
    longest = "x" * 40
    sheet, apart = sheet_layout(instrument), apart_layout(instrument)
    seal(public_key, sheet_payload(sheet, longest, bytes(len(sheet.names))), SHEET_LENGTH)
    seal(public_key, apart_payload(apart, longest, 1, bytes(len(apart.names))), APART_LENGTH)


def school_row(school: SchoolLabel) -> dict[str, str]:
    """One row per school; lists and mappings as JSON."""
    return {
        "school_id": school.school_id,
        "name": school.name,
        "district_id": school.district_id,
        "bands": in_json(school.bands),
        "contacts": in_json([asdict(contact) for contact in school.contacts]),
        "places": in_json(dict(school.places)),
    }


def in_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_wave(intake: Intake, wave: str) -> WaveState:
    """WaveFault if there is no such wave."""
    state = find_wave(intake, wave)
    if state is None:
        raise WaveFault("there is no such wave", where=wave)
    return state


def find_wave(intake: Intake, wave: str) -> WaveState | None:
    """None, too, where an opening was cut short before the book was written."""
    if wave not in intake.store.waves():
        return None
    with intake.store.book(wave) as connection:
        row = connection.execute(select(schema.wave)).mappings().one_or_none()
    return build_state(row) if row else None


def build_state(row: RowMapping) -> WaveState:
    return WaveState(
        wave=row["wave_id"],
        state=row["state"],
        public_key=bytes(row["public_key"]),
        opens=row["opens_on"],
        closes=row["closes_on"],
        instrument_hash=row["instrument_hash"],
        instrument_json=row["instrument_json"],
    )


def read_schools(intake: Intake, wave: str) -> tuple[SchoolLabel, ...]:
    """All schools of the wave, by id."""
    query = select(schema.school_label).order_by(schema.school_label.c.school_id)
    with intake.store.book(wave) as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(build_school(dict(row)) for row in rows)


def build_school(row: dict[str, str]) -> SchoolLabel:
    contacts = tuple(Contact(**contact) for contact in json.loads(row["contacts"]))
    bands, places = tuple(json.loads(row["bands"])), json.loads(row["places"])
    return SchoolLabel(row["school_id"], row["name"], row["district_id"], bands, contacts, places)


def read_classes(intake: Intake, wave: str, school_id: str | None = None) -> tuple[ClassLabel, ...]:
    """All classes of the wave or of one school, by school, grade and id."""
    table = schema.class_label.c
    query = select(schema.class_label).order_by(table.school_id, table.grade, table.class_id)
    if school_id is not None:
        query = query.where(table.school_id == school_id)
    with intake.store.book(wave) as connection:
        return tuple(ClassLabel(**row) for row in connection.execute(query).mappings())


def check_closed(intake: Intake, wave: str) -> None:
    """WaveFault unless the wave is closed and its envelopes are still here."""
    state = read_wave(intake, wave).state
    if state == OPEN:
        raise WaveFault("no counts and no envelopes while a wave is open", where=wave, next_step="close it first")
    if state == WIPED:
        raise WaveFault("this wave was wiped", where=wave)


def read_sealed(intake: Intake, wave: str) -> Iterator[bytes]:
    """The sealed sheets of a closed wave, in an order drawn anew each time."""
    check_closed(intake, wave)
    return intake.store.read(wave, "sealed")


def read_sealed_apart(intake: Intake, wave: str) -> Iterator[bytes]:
    """The sealed self-descriptions of a closed wave, in an order drawn anew each time."""
    check_closed(intake, wave)
    return intake.store.read(wave, "apart")
