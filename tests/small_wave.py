"""A wave stored by hand in an empty database, and its counts the slow way: one sheet at a time, by survey.scoring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import duckdb

from pipelines.contracts import create_table_sql, load_contract, quoted, wave_schema
from survey.instrument import Instrument, build_instrument, load_lists
from survey.scoring import score
from survey.settings import TERM

WAVE = "2026-1"
SNAPSHOT = "s0001"
Row = tuple[Any, ...]
AREA = {
    "rooms": "inside", "toilet": "inside", "canteen": "living", "dormitory": "living", "yard": "grounds",
    "outside": "beyond", "elsewhere": "beyond",
}  # fmt: skip


@dataclass(frozen=True)
class SchoolClass:
    class_id: str
    band: str | None
    school_id: str = "s1"
    grade: int = 7
    enrolled: int = 30


@dataclass(frozen=True)
class Sheet:
    """One sheet handed in. Columns that are not in `answers` are empty."""

    class_id: str | None
    answers: Mapping[str, int | str | None] = field(default_factory=dict)
    take_part: int = 1
    weight: float = 1.0
    groups: Mapping[str, str | None] = field(default_factory=dict)


def words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def small_instrument(
    bands: Iterable[str], items: Mapping[str, Mapping[str, Any]], indicators: Mapping[str, Any], units: str = "class"
) -> Instrument:
    """An instrument of one block; items and indicators get made-up words. Lists: the real places and times."""
    bands = list(bands)
    scale = [{"code": code, **words(str(code))} for code in range(5)]
    source = {
        "id": "small",
        "version": "1",
        "title": words("small"),
        "units": units,
        "bands": {band: words(band) for band in bands},
        "decline": {"code": 9, **words("rather not"), "missing": True},
        "scales": {"freq": scale},
        "lists": {name: limited(found, bands, items) for name, found in load_lists(["places", "times"], TERM).items()},
        "blocks": [{"code": "all", "items": {code: {**words(code), **item} for code, item in items.items()}}],
        "indicators": {
            code: {"label": words(code), "long": words(code), "direction": "higher_is_worse", **rule}
            for code, rule in indicators.items()
        },
    }
    return build_instrument(source, "small")


def limited(code_list: Mapping[str, Any], bands: list[str], items: Iterable[str]) -> dict[str, Any]:
    """A code list without the entries that none of the bands is offered, naming only items that are there."""
    codes = {}
    for code, entry in code_list["codes"].items():
        offered = [band for band in entry.get("bands", bands) if band in bands]
        if offered:
            left_out = [item for item in entry.get("not_in", []) if item in items]
            codes[code] = {**entry, "bands": offered, "not_in": left_out}
    return {**code_list, "codes": codes}


def store_wave(
    connection: duckdb.DuckDBPyConnection,
    instrument: Instrument,
    classes: Iterable[SchoolClass],
    sheets: Iterable[Sheet],
    wave: str = WAVE,
) -> None:
    """raw_wave, raw_registry and the wave's raw_submission, as `anxin load` leaves them."""
    for table in ("raw_wave", "raw_registry"):
        if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchall():
            connection.execute(create_table_sql(load_contract(table)))
    sheets = list(sheets)
    groups = list(sheets[0].groups) if sheets else []
    has_classes = instrument.units == "class"
    row = [wave, instrument.id, instrument.hash, instrument.to_json(), SNAPSHOT if has_classes else None]
    row += [instrument.units, True, ",".join(groups)]
    connection.execute("INSERT INTO raw_wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    for one in classes:
        store_class(connection, one)
    store_sheets(connection, instrument, sheets, groups, wave_schema(wave))


def store_class(connection: duckdb.DuckDBPyConnection, one: SchoolClass) -> None:
    known = "SELECT 1 FROM raw_registry WHERE class_id = ?"
    if connection.execute(known, [one.class_id]).fetchall():
        return
    connection.execute(
        """INSERT INTO raw_registry (snapshot_id, district_id, district_name, school_id, school_name, level, boarding,
            rural, grade, class_id, class_name, enrolled, band) VALUES (?, 'd', 'd', ?, 's', 'junior', false, false,
            ?, ?, 'c', ?, ?)""",
        [SNAPSHOT, one.school_id, one.grade, one.class_id, one.enrolled, one.band],
    )


def store_sheets(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, sheets: list[Sheet], groups: list[str], schema: str
) -> None:
    answers = list(instrument.columns.values())
    columns = ["load_id TEXT", "class_id TEXT", "weight DOUBLE", "take_part TINYINT", "too_fast TINYINT"]
    columns += [f"{quoted(column.name)} {'TEXT' if column.kind == 'text' else 'TINYINT'}" for column in answers]
    columns += [f"{quoted(group)} TEXT" for group in groups]
    connection.execute(f"CREATE SCHEMA {schema}")
    connection.execute(f"CREATE TABLE {schema}.raw_submission ({', '.join(columns)})")
    rows = [
        ["l1", sheet.class_id, sheet.weight, sheet.take_part, 0]
        + [sheet.answers.get(column.name) for column in answers]
        + [sheet.groups[group] for group in groups]
        for sheet in sheets
    ]
    if rows:
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {schema}.raw_submission VALUES ({marks})", rows)


def core_rows(connection: duckdb.DuckDBPyConnection, table: str, wave: str = WAVE) -> dict[Row, Row]:
    """The wave's rows of a core table: key without the wave → the other columns."""
    contract = load_contract(table)
    key = [column for column in contract.key if column != "wave"]
    values = [column for column in contract.columns if column not in contract.key]
    names = ", ".join(map(quoted, key + values))
    rows = connection.execute(f"SELECT {names} FROM {table} WHERE wave = ?", [wave]).fetchall()
    assert len({row[: len(key)] for row in rows}) == len(rows), f"{table}: a key occurs twice"
    return {row[: len(key)]: row[len(key) :] for row in rows}


def slow_response(instrument: Instrument, classes: list[SchoolClass], sheets: list[Sheet]) -> dict[Row, Row]:
    found: dict[Row, Row] = {}
    for one in classes:
        mine = [sheet for sheet in sheets if sheet.class_id == one.class_id]
        full = [sheet for sheet in mine if sheet.take_part and one.band in instrument.bands]
        blanks = sum(not sheet.take_part for sheet in mine)
        weight = sum(sheet.weight for sheet in full)
        found[(one.class_id,)] = (
            one.school_id,
            one.grade,
            one.band,
            one.enrolled,
            len(mine),
            blanks,
            len(full),
            weight,
        )
    return found


def slow_indicator(instrument: Instrument, classes: list[SchoolClass], sheets: list[Sheet]) -> dict[Row, Row]:
    found: dict[Row, Row] = {}
    for one, full in answering(instrument, classes, sheets):
        for indicator in instrument.indicators.values():
            if one.band in indicator.bands:
                found[(one.class_id, indicator.code)] = indicator_counts(indicator, full, str(one.band))
    return found


def indicator_counts(indicator: Any, full: list[Sheet], band: str) -> Row:
    """r, valid, yes, w_valid, w_yes."""
    scored = [(score(indicator, sheet.answers, band), sheet.weight) for sheet in full]
    valid = [(value, weight) for value, weight in scored if value is not None]
    yes = [weight for value, weight in valid if value == 1]
    return (len(full), len(valid), len(yes), sum(weight for _, weight in valid), sum(yes))


def answering(
    instrument: Instrument, classes: list[SchoolClass], sheets: list[Sheet]
) -> list[tuple[SchoolClass, list[Sheet]]]:
    """Classes of a band that is asked with their sheets that are not blank; classes without one left out."""
    asked = [one for one in classes if one.band in instrument.bands]
    full = [(one, [s for s in sheets if s.class_id == one.class_id and s.take_part]) for one in asked]
    return [(one, mine) for one, mine in full if mine]


def slow_places(instrument: Instrument, classes: list[SchoolClass], sheets: list[Sheet]) -> dict[str, dict[Row, Row]]:
    """The five place tables."""
    tables: dict[str, Counter[Row]] = {name: Counter() for name in ("place", "group", "area", "time", "time_group")}
    for one, full in answering(instrument, classes, sheets):
        for table, keys in asked_places(instrument, str(one.band)).items():
            tables[table].update({(one.class_id, *key): 0 for key in keys})
        for sheet in full:
            for table, keys in said_places(instrument, sheet.answers).items():
                tables[table].update((one.class_id, *key) for key in keys)
    return {name: {key: (yes,) for key, yes in counter.items()} for name, counter in tables.items()}


def entries(instrument: Instrument, item: str, band: str | None = None) -> dict[str, str]:
    """Code → coarse group of what an item's list offers; the impossible place has no group."""
    if item not in instrument.items:
        return {}
    asked = band is None or band in instrument.items[item].bands
    listed = instrument.lists[str(instrument.items[item].list_name)].entries
    offered = [
        entry for entry in listed if item not in entry.not_in and (not band or not entry.bands or band in entry.bands)
    ]
    return {entry.code: entry.group for entry in offered if entry.group and asked}


def asked_places(instrument: Instrument, band: str) -> dict[str, set[Row]]:
    top, avoided = entries(instrument, "place_top", band), entries(instrument, "avoid", band)
    mentioned, times = entries(instrument, "place", band), entries(instrument, "time", band)
    measures = {"happens": top, "avoided": avoided, "mentioned": mentioned}
    return {
        "place": {(measure, place) for measure, places in measures.items() for place in places},
        "group": {(measure, group) for measure in ("happens", "avoided") for group in measures[measure].values()},
        "area": {(measure, AREA[group]) for measure in ("happens", "avoided") for group in measures[measure].values()},
        "time_group": set(product(top.values(), times.values())),
    }


def said_places(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, set[Row]]:
    def ticked(item: str) -> dict[str, str]:
        return {code: group for code, group in entries(instrument, item).items() if answers.get(f"{item}__{code}") == 1}

    tops, times, avoided = entries(instrument, "place_top"), ticked("time"), ticked("avoid")
    top = {code: group for code, group in tops.items() if answers.get("place_top") == code}
    happens = {("happens", place) for place in top} | {("avoided", place) for place in avoided}
    return {
        "place": happens | {("mentioned", place) for place in ticked("place")},
        "group": {("happens", g) for g in top.values()} | {("avoided", g) for g in avoided.values()},
        "area": {("happens", AREA[g]) for g in top.values()} | {("avoided", AREA[g]) for g in avoided.values()},
        "time": set(product(top, times)),
        "time_group": set(product(top.values(), times.values())),
    }
