"""The staged view: which submissions it shows, what it adds, and what it says when it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.contracts import wave_schema
from pipelines.problems import CannotDo
from pipelines.stage import stg_submission
from tests.small_wave import WAVE, SchoolClass, Sheet, small_instrument, store_wave

ITEMS = {"phy_freq": {"bands": ["jr"], "scale": "freq"}}
RULES = {"frequent": {"numerator": {"items": ["phy_freq"], "at_least": 2}}}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def staged(connection: duckdb.DuckDBPyConnection, columns: str) -> list[tuple[object, ...]]:
    stg_submission(connection, WAVE)
    return connection.execute(f"SELECT {columns} FROM {wave_schema(WAVE)}.stg_submission ORDER BY ALL").fetchall()


def test_a_submission_gets_its_class(connection: duckdb.DuckDBPyConnection) -> None:
    """School, grade, band, level and enrolment come from the wave's own class list."""
    instrument = small_instrument(["jr"], ITEMS, RULES)
    store_wave(connection, instrument, [SchoolClass("c1", "jr", "s9", 8, 41)], [Sheet("c1", {"phy_freq": 3})])
    columns = "class_id, phy_freq, school_id, grade, band, level, enrolled"
    assert staged(connection, columns) == [("c1", 3, "s9", 8, "jr", "junior", 41)]


def test_a_later_class_list_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Each wave keeps the snapshot it was loaded with; another snapshot neither doubles nor moves a submission."""
    instrument = small_instrument(["jr"], ITEMS, RULES)
    store_wave(connection, instrument, [SchoolClass("c1", "jr", "s1")], [Sheet("c1")])
    connection.execute("""INSERT INTO raw_registry BY NAME
        SELECT * REPLACE ('s0002' AS snapshot_id, 's2' AS school_id) FROM raw_registry""")
    assert staged(connection, "class_id, school_id") == [("c1", "s1")]


def test_a_class_that_is_not_listed_is_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    instrument = small_instrument(["jr"], ITEMS, RULES)
    store_wave(connection, instrument, [SchoolClass("c1", "jr")], [Sheet("c1"), Sheet("elsewhere")])
    assert staged(connection, "class_id") == [("c1",)]


def test_without_classes_every_submission_stays(connection: duckdb.DuckDBPyConnection) -> None:
    """units none: no class list is asked, groups stay as they are."""
    items = {"phy_freq": {"bands": ["all"], "scale": "freq"}}
    instrument = small_instrument(["all"], items, RULES, units="none")
    store_wave(connection, instrument, [], [Sheet(None, groups={"sex": "f"}), Sheet(None, groups={"sex": None})])
    assert staged(connection, "class_id, sex") == [(None, "f"), (None, None)]


def test_a_wave_that_was_never_loaded_says_so(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CannotDo, match=r"2026-1 has not been loaded.*anxin load"):
        stg_submission(connection, WAVE)


def test_destroyed_answers_are_named_as_such(connection: duckdb.DuckDBPyConnection) -> None:
    """After 30 days only counts stay: a recount must not end in an SQL error."""
    store_wave(connection, small_instrument(["jr"], ITEMS, RULES), [SchoolClass("c1", "jr")], [Sheet("c1")])
    connection.execute(f"DROP SCHEMA {wave_schema(WAVE)} CASCADE")
    with pytest.raises(CannotDo, match="no longer here"):
        stg_submission(connection, WAVE)
