"""Answers kept apart: what is kept, what is rejected, and that nothing leads from them to a class or a sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from tiny_city import INSTRUMENT, WAVE, Row, sheets, write_city, write_instrument, write_rows

from pipelines.load import LoadReport, load_file
from pipelines.load.apart import store_apart
from pipelines.microdata import open_microdata, transaction
from pipelines.problems import BadInput, CannotDo
from pipelines.registry import import_registry
from survey.sheets import Apart

APART = """
  - code: about
    optional: true
    store: apart
    items:
      uses:
        bands: [g34, jr]
        type: multi
        zh: 平时
        en: Usually
        options: {boards: {zh: 住校, en: Boards}, none: {zh: 没有, en: None}}
      sex:
        bands: [jr]
        zh: 你是
        en: You are
        options: [{code: 1, zh: 男, en: Boy}, {code: 2, zh: 女, en: Girl}]
indicators:"""
COLUMNS = ("school_id", "grade", "uses__boards", "uses__none", "sex")


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wave whose sheets are loaded."""
    monkeypatch.setenv("ANXIN_LANG", "en")
    import_registry(write_city(tmp_path / "city"))
    instrument = write_instrument(tmp_path, INSTRUMENT.replace("\nindicators:", APART))
    load_file(write_rows(tmp_path / "answers.csv", sheets(3)), WAVE, instrument=instrument)
    return tmp_path


def row(**changes: Any) -> Row:
    return {"school_id": "s1", "grade": 7, "uses__boards": 1, "uses__none": 0, "sex": 2} | changes


def load(folder: Path, rows: list[Row], name: str = "apart.csv", **options: Any) -> LoadReport:
    return load_file(write_rows(folder / name, rows), WAVE, **options)


def stored() -> list[tuple[Any, ...]]:
    with open_microdata(read_only=True) as connection:
        query = f"SELECT {', '.join(COLUMNS)} FROM wave_2026_1.raw_apart ORDER BY ALL"
        return connection.execute(query).fetchall()


def rejects(report: LoadReport) -> list[str]:
    assert report.reject_file
    lines = report.reject_file.read_text(encoding="utf-8-sig").splitlines()[1:]
    return [",".join(line.split(",")[:3]) for line in lines]


def test_rows_are_kept_as_they_came_and_once(loaded: Path) -> None:
    """Empty stays empty; the same rows in another order and format change nothing; other rows are added."""
    rows = [row(), row(sex=None), row(school_id="s2", grade=3, sex=None, uses__boards=None, uses__none=None)]
    report = load(loaded, rows)
    assert (report.read, report.accepted, report.rejected, report.already) == (3, 3, 0, False)
    kept = [("s1", 7, 1, 0, 2), ("s1", 7, 1, 0, None), ("s2", 3, None, None, None)]
    assert stored() == kept
    again = load(loaded, rows[::-1], "again.parquet")
    assert again.already and (again.read, again.accepted) == (3, 3) and stored() == kept
    load(loaded, [row(grade=8)], "more.csv")
    assert len(stored()) == 4
    assert load(loaded, [row()], "anew.csv", replace=True).accepted == 1 and stored() == kept[:1]


def test_a_row_is_rejected_with_its_line_column_and_rule(loaded: Path) -> None:
    faults = [
        ({"school_id": "s9"}, "school_id,school_unknown"),
        ({"grade": 9}, "school_id,school_unknown"),
        ({"grade": 13}, "grade,code"),
        ({"grade": None}, "grade,required"),
        ({"school_id": None}, "school_id,required"),
        ({"sex": 3}, "sex,code"),
        ({"uses__boards": 2}, "uses__boards,code"),
        ({"school_id": "s2", "grade": 3}, "sex,not_asked"),
    ]
    rows = [row()] * 200 + [row(**changes) for changes, _ in faults]
    report = load(loaded, rows)
    assert (report.read, report.accepted, report.rejected) == (208, 200, 8)
    assert rejects(report) == [f"{202 + i},{fault}" for i, (_, fault) in enumerate(faults)]


def test_too_many_rejects_hold_the_file(loaded: Path) -> None:
    load(loaded, [row()])
    with pytest.raises(CannotDo, match="1 of 2 rows"):
        load(loaded, [row(sex=1), row(grade=12)], "bad.csv")
    assert len(stored()) == 1


def test_sheets_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wave there is neither instrument nor class list to check against."""
    monkeypatch.setenv("ANXIN_LANG", "en")
    import_registry(write_city(tmp_path / "city"))
    with pytest.raises(BadInput, match="not loaded yet"):
        load(tmp_path, [row()])
    with pytest.raises(BadInput, match="no wave was named"):
        load_file(tmp_path / "apart.csv", None)


def test_another_table_is_refused(loaded: Path) -> None:
    """A column that isn't asked apart never comes in, least of all a class."""
    with pytest.raises(BadInput, match=r"not an item|looks like"):
        load(loaded, [row(hit=1)])


def test_nothing_leads_to_a_class_or_a_sheet(loaded: Path) -> None:
    """No load, no class, no number; and the order of the file is lost (4 standard errors of Kendall's tau)."""
    rows = [row(uses__boards=i % 2, sex=None) for i in range(400)]
    load(loaded, sorted(rows, key=lambda one: one["uses__boards"]))
    with open_microdata(read_only=True) as connection:
        columns = [name for name, *_ in connection.execute("DESCRIBE wave_2026_1.raw_apart").fetchall()]
        order = [flag for (flag,) in connection.execute("SELECT uses__boards FROM wave_2026_1.raw_apart").fetchall()]
    assert tuple(columns) == COLUMNS
    first = sum(order[:200])
    assert abs(first - 100) < 4 * (200 * 0.25 * 200 / 399) ** 0.5


def test_opened_envelopes_are_added_in_the_caller_s_transaction(loaded: Path) -> None:
    """What a bundle brings: values, not a file; a transaction that fails leaves nothing."""
    rows = [Apart("s1", 7, {"uses__boards": 1, "uses__none": 0, "sex": 1}), Apart("s1", 8, {"sex": None})]
    with open_microdata() as connection:
        with transaction(connection):
            assert store_apart(connection, WAVE, iter(rows)) == 2
        with pytest.raises(RuntimeError), transaction(connection):
            store_apart(connection, WAVE, rows)
            raise RuntimeError
    assert stored() == [("s1", 7, 1, 0, 1), ("s1", 8, None, None, None)]


def test_a_wave_loaded_anew_forgets_them(loaded: Path) -> None:
    """`load --replace` of the sheets starts the whole wave anew."""
    load(loaded, [row()])
    load_file(loaded / "answers.csv", WAVE, instrument=loaded / "tiny.yml", replace=True)
    with pytest.raises(duckdb.CatalogException):
        stored()
    assert not load(loaded, [row()]).already
