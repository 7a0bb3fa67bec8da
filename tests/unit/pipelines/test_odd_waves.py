"""Waves that a rule might not have thought of, through the whole line: a stated result each, and never a NaN."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.audit.report import audit_release
from pipelines.contracts import load_contracts
from pipelines.load import load_file
from pipelines.microdata import open_microdata
from pipelines.registry import import_registry
from pipelines.release.pointer import current_release
from pipelines.run import run_wave
from pipelines.settings import settings
from pipelines.simulate import write_city

SCHOOL, CARRIER = "S0001", "frequent"
LEVELS = {"no_group_signal", "watch", "warning", "urgent"}
Change = Callable[[duckdb.DuckDBPyConnection], None]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One school of four grades and its files of three waves."""
    folder = tmp_path_factory.mktemp("school")
    write_city(folder, schools=1, waves=3, seed=3)
    return folder


def load_changed(files: Path, folder: Path, how: Change) -> None:
    """Load the first wave with its class list, both as `how` makes them: tables `sheets` and `classes`."""
    shutil.copytree(files, folder)
    answers, classes = folder / "responses-2025-1.parquet", folder / "registry.csv"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE sheets AS FROM '{answers}'")
        connection.execute(f"CREATE TABLE classes AS FROM read_csv('{classes}', all_varchar = true)")
        how(connection)
        connection.execute(f"COPY sheets TO '{answers}'")
        connection.execute(f"COPY classes TO '{classes}' (HEADER)")
    import_registry(folder)
    load_file(answers, "2025-1")


