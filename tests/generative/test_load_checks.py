"""Loading in SQL against slow, obvious Python: the same cells become the same codes, the same rows are rejected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_city import CLASSES, INSTRUMENT, sheet, write_rows

from pipelines.contracts import create_tables
from pipelines.files.read import Source, open_source
from pipelines.files.row_checks import violations
from pipelines.load.checks import rows_of_classes, submission_checks
from pipelines.load.incoming import content_hashes, incoming
from pipelines.load.mapping import plain, plan_interchange
from survey.bands import band_of
from survey.instrument import Instrument, load_instrument

BANDS = {row["class_id"]: band_of(row["level"], row["grade"]) for row in CLASSES}
CELLS = ["", "0", "1", "4", "9", " 1", "1.0", "2", "-1", "?", "none", "toilet", "gate", "1e0", "x", "0.5", "\u3000"]


@pytest.fixture(scope="module")
def instrument(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    path = tmp_path_factory.mktemp("instrument") / "tiny.yml"
    path.write_text(INSTRUMENT, encoding="utf-8")
    return load_instrument(path)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """The class list of the tiny city as snapshot s0001."""
    found = duckdb.connect()
    create_tables(found, ["raw_registry"])
    for row in CLASSES:
        values = ["s0001", *(value if value != "" else None for value in row.values()), BANDS[row["class_id"]]]
        found.execute(f"INSERT INTO raw_registry VALUES ({', '.join('?' * len(values))})", values)
    return found


COLUMNS = list(sheet())
SHEETS = st.lists(
    st.tuples(
        st.sampled_from(["j7", "p3", "p1", "j99", "", "j 7"]),
        st.lists(st.sampled_from(CELLS), min_size=7, max_size=7),
        st.sampled_from(["0", "1", "", "2"]),
        st.sampled_from(["0", "1"]),
    ),
    min_size=1,
    max_size=8,
)


def as_file(rows: list[dict[str, str]]) -> Source:
    """The rows as a csv that was opened."""
    return open_source(write_rows(Path(os.environ["ANXIN_HOME"]) / "rows.csv", rows))


def slow_code(cell: str, codes: tuple[int | str, ...]) -> str | None:
    """None for empty, the code as text, or ! for what isn't one."""
    text = plain(cell.strip(" "))
    return None if text == "" else text if text in map(str, codes) else "!"


def slow_rejected(row: dict[str, str], instrument: Instrument) -> bool:
    """Whether a person reading the rules would send the row back."""
    band = BANDS.get(row["class_id"].strip(" "))
    if band is None or row["take_part"] not in ("0", "1") or row["too_fast"] not in ("0", "1"):
        return True
    for name, column in instrument.columns.items():
        code = slow_code(row[name], column.codes)
        if code == "!" or (code is not None and band not in column.bands):
            return True
        options = {str(option.code) for option in instrument.options_of(column.item, band)}
        if code is not None and column.kind != "flag" and code not in options:
            return True
    return False


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SHEETS)
def test_sql_rejects_the_rows_that_the_rules_reject(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, drawn: list[Any]
) -> None:
    rows = [dict(zip(COLUMNS, [c, *answers, take, fast], strict=True)) for c, answers, take, fast in drawn]
    source = as_file(rows)
    plan = plan_interchange(source, instrument)
    incoming(connection, source, plan, instrument, "2026-1")
    violations(connection, submission_checks(plan, instrument), rows_of_classes("s0001"))
    found = {row for (row,) in connection.execute('SELECT DISTINCT "#row" FROM violations').fetchall()}
    assert found == {line for line, row in enumerate(rows, 2) if slow_rejected(row, instrument)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SHEETS, st.randoms())
def test_the_hash_knows_rows_but_not_their_order(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, drawn: list[Any], random: Any
) -> None:
    rows = [dict(zip(COLUMNS, [c, *answers, take, fast], strict=True)) for c, answers, take, fast in drawn]
    shuffled = random.sample(rows, len(rows))
    assert digest(connection, instrument, rows) == digest(connection, instrument, shuffled)
    assert digest(connection, instrument, rows) != digest(connection, instrument, [*rows, rows[0]])


def digest(connection: duckdb.DuckDBPyConnection, instrument: Instrument, rows: list[dict[str, str]]) -> dict[str, str]:
    source = as_file(rows)
    incoming(connection, source, plan_interchange(source, instrument), instrument, "2026-1")
    return content_hashes(connection, ["class_id", "take_part", "too_fast", *instrument.columns], instrument.hash)
