"""The class list: imported as snapshots that never change."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
from tiny_city import CLASSES, REGISTRY, school_class, write_city, write_rows

from pipelines.contracts import load_contract
from pipelines.microdata import open_microdata
from pipelines.problems import BadInput, CannotDo
from pipelines.registry import import_registry, write_template


def stored(query: str) -> list[tuple]:
    with open_microdata(read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_import_counts_what_it_stores(tmp_path: Path) -> None:
    report = import_registry(write_city(tmp_path))
    assert (report.classes, report.schools, report.students, report.contacts, report.places) == (4, 2, 100, 4, 1)
    assert report.snapshot_id == "s0001" and not report.unchanged
    assert stored("SELECT count(*) FROM raw_registry") == [(4,)]
    assert stored("SELECT local_name FROM raw_place") == [("车棚后面",)]


def test_band_comes_from_level_and_grade(tmp_path: Path) -> None:
    import_registry(write_city(tmp_path))
    assert stored("SELECT class_id, band FROM raw_registry ORDER BY 1") == [
        ("j7", "jr"), ("j8", "jr"), ("p1", None), ("p3", "g34"),
    ]  # fmt: skip


def test_the_same_content_is_no_new_snapshot(tmp_path: Path) -> None:
    """Row order and encoding are not content."""
    first = import_registry(write_city(tmp_path))
    again = import_registry(write_city(tmp_path, CLASSES[::-1], encoding="gb18030"))
    assert again.unchanged and again.snapshot_id == first.snapshot_id
    assert stored("SELECT count(*) FROM raw_snapshot") == [(1,)]


def test_a_change_is_a_new_snapshot_beside_the_old_one(tmp_path: Path) -> None:
    import_registry(write_city(tmp_path))
    report = import_registry(write_city(tmp_path, [*CLASSES, school_class("j9", grade=9)]))
    assert report.snapshot_id == "s0002" and not report.unchanged
    assert stored("SELECT snapshot_id, count(*) FROM raw_registry GROUP BY 1 ORDER BY 1") == [
        ("s0001", 4),
        ("s0002", 5),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_names_survive_the_encodings_of_excel(tmp_path: Path, encoding: str) -> None:
    import_registry(write_city(tmp_path, encoding=encoding))
    assert ("第一学校",) in stored("SELECT DISTINCT school_name FROM raw_registry")


def test_excel_numbers_and_words_for_yes_are_understood(tmp_path: Path) -> None:
    changed = [row | {"enrolled": f"{row['enrolled']}.0", "boarding": "是", "rural": "FALSE"} for row in CLASSES]
    import_registry(write_city(tmp_path, changed))
    assert stored("SELECT DISTINCT boarding, rural FROM raw_registry") == [(True, False)]
    assert stored("SELECT sum(enrolled) FROM raw_registry") == [(100,)]


def test_full_width_digits_are_numbers(tmp_path: Path) -> None:
    """An input method left them so; the eye sees no difference."""
    import_registry(write_city(tmp_path, [row | {"enrolled": "２５", "boys": "５"} for row in CLASSES]))
    assert stored("SELECT DISTINCT enrolled, boys FROM raw_registry") == [(25, 5)]


@pytest.mark.parametrize("name", ["三年级\n（1）班", "三\x00班", "\u202e班三", "班" * 81])
def test_a_name_that_no_slip_could_bear_is_refused(tmp_path: Path, name: str) -> None:
    """It would turn a slip's text round, break a page, or be more than PostgreSQL takes."""
    with pytest.raises(BadInput) as refused:
        import_registry(write_city(tmp_path, [row | {"class_name": name} for row in CLASSES]))
    assert refused.value.where.column == "class_name" and refused.value.where.row == 2


@pytest.mark.parametrize(
    ("column", "cell", "said"), [("level", "小学", "primary | junior"), ("enrolled", "0", "1–200")]
)
def test_what_a_column_may_hold_is_said(tmp_path: Path, column: str, cell: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        import_registry(write_city(tmp_path, [row | {column: cell} for row in CLASSES]))
    assert said in refused.value.rule


def test_a_list_in_another_form_is_named(tmp_path: Path) -> None:
    """Whoever saved the list as xlsx is told so, instead of being offered an empty template."""
    (tmp_path / "registry.xlsx").write_bytes(b"PK")
    with pytest.raises(BadInput, match=r"registry\.xlsx"):
        import_registry(tmp_path)


def test_cells_set_apart_by_something_else_are_no_missing_column(tmp_path: Path) -> None:
    write_city(tmp_path)
    path = tmp_path / "registry.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",", ";"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"comma|逗号"):
        import_registry(tmp_path)


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list whose commit the disk refuses is no traceback, and the one before still holds."""
    import_registry(write_city(tmp_path))

    def refuse(*_: object) -> None:
        raise duckdb.TransactionException("Failed to commit: No space left on device")

    monkeypatch.setattr("pipelines.registry.raw_snapshot", refuse)
    with pytest.raises(CannotDo) as refused:
        import_registry(write_city(tmp_path, [*CLASSES, school_class("j9", grade=9)]))
    assert refused.value.next_step
    assert stored("SELECT count(*) FROM raw_registry") == [(4,)]


def test_contacts_and_places_may_come_later(tmp_path: Path) -> None:
    """But it is said, because a wave can't be opened for a school without contacts."""
    write_rows(tmp_path / "registry.csv", CLASSES)
    report = import_registry(tmp_path)
    assert report.contacts == 0
    assert any("s1" in warning and "s2" in warning for warning in report.warnings)


def test_columns_nobody_asked_for_stay_outside(tmp_path: Path) -> None:
    """A list may carry the head teacher's telephone: it is not stored, and it is said."""
    folder = write_city(tmp_path)
    write_rows(folder / "registry.csv", [row | {"班主任电话": "13800000000"} for row in CLASSES])
    report = import_registry(folder)
    assert any("班主任电话" in warning for warning in report.warnings)
    assert "13800000000" not in str(stored("SELECT * FROM raw_registry"))


def test_the_template_is_the_contract_and_can_be_imported_once_filled(tmp_path: Path) -> None:
    paths = write_template(tmp_path)
    assert [path.name for path in paths[:3]] == ["registry.csv", "contacts.csv", "places.csv"]
    for path in paths[:3]:
        header = next(csv.reader(path.open(encoding="utf-8-sig")))
        assert header == list(load_contract(path.stem).columns)
    text = paths[3].read_text(encoding="utf-8-sig")
    assert all(name in text for name in REGISTRY) and "在册人数" in text and "students on the class list" in text


def test_the_template_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text("mine")
    with pytest.raises(BadInput, match=r"contacts\.csv"):
        write_template(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.csv"]
    assert (tmp_path / "contacts.csv").read_text() == "mine"
