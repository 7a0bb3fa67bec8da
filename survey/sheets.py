"""A sheet as bytes: canonical and compact, a header and one byte per column in the instrument's order.

A blank, a short form and a long one have the same length, but for the id of their class; sealing pads the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from survey.columns import Column
from survey.instrument import Instrument
from survey.problems import SheetFault

Answer = int | str | None
VERSION = 1
EMPTY = 0
FLAGS = {"take_part": (0, 1), "too_fast": (0, 1)}
HASH = 32  # bytes of the instrument's sha256


@dataclass(frozen=True)
class Sheet:
    """One sheet handed in. `answers`: take_part, too_fast, and the instrument's columns; None where empty."""

    class_id: str
    instrument_hash: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class Apart:
    """The coarse self-descriptions of one sheet, without its class."""

    school_id: str
    grade: int
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class Layout:
    """One byte per column: 0 is empty, n the n-th code."""

    names: tuple[str, ...]
    codes: tuple[tuple[int | str, ...], ...]
    bytes_of: Mapping[str, Mapping[Answer, int]]
    instrument_hash: bytes


def sheet_layout(instrument: Instrument) -> Layout:
    return layout_of("sheet", instrument, instrument.columns.values())


def apart_layout(instrument: Instrument) -> Layout:
    return layout_of("apart", instrument, instrument.apart_columns.values())


_LAYOUTS: dict[tuple[str, str], Layout] = {}


def layout_of(kind: str, instrument: Instrument, columns: Iterable[Column]) -> Layout:
    """Built once per instrument; its hash moves with every column and code."""
    key = (kind, instrument.hash)
    if key not in _LAYOUTS:
        _LAYOUTS[key] = build_layout(instrument, columns, FLAGS if kind == "sheet" else {})
    return _LAYOUTS[key]


def build_layout(
    instrument: Instrument, columns: Iterable[Column], flags: Mapping[str, tuple[int | str, ...]]
) -> Layout:
    codes = {**flags, **{column.name: column.codes for column in columns}}
    places = {name: {code: place for place, code in enumerate(own, start=1)} for name, own in codes.items()}
    bytes_of = {name: {None: EMPTY, **own} for name, own in places.items()}
    return Layout(tuple(codes), tuple(codes.values()), bytes_of, bytes.fromhex(instrument.hash))


def encode_sheet(sheet: Sheet, instrument: Instrument) -> bytes:
    """Canonical and compact; SheetFault names a column that is unknown or holds an unknown code, never the code."""
    if sheet.instrument_hash != instrument.hash:
        raise SheetFault("the sheet belongs to another instrument")
    layout = sheet_layout(instrument)
    return sheet_payload(layout, sheet.class_id, encode_cells(layout, sheet.answers))


def decode_sheet(payload: bytes, instrument: Instrument) -> Sheet:
    """The inverse of `encode_sheet`. SheetFault for anything that it never wrote."""
    layout = sheet_layout(instrument)
    class_id, cells = split_payload(layout, payload, extra=0)
    return Sheet(class_id, instrument.hash, decode_cells(layout, cells))


def encode_apart(apart: Apart, instrument: Instrument) -> bytes:
    layout = apart_layout(instrument)
    return apart_payload(layout, apart.school_id, apart.grade, encode_cells(layout, apart.answers))


def decode_apart(payload: bytes, instrument: Instrument) -> Apart:
    """The inverse of `encode_apart`. SheetFault for anything that it never wrote."""
    layout = apart_layout(instrument)
    school_id, rest = split_payload(layout, payload, extra=1)
    return Apart(school_id, rest[0], decode_cells(layout, rest[1:]))


def sheet_payload(layout: Layout, class_id: str, cells: bytes) -> bytes:
    return header(layout, class_id) + cells


def apart_payload(layout: Layout, school_id: str, grade: int, cells: bytes) -> bytes:
    return header(layout, school_id) + bytes([grade]) + cells


def header(layout: Layout, unit: str) -> bytes:
    """Version, the instrument's hash, and the unit's id behind its length."""
    name = unit.encode()
    return bytes([VERSION]) + layout.instrument_hash + bytes([len(name)]) + name


def encode_cells(layout: Layout, answers: Mapping[str, Answer]) -> bytes:
    """One byte per column; a column that is absent is empty."""
    try:
        cells = bytes(codes[answers.get(name)] for name, codes in layout.bytes_of.items())
    except (KeyError, TypeError):  # TypeError: a list or a mapping where a code belongs
        raise SheetFault("a column holds a code that the instrument doesn't have") from None
    if not answers.keys() <= layout.bytes_of.keys():
        raise SheetFault("a column isn't one of the instrument")
    return cells


def decode_cells(layout: Layout, cells: bytes) -> dict[str, Answer]:
    try:
        return {
            name: codes[cell - 1] if cell else None
            for name, codes, cell in zip(layout.names, layout.codes, cells, strict=True)
        }
    except (ValueError, IndexError):
        raise SheetFault("an envelope holds a sheet of another form") from None


def split_payload(layout: Layout, payload: bytes, *, extra: int) -> tuple[str, bytes]:
    """The unit's id, and the `extra` bytes and cells behind it."""
    start = 1 + HASH
    if payload[:1] != bytes([VERSION]) or len(payload) <= start:
        raise SheetFault("an envelope holds a sheet of an unknown version")
    if payload[1:start] != layout.instrument_hash:
        raise SheetFault("an envelope holds a sheet of another instrument")
    end = start + 1 + payload[start]
    if len(payload) != end + extra + len(layout.names):
        raise SheetFault("an envelope holds a sheet of another form")
    try:
        return payload[start + 1 : end].decode(), payload[end:]
    except UnicodeDecodeError:
        raise SheetFault("an envelope holds a sheet of another form") from None
