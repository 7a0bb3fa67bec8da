"""score_wave as a step: contracts of what it writes, replacement, all or nothing, surveys without classes."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines import score
from pipelines.contracts import conditions, load_contract
from pipelines.problems import CannotDo
from pipelines.score import score_wave
from pipelines.score.core import CORE_TABLES
from pipelines.score.places import grid_of
from survey.instrument import Instrument, load_instrument
from tests.small_wave import WAVE, SchoolClass, Sheet, core_rows, small_instrument, store_wave, words

BANDS = ["g34", "jr"]
NONE = {"none": words("none")}
ITEMS = {
    "phy_freq": {"bands": BANDS, "scale": "freq"},
    "ver_freq": {"bands": ["jr"], "scale": "freq"},
    "place_top": {"bands": BANDS, "list": "places", **NONE},
    "time": {"bands": BANDS, "type": "multi", "list": "times", **NONE},
    "avoid": {"bands": BANDS, "type": "multi", "list": "places", **NONE},
    "uses": {
        "bands": BANDS,
        "type": "multi",
        "store": "apart",
        "options": [{"code": code, **words(code)} for code in ("bus", "none")],
    },
    "home": {"bands": ["jr"], "store": "apart", "options": [{"code": code, **words(str(code))} for code in (1, 2)]},
}
RULES = {
    "frequent": {"numerator": {"items": ["phy_freq", "ver_freq"], "at_least": 2}},
    "avoids": {"numerator": {"items": ["avoid__*"], "one_of": [1]}},
}
CLASSES = [
    SchoolClass("a", "g34", grade=3),
    SchoolClass("b", "jr", grade=8),
    SchoolClass("empty", "jr", grade=8),
    SchoolClass("small", None, grade=12),
]
SHEETS = [
    Sheet("a", {"phy_freq": 3, "place_top": "toilet", "time__break": 1, "time__lunch": 1}),
    Sheet("a", take_part=0),
    Sheet("b", {"phy_freq": 1, "ver_freq": 9, "place_top": "underground_pool", "time__break": 1}),
    Sheet("b", {"phy_freq": 0, "ver_freq": 4, "avoid__gate": 1, "avoid__way": 1}),
    Sheet("small", {"phy_freq": 4}),
]


@pytest.fixture
def instrument() -> Instrument:
    return small_instrument(BANDS, ITEMS, RULES)


@pytest.fixture
def connection(instrument: Instrument) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        store_wave(opened, instrument, CLASSES, SHEETS)
        store_apart(opened)
        yield opened


def store_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Five envelopes; the fourth is a blank's and empty."""
    columns = "school_id TEXT, grade INTEGER, uses__bus TINYINT, uses__none TINYINT, home TINYINT"
    connection.execute(f"CREATE TABLE wave_2026_1.raw_apart ({columns})")
    rows = [(8, 1, 0, 1), (8, 0, 1, 2), (8, 1, 0, 9), (8, None, None, None), (3, 1, 0, None)]
    connection.executemany("INSERT INTO wave_2026_1.raw_apart VALUES ('s1', ?, ?, ?, ?)", rows)


def test_answers_stored_apart_become_totals_of_grades(connection: duckdb.DuckDBPyConnection) -> None:
    """A blank's envelope isn't in r, a grade that isn't asked has no row, a left-out answer counts in r alone."""
    score_wave(connection, WAVE)
    assert core_rows(connection, "core_school_wave_apart") == {
        ("s1", 8, "uses__bus"): (3, 2),
        ("s1", 8, "uses__none"): (3, 1),
        ("s1", 8, "home__1"): (3, 1),
        ("s1", 8, "home__2"): (3, 1),
        ("s1", 3, "uses__bus"): (1, 1),
        ("s1", 3, "uses__none"): (1, 0),
    }


def test_it_reports_what_it_counted(connection: duckdb.DuckDBPyConnection) -> None:
    """Sheets, blanks, classes with an answer, and the rows of each table reconcile with the tables."""
    counts = score_wave(connection, WAVE)
    assert (counts["responses"], counts["blanks"], counts["classes"]) == (5, 1, 2)
    assert {table: counts[table] for table in CORE_TABLES} == {
        table: len(core_rows(connection, table)) for table in CORE_TABLES
    }


def test_every_class_of_the_list_has_its_response(connection: duckdb.DuckDBPyConnection) -> None:
    """Nobody handed in, a band that isn't surveyed, a blank: all stand in the response table, r only where asked."""
    score_wave(connection, WAVE)
    found = {key[0]: row[-4:] for key, row in core_rows(connection, "core_class_wave_response").items()}
    assert found == {"a": (2, 1, 1, 1.0), "b": (2, 0, 2, 2.0), "empty": (0, 0, 0, 0.0), "small": (1, 0, 0, 0.0)}


def test_the_impossible_place_is_nowhere(connection: duckdb.DuckDBPyConnection) -> None:
    """Its pupil is counted in r and at no place, no group, no place × time."""
    score_wave(connection, WAVE)
    for table in CORE_TABLES[2:7]:
        rows = core_rows(connection, table)
        assert not [key for key in rows if "underground_pool" in key]
        assert sum(yes for key, (yes,) in rows.items() if key[0] == "b" and "avoided" not in key) == 0


def test_a_student_counts_once_in_a_group(connection: duckdb.DuckDBPyConnection) -> None:
    """Two avoided places of one group, two times of one time group: one student."""
    score_wave(connection, WAVE)
    assert core_rows(connection, "core_class_wave_place_group")["b", "avoided", "outside"] == (1,)
    assert core_rows(connection, "core_class_wave_place_area")["b", "avoided", "beyond"] == (1,)
    assert core_rows(connection, "core_class_wave_place_time_group")["a", "toilet", "breaks"] == (1,)
    assert core_rows(connection, "core_class_wave_place_time") == {
        ("a", "toilet", "break"): (1,),
        ("a", "toilet", "lunch"): (1,),
    }


