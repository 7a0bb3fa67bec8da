"""Answers made up for speed, not for truth: every code a band may give, skewed to the first; the same on every run."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.contracts import create_table_sql, literal, load_contract, quoted
from pipelines.microdata.rest import store_rows
from survey.columns import NONE_CODE, Column
from survey.instrument import Instrument

WAVE = "2026-1"
SNAPSHOT = "s0001"
CLASS_SIZE = 37
CLASSES_OF_A_SCHOOL = 25
LEVELS = (  # level, grade, band of the classes of school 0, 1, 2, … (in turn)
    ("primary", 4, "g34"),
    ("primary", 6, "g56"),
    ("junior", 8, "jr"),
    ("senior", 11, "sr"),
    ("vocational", 10, "voc"),
)
EMPTY, MISSING, FIRST = 3, 6, 80  # of 100 cells: left empty, then "rather not", then the first code


def make_wave(connection: duckdb.DuckDBPyConnection, instrument: Instrument, n: int) -> None:
    """raw_wave, raw_registry and raw_submission of n sheets, as `anxin load` leaves them."""
    for table in ("raw_wave", "raw_registry"):
        connection.execute(create_table_sql(load_contract(table)))
    row = [WAVE, instrument.id, instrument.hash, instrument.to_json(), SNAPSHOT, "class", True, ""]
    connection.execute("INSERT INTO raw_wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute(
        f"INSERT INTO raw_registry BY NAME SELECT {literal(SNAPSHOT)} AS snapshot_id, * FROM ({classes(n)})"
    )
    rows = f"SELECT 'l1' AS load_id, class_id, 1::DOUBLE AS weight, * EXCLUDE (class_id) FROM ({sheets(instrument, n)})"
    store_rows(connection, WAVE, "raw_submission", rows)
    connection.execute("CHECKPOINT")


def write_files(connection: duckdb.DuckDBPyConnection, instrument: Instrument, n: int, folder: Path) -> Path:
    """registry.csv and responses-<wave>.parquet of the interchange format; returns the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    responses = folder / f"responses-{WAVE}.parquet"
    registry = literal(str(folder / "registry.csv"))
    connection.execute(f"COPY ({classes(n, with_band=False)}) TO {registry} (FORMAT csv, HEADER)")
    connection.execute(f"COPY ({sheets(instrument, n)}) TO {literal(str(responses))} (FORMAT parquet)")
    return responses


def classes(n: int, *, with_band: bool = True) -> str:
    """SELECT of the class list of n students: one school of 25 classes has one level."""
    values = ", ".join(f"({i}, '{level}', {grade}, '{band}')" for i, (level, grade, band) in enumerate(LEVELS))
    band = ", band" if with_band else ""
    return f"""
        SELECT 'd' || school // 20 AS district_id, 'District ' || school // 20 AS district_name,
            's' || school AS school_id, 'School ' || school AS school_name, level, 0 AS boarding, 0 AS rural,
            'k' || school // 5 AS cluster_id, grade, 'c' || class AS class_id, 'Class ' || class AS class_name,
            {CLASS_SIZE} AS enrolled, {CLASS_SIZE // 2} AS boys, 0 AS boarders, 0 AS off_site{band}
        FROM (SELECT range AS class, range // {CLASSES_OF_A_SCHOOL} AS school FROM range({count_classes(n)}))
        JOIN (VALUES {values}) AS kinds(kind, level, grade, band) ON kind = school % {len(LEVELS)}"""


def count_classes(n: int) -> int:
    return -(-n // CLASS_SIZE)


def sheets(instrument: Instrument, n: int) -> str:
    """SELECT of n sheets, one in fifty a blank, spread over the classes in no order."""
    columns = ",\n".join(
        f"{cell(instrument, column, place)} AS {quoted(column.name)}"
        for place, column in enumerate(instrument.columns.values())
    )
    bands = ", ".join(f"'{band}'" for _, _, band in LEVELS)
    return f"""
        SELECT 'c' || class AS class_id, take_part, 0::TINYINT AS too_fast, {columns}
        FROM (
            SELECT row, class, (row % 50 <> 7)::TINYINT AS take_part,
                ([{bands}])[1 + (class // {CLASSES_OF_A_SCHOOL}) % {len(LEVELS)}] AS band
            FROM (SELECT range AS row, (hash(range) % {count_classes(n)})::BIGINT AS class FROM range({n}))
        )"""


def cell(instrument: Instrument, column: Column, place: int) -> str:
    """SQL of one cell: NULL in a blank and in a band that isn't asked."""
    asked = ", ".join(map(literal, column.bands))
    sql_type = "TEXT" if column.kind == "text" else "TINYINT"
    draw = f"(hash(row, {place}) % 100)::TINYINT"
    return f"CASE WHEN take_part = 1 AND band IN ({asked}) THEN {drawn(instrument, column, draw)}::{sql_type} END"


def drawn(instrument: Instrument, column: Column, draw: str) -> str:
    if column.kind == "flag":
        return f"({draw} < 12)"
    first, *others = offered(instrument, column)
    missing = literal(column.missing[-1]) if column.missing else "NULL"
    return f"""CASE WHEN {draw} < {EMPTY} THEN NULL WHEN {draw} < {MISSING} THEN {missing}
        WHEN {draw} < {FIRST} THEN {literal(first)}
        ELSE [{", ".join(map(literal, others))}][1 + {draw} % {len(others)}] END"""


def offered(instrument: Instrument, column: Column) -> list[int | str]:
    """Answers that every band with this column may give; "none" first, as in life."""
    options = [{option.code for option in instrument.options_of(column.item, band)} for band in column.bands]
    codes = [code for code in column.answers if all(code in band for band in options)]
    return sorted(codes, key=lambda code: code != NONE_CODE)
