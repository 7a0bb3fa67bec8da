"""Opening a bundle's envelopes: sheets as Arrow tables, what is kept apart as rows, both in an order drawn anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import pyarrow as pa

from pipelines.files.bundle import Bundle, read_envelopes
from pipelines.files.read import Kind, Source
from pipelines.problems import CannotDo, Where
from pipelines.words import say
from survey.instrument import Instrument
from survey.problems import SheetFault
from survey.sealing import KeyPair, unseal
from survey.sheets import HASH, Apart, Sheet, decode_apart, decode_sheet

ENVELOPE_RULES = ("unopenable", "malformed", "other_instrument")
CHUNK = 20_000  # sheets in memory as Python values
ARROW: dict[Kind, pa.DataType] = {"text": pa.string(), "whole": pa.int8()}

Opened = TypeVar("Opened")


def sheet_source(bundle: Bundle, key: KeyPair, instrument: Instrument) -> Source:
    """The sheets as a source of rows; its `unreadable` fills with envelopes that hold no sheet, and why."""
    kinds: dict[str, Kind] = {"class_id": "text", "take_part": "whole", "too_fast": "whole"}
    kinds |= {name: "text" if column.kind == "text" else "whole" for name, column in instrument.columns.items()}
    unreadable: dict[int, str] = {}
    tables = partial(sheet_tables, bundle, key, instrument, kinds, unreadable)
    return Source(bundle.path, "bundle", kinds, unreadable=unreadable, row_rules=ENVELOPE_RULES, tables=tables)


def sheet_tables(
    bundle: Bundle,
    key: KeyPair,
    instrument: Instrument,
    kinds: dict[str, Kind],
    unreadable: dict[int, str],
    wanted: Sequence[str],
) -> Iterator[pa.Table]:
    """One row per sheet: "#row", its place in the order drawn, and the wanted columns."""
    sheets = open_envelopes(read_envelopes(bundle, "sheets"), key, instrument, decode_sheet, unreadable)
    while chunk := list(islice(sheets, CHUNK)):
        cells = [pa.array([cell(sheet, name) for _, sheet in chunk], ARROW[kinds[name]]) for name in wanted]
        yield pa.table([pa.array([row for row, _ in chunk], pa.int64()), *cells], names=["#row", *wanted])


def cell(sheet: Sheet, name: str) -> Any:
    return sheet.class_id if name == "class_id" else sheet.answers[name]


def open_apart(bundle: Bundle, key: KeyPair, instrument: Instrument, unreadable: dict[int, str]) -> Iterator[Apart]:
    """What is kept apart, one value per envelope that could be opened."""
    envelopes = read_envelopes(bundle, "apart")
    return (apart for _, apart in open_envelopes(envelopes, key, instrument, decode_apart, unreadable))


def open_envelopes(
    envelopes: Iterator[bytes],
    key: KeyPair,
    instrument: Instrument,
    decode: Callable[[bytes, Instrument], Opened],
    unreadable: dict[int, str],
) -> Iterator[tuple[int, Opened]]:
    """(number from 1, content) of each sound envelope; the rest stand in `unreadable` with the rule they broke."""
    for number, envelope in enumerate(envelopes, start=1):
        try:
            payload = unseal(key, envelope)
        except SheetFault:
            unreadable[number] = "unopenable"
            continue
        try:
            yield number, decode(payload, instrument)
        except SheetFault:
            unreadable[number] = "malformed" if is_of(instrument, payload) else "other_instrument"


def is_of(instrument: Instrument, payload: bytes) -> bool:
    """Whether a payload names this instrument, or is too short to name any."""
    return len(payload) <= HASH or payload[1 : 1 + HASH] == bytes.fromhex(instrument.hash)


def open_participation(bundle: Bundle, key: KeyPair) -> dict[str, int]:
    """Class → codes spent, as the survey host sealed them at close. CannotDo where the box doesn't open."""
    try:
        return read_counts(json.loads(unseal(key, bundle.header.participation)))
    except (SheetFault, ValueError, RecursionError):  # whoever has the public key can seal anything
        where = Where(bundle.path.name)
        raise CannotDo(say("bundle.participation"), where=where, next_step=say("bundle.mismatch_step")) from None


def read_counts(document: Any) -> dict[str, int]:
    """ValueError for anything but whole numbers by class."""
    if not isinstance(document, dict) or any(type(number) is not int for number in document.values()):
        raise ValueError("not counts by class")
    return document
