"""A city of four classes and an instrument of five items, as files: what a load needs and nothing more."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.contracts import load_contract

WAVE = "2026-1"
REGISTRY = tuple(load_contract("registry").columns)
Row = dict[str, Any]

INSTRUMENT = """
id: tiny
version: "1"
title: {zh: 小问卷, en: Tiny}
units: class
bands: {g34: {zh: 三四年级, en: Grades 3-4}, jr: {zh: 初中, en: Junior}}
decline: {code: 9, missing: true, zh: 不想说, en: Rather not say}
scales:
  freq:
    - {code: 0, zh: 没有, en: Never}
    - {code: 1, zh: 一两次, en: Once or twice}
    - {code: 4, bands: [jr], zh: 好几次, en: Several times}
lists:
  spots:
    groups: {in: {zh: 校内, en: Inside}}
    codes:
      toilet: {group: in, zh: 厕所, en: Toilets}
      gate: {group: in, bands: [jr], zh: 校门, en: Gate}
blocks:
  - code: all
    items:
      hit: {bands: [g34, jr], scale: freq, zh: 打, en: Hit}
      mock: {bands: [g34, jr], scale: freq, zh: 骂, en: Mocked}
      threat: {bands: [jr], scale: freq, zh: 吓, en: Threatened}
      spot: {bands: [g34, jr], list: spots, none: {zh: 没有, en: None}, zh: 哪里, en: Where}
      who:
        bands: [g34, jr]
        type: multi
        zh: 谁
        en: Who
        options: {class: {zh: 同班, en: Same class}, older: {zh: 高年级, en: Older}, none: {zh: 没有, en: Nobody}}
indicators:
  harmed:
    label: {zh: 受伤害, en: Harmed}
    long: {zh: 受过伤害, en: Were harmed}
    numerator: {items: [hit, mock], at_least: 1}
    direction: higher_is_worse
"""


def school_class(class_id: str, **changes: Any) -> Row:
    """A row of registry.csv."""
    usual = ["d1", "东区", "", "s1", "第一学校", "junior", 0, 0, 7, class_id, f"{class_id}班", 30, 15, 0, 0]
    return dict(zip(REGISTRY, usual, strict=True)) | changes


CLASSES = (
    school_class("p3", school_id="s2", school_name="第二小学", level="primary", grade=3),
    school_class("p1", school_id="s2", school_name="第二小学", level="primary", grade=1),
    school_class("j7"),
    school_class("j8", grade=8, enrolled=10, boys=5),
)
CONTACTS = tuple(
    {
        "school_id": school,
        "role": "心理老师",
        "name": "王老师",
        "phone": "010-1234567",
        "place": "",
        "hours": "",
        "outside": outside,
    }
    for school in ("s1", "s2")
    for outside in (0, 1)
)
PLACES = ({"school_id": "s1", "place": "corner", "local_name": "车棚后面"},)


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], encoding: str = "utf-8") -> Path:
    """A csv or, by its name, a parquet file; None is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
        return path
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_city(folder: Path, classes: Sequence[Row] = CLASSES, encoding: str = "utf-8-sig") -> Path:
    """registry.csv, contacts.csv and places.csv in a folder."""
    write_rows(folder / "registry.csv", classes, encoding)
    schools = {row.get("school_id") for row in classes}
    write_rows(folder / "contacts.csv", [row for row in CONTACTS if row["school_id"] in schools] or CONTACTS, encoding)
    write_rows(folder / "places.csv", PLACES, encoding)
    return folder


def write_instrument(folder: Path, text: str = INSTRUMENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.yml"
    path.write_text(text, encoding="utf-8")
    return path


def sheet(class_id: str | None = "j7", **answers: Any) -> Row:
    """A sheet on which everything asked was answered with the lowest code."""
    primary = class_id == "p3"
    usual = {"hit": 0, "mock": 0, "threat": None if primary else 0, "spot": "none"}
    flags = {"who__class": 0, "who__older": 0, "who__none": 1}
    return {"class_id": class_id, **usual, **flags, "take_part": 1, "too_fast": 0} | answers


def sheets(count: int, class_id: str = "j7") -> list[Row]:
    """Sheets of one class that differ from each other, as far as the scales go."""
    return [
        sheet(class_id, hit=(0, 1, 9)[i % 3], mock=(0, 1)[i // 3 % 2], spot=("none", "toilet", "9")[i // 6 % 3])
        for i in range(count)
    ]