@pytest.mark.parametrize("table", CORE_TABLES)
def test_the_contract_holds(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Columns in order, nothing NULL that is required, every condition, a unique key (core_rows asserts it)."""
    score_wave(connection, WAVE)
    contract = load_contract(table)
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    assert [name for name, *_ in described] == list(contract.columns)
    assert core_rows(connection, table)
    for column, spec in contract.columns.items():
        rules = conditions(column, spec) + ([f"{column} IS NOT NULL"] if spec.required else [])
        for rule in rules:
            assert connection.execute(f"SELECT count(*) FROM {table} WHERE NOT ({rule})").fetchall() == [(0,)], rule


def test_the_contract_is_enforced_by_the_table(connection: duckdb.DuckDBPyConnection) -> None:
    """A negative count can't be stored: the checks of the contract are in the table."""
    score_wave(connection, WAVE)
    with pytest.raises(duckdb.ConstraintException):
        connection.execute("UPDATE core_class_wave_indicator SET yes = -1")


def test_scoring_again_replaces_the_wave_and_no_other(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument
) -> None:
    """Twice is once; another wave's rows stay."""
    score_wave(connection, WAVE)
    store_wave(connection, instrument, CLASSES, SHEETS[:1], wave="2026-2")
    score_wave(connection, "2026-2")
    before = {table: core_rows(connection, table) for table in CORE_TABLES}
    score_wave(connection, "2026-2")
    score_wave(connection, WAVE)
    assert {table: core_rows(connection, table) for table in CORE_TABLES} == before
    assert len(core_rows(connection, "core_class_wave_indicator", "2026-2")) == 2


def test_a_failure_leaves_the_old_counts(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tables of the wave are replaced together or not at all."""
    score_wave(connection, WAVE)
    before = {table: core_rows(connection, table) for table in CORE_TABLES}
    connection.execute("DELETE FROM wave_2026_1.raw_submission")
    monkeypatch.setattr(score, "summarise", lambda connection, source: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        score_wave(connection, WAVE)
    assert {table: core_rows(connection, table) for table in CORE_TABLES} == before


def test_no_sheets_no_counts(instrument: Instrument) -> None:
    """A wave in which nobody handed in has its classes, and no indicator."""
    with duckdb.connect() as connection:
        store_wave(connection, instrument, CLASSES, [])
        counts = score_wave(connection, WAVE)
        assert (counts["responses"], counts["core_class_wave_response"], counts["core_class_wave_indicator"]) == (
            0,
            4,
            0,
        )


def test_answers_do_not_stay_behind(connection: duckdb.DuckDBPyConnection) -> None:
    """No table of answers or of wide counts is left: only the raw rows, the view, and the core tables."""
    before = tables(connection)
    score_wave(connection, WAVE)
    assert tables(connection) - before == {*CORE_TABLES, "stg_submission"}


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}


def test_settings_of_the_connection_stay(connection: duckdb.DuckDBPyConnection) -> None:
    """Counting compiles to text and runs it: no setting of the caller's connection changes."""
    query = "SELECT name, value FROM duckdb_settings() ORDER BY name"
    before = connection.execute(query).fetchall()
    score_wave(connection, WAVE)
    assert connection.execute(query).fetchall() == before


def test_a_survey_without_classes_makes_group_rows_only() -> None:
    """Total and each value of each group column; an empty group value counts in the total alone."""
    items = {"bullied": {"bands": ["all"], "scale": "freq"}}
    rules = {"bullied": {"numerator": {"items": ["bullied"], "at_least": 1}}}
    sheets = [
        Sheet(None, {"bullied": 1}, weight=1.5, groups={"sex": "f"}),
        Sheet(None, {"bullied": 0}, weight=0.25, groups={"sex": "m"}),
        Sheet(None, {"bullied": 2}, weight=3.0, groups={"sex": None}),
    ]
    with duckdb.connect() as connection:
        store_wave(connection, small_instrument(["all"], items, rules, "none"), [], sheets, wave="2019")
        score_wave(connection, "2019")
        assert core_rows(connection, "core_group_wave_indicator", "2019") == {
            ("total", "all", "bullied"): (3, 3, 2, 4.75, 4.5),
            ("sex", "f", "bullied"): (1, 1, 1, 1.5, 1.5),
            ("sex", "m", "bullied"): (1, 1, 0, 0.25, 0.0),
        }
        assert all(not core_rows(connection, table, "2019") for table in CORE_TABLES[:-1])


def test_a_survey_without_groups_has_its_total() -> None:
    items = {"bullied": {"bands": ["all"], "scale": "freq"}}
    rules = {"bullied": {"numerator": {"items": ["bullied"], "at_least": 1}}}
    with duckdb.connect() as connection:
        store_wave(connection, small_instrument(["all"], items, rules, "none"), [], [Sheet(None, {"bullied": 1})])
        score_wave(connection, WAVE)
        assert core_rows(connection, "core_group_wave_indicator") == {("total", "all", "bullied"): (1, 1, 1, 1.0, 1.0)}


def test_an_engine_that_is_not_built_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CannotDo, match="spark"):
        score_wave(connection, WAVE, engine="spark")


def test_the_grid_of_the_term_survey_is_the_fixed_one() -> None:
    """7 × 4 coarse cells, the impossible place in none of them, placement for vocational classes alone."""
    grid = grid_of(load_instrument())
    assert len(grid.pairs) == 28
    assert grid.top["placement"] == ("voc",)
    assert "underground_pool" not in {*grid.top, *grid.mentioned, *grid.avoided}
    assert "g34" not in grid.mentioned["toilet"]