def answers(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Columns of answers in numbers."""
    names = connection.execute("SELECT column_name, column_type FROM (DESCRIBE sheets)").fetchall()
    return [name for name, kind in names if kind == "TINYINT" and name not in ("take_part", "too_fast")]


def all_zero(connection: duckdb.DuckDBPyConnection) -> None:
    """Nobody says that anything happened."""
    all_alike(connection, "min")


def all_most(connection: duckdb.DuckDBPyConnection) -> None:
    """Everybody gives the highest answer that anybody of the grade gave."""
    all_alike(connection, "max")


def all_alike(connection: duckdb.DuckDBPyConnection, of: str) -> None:
    """Every answer becomes the least or the highest that was given in the grade."""
    for name in answers(connection):
        connection.execute(
            f'UPDATE sheets AS one SET "{name}" = top.said FROM (SELECT grade, {of}("{name}") AS said FROM sheets'
            f" JOIN classes USING (class_id) GROUP BY grade) AS top JOIN classes AS own USING (grade)"
            f' WHERE own.class_id = one.class_id AND one."{name}" IS NOT NULL'
        )


def one_class(connection: duckdb.DuckDBPyConnection) -> None:
    """The class list holds one class and no other."""
    for table in ("classes", "sheets"):
        connection.execute(f"DELETE FROM {table} WHERE class_id <> '{SCHOOL}-03-01'")


def odd_classes(connection: duckdb.DuckDBPyConnection) -> None:
    """A class of three, one with more sheets than students, a grade of which nobody answered."""
    connection.execute(
        f"DELETE FROM sheets WHERE class_id LIKE '{SCHOOL}-05-%' OR class_id = '{SCHOOL}-03-01' AND rowid NOT IN"
        f" (SELECT rowid FROM sheets WHERE class_id = '{SCHOOL}-03-01' LIMIT 3)"
    )
    connection.execute(f"UPDATE classes SET enrolled = 3, boys = 1 WHERE class_id = '{SCHOOL}-03-01'")
    connection.execute(f"UPDATE classes SET enrolled = enrolled::INT // 2, boys = 1 WHERE class_id = '{SCHOOL}-03-02'")


def other_instrument(connection: duckdb.DuckDBPyConnection) -> None:
    """The later wave asked by another version of the questionnaire."""
    found = connection.execute("SELECT instrument_json FROM raw_wave WHERE wave = '2026-1'").fetchall()[0][0]
    changed = json.dumps(json.loads(found) | {"version": "9"})
    connection.execute("UPDATE raw_wave SET instrument_json = ? WHERE wave = '2026-1'", [changed])


def said(table: str, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    """Rows of the school's own file."""
    path = settings().published / str(current_release()) / f"school_{SCHOOL}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"SELECT {columns} FROM {table} WHERE {where} ORDER BY ALL").fetchall()


def no_numbers() -> list[str]:
    """Every published cell of any file that is NaN or infinite."""
    found = []
    for path in (settings().published / str(current_release())).glob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            for name, contract in load_contracts("pub_").items():
                for column in (name for name, spec in contract.columns.items() if spec.type == "number"):
                    bad = f'SELECT count(*) FROM {name} WHERE NOT isfinite("{column}")'
                    if connection.execute(bad).fetchall() != [(0,)]:
                        found.append(f"{path.name} {name}.{column}")
    return found


def levels() -> dict[str, int]:
    """Classes of the first wave by level."""
    return dict(said("pub_class_wave_signal", "level, count(*)", "wave = '2025-1' GROUP BY level"))  # type: ignore[arg-type]


def expect_calm() -> None:
    """No class reaches a band of what nobody said; no window of it leaves 0."""
    mine = f"indicator = '{CARRIER}' AND wave = '2025-1'"
    assert said("pub_class_wave_indicator", "DISTINCT band", f"{mine} AND band IS NOT NULL") == [(0,)]
    assert {low for (low,) in said("pub_school_wave_indicator", "lo", "lo IS NOT NULL AND indicator = 'frequent'")} == {
        0
    }


def expect_signs() -> None:
    """Every class that may be judged has a sign, and none is told that everybody said yes."""
    assert set(levels()) <= {"watch", "warning", "urgent"}
    for low, high, about in said("pub_school_wave_indicator", "lo, hi, r_about", f"indicator = '{CARRIER}'"):
        assert int(str(high)) - int(str(low)) >= 4 and int(str(low)) < int(str(about)) - 5


def expect_one_class() -> None:
    """The class has its level; its grade, school and city are too few for any number."""
    assert len(levels()) == 1 and set(levels()) <= LEVELS
    for table in ("pub_grade_wave_indicator", "pub_city_wave_indicator", "pub_district_wave_indicator"):
        assert said(table, "*", "lo IS NOT NULL") == []


def expect_odd_classes() -> None:
    """Each class that can't be judged says why; the empty grade is missing, not 0."""
    reasons = dict(said("pub_class_wave_signal", "class_id, reason", "level = 'no_conclusion'"))
    assert reasons[f"{SCHOOL}-03-01"] == "too_small"
    assert reasons[f"{SCHOOL}-03-02"] == "over_response"
    states = said("pub_class_wave_coverage", "DISTINCT state", f"class_id LIKE '{SCHOOL}-05-%'")
    assert states == [("missing",)]
    assert said("pub_grade_wave_indicator", "lo", f"grade_id LIKE '{SCHOOL}:5%' AND lo IS NOT NULL") == []


@pytest.mark.parametrize(
    ("how", "expect"),
    [
        pytest.param(odd_classes, expect_odd_classes, marks=pytest.mark.long),
        pytest.param(one_class, expect_one_class, marks=pytest.mark.long),
        pytest.param(all_zero, expect_calm, marks=pytest.mark.long),
        pytest.param(all_most, expect_signs, marks=pytest.mark.long),
    ],
)
def test_an_odd_first_wave_has_a_stated_result(
    files: Path, tmp_path: Path, how: Change, expect: Callable[[], None]
) -> None:
    """No exception, no NaN, nothing compared with a wave that isn't there, and the audit of the files passes."""
    load_changed(files, tmp_path / "files", how)
    report = run_wave("2025-1")
    expect()
    assert no_numbers() == []
    assert said("pub_wave", "wave, comparable") == [("2025-1", False)]
    assert said("pub_class_wave_signal", "trend", "trend IS NOT NULL") == []
    assert audit_release(settings().published / str(report.release)).faults == ()


@pytest.mark.long
@pytest.mark.parametrize("how", [None, other_instrument])
def test_a_wave_after_a_gap_has_a_stated_result(files: Path, how: Change | None) -> None:
    """The second wave is missing; the third is told, compared only where it asked the same."""
    import_registry(files)
    for wave in ("2025-1", "2026-1"):
        load_file(files / f"responses-{wave}.parquet", wave)
    if how:
        with open_microdata() as connection:
            how(connection)
    for wave in ("2025-1", "2026-1"):
        run_wave(wave)
    assert no_numbers() == []
    assert said("pub_wave", "wave, comparable") == [("2025-1", False), ("2026-1", how is None)]
    trends = said("pub_school_wave_indicator", "count(trend)", "wave = '2026-1'")[0][0]
    assert (int(str(trends)) > 0) == (how is None)
    assert said("pub_class_wave_indicator", "trend", "trend IS NOT NULL") == []  # a summer lies between
    if how is None:  # another questionnaire would have to be at hand
        assert audit_release(settings().published / str(current_release())).faults == ()
