"""Viewer → file is the only way to data, and the connection can do nothing but read that file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from published_city import SCHOOLS, contract, tables, write_release

from dashboard import published
from dashboard.published import NothingPublishedError, current_release, read_rows
from dashboard.viewer import Viewer

COUNSELOR = Viewer("lin", "counselor", "S03")
BUREAU = Viewer("chen", "bureau", "")


def test_the_reader_knows_every_table_of_the_contracts_and_no_other() -> None:
    assert set(published.TABLES) == set(tables())


def test_each_viewer_reads_the_own_file_only(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    release = current_release()
    for viewer, schools in ((COUNSELOR, {"S03"}), (BUREAU, set(SCHOOLS)), (Viewer("z", "district", "D2"), None)):
        found = {row["school_id"] for row in read_rows(viewer, release, "pub_school_wave_coverage")}
        expected = schools or {school for school, held in SCHOOLS.items() if held[0] == "D2"}
        assert found == expected, viewer
    assert not read_rows(BUREAU, release, "pub_class_wave_signal")
    assert read_rows(COUNSELOR, release, "pub_class_wave_signal")


@pytest.mark.parametrize("scope", ["../bureau", "S03/../../bureau", "", "S03.duckdb\0", "S03 ", "*"])
def test_scope_can_not_choose_a_path(show_city: Callable[[str], None], scope: str) -> None:
    """Even if a row of the account table was changed by hand."""
    show_city("demo")
    with pytest.raises(ValueError):
        read_rows(Viewer("x", "counselor", scope), current_release(), "pub_release")


@pytest.mark.parametrize("release", ["../2026-1.1", "/etc", "..", ".", "2026-1.1/../2026-1.1", ""])
def test_release_can_not_choose_a_path(show_city: Callable[[str], None], release: str) -> None:
    show_city("demo")
    with pytest.raises(NothingPublishedError):
        read_rows(COUNSELOR, release, "pub_release")


def test_only_tables_of_the_contract_are_read(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    with pytest.raises(KeyError):
        read_rows(COUNSELOR, current_release(), "pub_release; DROP TABLE pub_release")


def test_another_schools_file_under_ones_own_name_is_refused(home: Path, cities: Callable[[str], Path]) -> None:
    shutil.copytree(cities("demo"), home / "published")
    folder = home / "published" / current_release()
    shutil.copy(folder / "school_S04.duckdb", folder / "school_S03.duckdb")
    with pytest.raises(NothingPublishedError, match="not_for_you"):
        read_rows(COUNSELOR, current_release(), "pub_release")


def test_no_release_no_file_bad_pointer_are_told_apart(home: Path, show_city: Callable[[str], None]) -> None:
    with pytest.raises(NothingPublishedError, match="no_release"):
        current_release()
    show_city("demo")
    with pytest.raises(NothingPublishedError, match="not_for_you"):
        read_rows(Viewer("x", "counselor", "S99"), current_release(), "pub_release")


@pytest.mark.parametrize("pointer", ["../elsewhere", "a/b", "", ".hidden"])
def test_pointer_names_a_release_and_nothing_else(home: Path, pointer: str) -> None:
    (home / "published").mkdir(parents=True)
    (home / "published" / "current").write_text(pointer, encoding="utf-8")
    with pytest.raises(NothingPublishedError, match="no_release"):
        current_release()


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH '{other}' AS other",
        "COPY pub_unit TO '{folder}/stolen.csv'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM '{other}'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "DELETE FROM pub_unit",
        "CREATE TABLE mine AS SELECT 1",
    ],
)
def test_locked_connection_refuses(
    show_city: Callable[[str], None], tmp_path: Path, home: Path, statement: str
) -> None:
    show_city("demo")
    read_rows(COUNSELOR, current_release(), "pub_release")
    connection = published._connection(home / "published", current_release(), "school_S03")
    other = home / "published" / current_release() / "school_S04.duckdb"
    with pytest.raises(duckdb.Error):
        connection.cursor().execute(statement.format(other=other, folder=tmp_path))


def test_release_switched_under_an_open_page(home: Path) -> None:
    write_release(home, "2026-1.1", "first_wave", audiences=["school_S03"])
    assert len(read_rows(COUNSELOR, current_release(), "pub_wave")) == 1
    write_release(home, "2026-1.2", "demo", audiences=["school_S03"])
    assert current_release() == "2026-1.2"
    assert len(read_rows(COUNSELOR, current_release(), "pub_wave")) == 3
    assert len(read_rows(COUNSELOR, "2026-1.1", "pub_wave")) == 1, "a page half-way through stays with its release"


def test_no_page_can_change_what_the_next_one_reads(show_city: Callable[[str], None]) -> None:
    """Rows are kept, and shared by all who may read the file."""
    show_city("demo")
    held = read_rows(COUNSELOR, current_release(), "pub_wave")
    with pytest.raises(TypeError):
        held[0]["wave"] = "changed"  # type: ignore[index]
    with pytest.raises(TypeError):
        held[0] = {}  # type: ignore[index]


def test_rows_asked_for_by_column_are_those_that_hold_it(show_city: Callable[[str], None]) -> None:
    """Every way of asking against the plain reading of all rows; a value that no row holds finds none."""
    show_city("demo")
    every = read_rows(BUREAU, current_release(), "pub_unit")
    for asked in ({"wave": "2026-1"}, {"unit_kind": "school", "wave": "2026-1"}, {"unit_id": every[-1]["unit_id"]}):
        plain = [row for row in every if all(row[column] == value for column, value in asked.items())]
        assert plain and list(read_rows(BUREAU, current_release(), "pub_unit", **asked)) == plain
    assert not read_rows(BUREAU, current_release(), "pub_unit", unit_id="nobody")


def test_kept_rows_are_the_viewers_own(show_city: Callable[[str], None]) -> None:
    """The same question of two schools, in turns: neither gets what was kept for the other."""
    show_city("demo")
    others = Viewer("wu", "counselor", "S04")
    for _ in range(2):
        for viewer in (COUNSELOR, others):
            held = read_rows(viewer, current_release(), "pub_class_wave_signal", wave="2026-1")
            assert held and {row["school_id"] for row in held} == {viewer.scope}
        assert not read_rows(others, current_release(), "pub_class_wave_signal", school_id="S03")


def test_names_come_in_pinyin_order(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    units = read_rows(BUREAU, current_release(), "pub_unit", unit_kind="school", wave="2026-1")
    names = [row["name"] for row in sorted(units, key=lambda row: row["position"])]
    assert names[:3] == ["安定民族中学", "北关小学", "第七中学"]


def test_made_up_city_keeps_the_contracts(show_city: Callable[[str], None], home: Path) -> None:
    """The tests' own city says nothing the contracts do not allow; columns and listed values agree."""
    show_city("demo")
    read_rows(COUNSELOR, current_release(), "pub_release")
    connection = published._connection(home / "published", current_release(), "school_S03").cursor()
    for table in tables():
        rows = read_rows(COUNSELOR, current_release(), table)
        columns = contract(table)["columns"]
        held = connection.execute(f"SELECT * FROM {table} LIMIT 0").description
        assert [name for name, *_ in held] == list(columns)
        for name, column in columns.items():
            if isinstance(column.get("values"), list):
                assert {row[name] for row in rows} - {None} <= set(column["values"]), (table, name)
