"""mapping.yml: foreign exports in the words of an instrument. Only what is mapped is ever read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from tiny_city import CLASSES, INSTRUMENT, WAVE, Row, school_class, write_city, write_instrument, write_rows

from pipelines.contracts import wave_schema
from pipelines.load import LoadReport, load_file
from pipelines.microdata import open_microdata
from pipelines.problems import BadInput
from pipelines.registry import import_registry

WJX = """
mapping: wjx
class_id: {column: "2、你的班级", recode: {初一(1)班: j7, 三年级(1)班: p3}}
columns:
  hit: {column: "3、有没有人打你？", recode: {没有: 0, 一两次: 1, 好几次: 4, 不想说: 9}, missing: [(跳过)]}
  mock: {column: "4、有没有人骂你？"}
  spot: {column: "5、在哪里？", recode: {没有: none, 厕所: toilet, 校门: gate}}
  who:
    column: "6、是谁？"
    split: ┋
    options: {同班同学: class, 高年级的: older, 没有: none}
"""
FREE = """
mapping: free
units: none
wave: {column: year}
weight: w
groups:
  sex: {column: gender, recode: {F: female, M: male}}
  area: area
columns: {hit: q1, mock: q2, threat: q3, spot: q4, who__class: q5a, who__older: q5b, who__none: q5c}
"""


@pytest.fixture(autouse=True)
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANXIN_LANG", "en")
    import_registry(write_city(tmp_path / "city"))
    return tmp_path


def export(klass: str = "初一(1)班", **changes: Any) -> Row:
    """A row as 问卷星 writes it."""
    row = {
        "序号": 1, "提交答卷时间": "2026/4/1 9:30", "来自IP": "10.0.0.7(北京)", "1、姓名": "张三",
        "2、你的班级": klass, "3、有没有人打你？": "没有", "4、有没有人骂你？": "1",
        "5、在哪里？": "厕所", "6、是谁？": "同班同学",
    }  # fmt: skip
    return row | {next(name for name in row if name.startswith(key[1:])): value for key, value in changes.items()}


def load(folder: Path, path: Path, mapping: str = WJX, wave: str | None = WAVE, text: str = INSTRUMENT) -> LoadReport:
    (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
    return load_file(path, wave, folder / "mapping.yml", write_instrument(folder, text))


def answers(
    wave: str = WAVE, columns: str = "class_id, hit, mock, spot, who__class, who__older, who__none"
) -> list[tuple]:
    with open_microdata(read_only=True) as connection:
        return connection.execute(f"SELECT {columns} FROM {wave_schema(wave)}.raw_submission ORDER BY ALL").fetchall()


@pytest.mark.parametrize(("name", "encoding"), [("a.csv", "utf-8-sig"), ("a.csv", "gb18030"), ("a.parquet", "")])
def test_labels_and_joined_answers_become_codes(city: Path, name: str, encoding: str) -> None:
    rows = [
        export(),
        export(_3="不想说", _5="校门", _6="同班同学┋高年级的"),
        export("三年级(1)班", _3="(跳过)", _4="", _5="", _6=""),
        export(_6="没有"),
    ]
    report = load(city, write_rows(city / name, rows, encoding))
    assert (report.read, report.rejected) == (4, 0)
    assert answers() == [
        ("j7", 0, 1, "toilet", 0, 0, 1),
        ("j7", 0, 1, "toilet", 1, 0, 0),
        ("j7", 9, 1, "gate", 1, 1, 0),
        ("p3", None, None, None, None, None, None),
    ]


def test_names_times_and_addresses_are_never_taken_and_it_is_said(city: Path) -> None:
    report = load(city, write_rows(city / "a.csv", [export()]))
    assert report.dropped == ("序号", "提交答卷时间", "来自IP", "1、姓名")
    assert any("来自IP" in warning for warning in report.warnings)
    for path in (city / "home").rglob("*.*"):
        assert not any(text.encode() in path.read_bytes() for text in ("张三", "10.0.0.7", "9:30"))


def test_a_foreign_export_gets_no_promise_badge(city: Path) -> None:
    report = load(city, write_rows(city / "a.csv", [export()]))
    with open_microdata(read_only=True) as connection:
        assert connection.execute("SELECT anonymous FROM raw_wave").fetchall() == [(False,)]
    assert any("destroy the original" in warning for warning in report.warnings)


def test_what_the_mapping_does_not_bring_is_said(city: Path) -> None:
    report = load(city, write_rows(city / "a.csv", [export()]))
    assert any("threat" in warning for warning in report.warnings)
    assert answers(columns="threat") == [(None,)]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"_3": "天天"}, "3、有没有人打你？"),
        ({"_4": "3"}, "4、有没有人骂你？"),
        ({"_6": "同班同学┋老师"}, "6、是谁？"),
        ({"_2": "高一(9)班"}, "2、你的班级"),
    ],
)
def test_an_unlisted_answer_rejects_the_row_under_the_files_own_column(city: Path, change: Row, column: str) -> None:
    rows = [*(export() for _ in range(30)), export(**change)]
    report = load(city, write_rows(city / "a.csv", rows))
    assert report.rejected == 1 and report.reject_file
    lines = report.reject_file.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert lines and all(line.startswith(f"32,{column},") for line in lines)


def test_a_fill_in_behind_a_label_is_cut_off(city: Path) -> None:
    """问卷星 writes what was typed into 其他 between 〖 and 〗: free text is never taken."""
    load(city, write_rows(city / "a.csv", [export(_6="高年级的〖是李四〗")]))
    assert answers()[0][4:] == (0, 1, 0)


def write_xlsx(path: Path, rows: list[list[Any]]) -> Path:
    """The least that is an Excel workbook: one sheet, numbers and inline text."""
    space = "http://schemas.openxmlformats.org"

    def cell(value: Any) -> str:
        return f"<c><v>{value}</v></c>" if isinstance(value, int) else f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    kind = f"{space}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{space}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{space}/spreadsheetml/2006/main" xmlns:r="{kind}">'
        '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}/spreadsheetml/2006/main">'
        f"<sheetData>{lines}</sheetData></worksheet>",
    }
    with ZipFile(path, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return path


def test_xlsx_reads_like_csv(city: Path) -> None:
    load(city, write_xlsx(city / "a.xlsx", [list(export()), list(export(_4=4).values())]))
    assert answers() == [("j7", 0, 4, "toilet", 1, 0, 0)]


def free(year: int = 2020, **changes: Any) -> Row:
    row = {"year": year, "w": 1.5, "gender": "F", "area": "north", "q1": 0.0, "q2": 1.0, "q3": None, "q4": "gate"}
    return row | {"q5a": 0.0, "q5b": 1.0, "q5c": 0.0} | changes


UNITLESS = INSTRUMENT.replace("units: class", "units: none")
COLUMNS = "class_id, weight, hit, mock, threat, who__older, sex, area"


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.sav"])
def test_a_survey_without_classes_goes_into_its_waves(city: Path, name: str) -> None:
    """The class list isn't asked, groups and weights are kept, every year becomes a wave."""
    rows = [free(), free(gender="M", q1=4), free(2021, q1=9)]
    if name.endswith(".sav"):
        import pandas as pd
        import pyreadstat

        pyreadstat.write_sav(pd.DataFrame(rows), city / name)
    else:
        write_rows(city / name, rows)
    report = load(city, city / name, FREE, None, UNITLESS)
    assert [(count.wave, count.read) for count in report.waves] == [("2020", 2), ("2021", 1)]
    assert answers("2020", COLUMNS) == [
        (None, 1.5, 0, 1, None, 1, "female", "north"),
        (None, 1.5, 4, 1, None, 1, "male", "north"),
    ]
    with open_microdata(read_only=True) as connection:
        found = connection.execute("SELECT wave, units, groups, snapshot_id FROM raw_wave ORDER BY 1").fetchall()
    assert found == [("2020", "none", "sex,area", None), ("2021", "none", "sex,area", None)]


def test_one_wave_of_several_can_be_chosen(city: Path) -> None:
    report = load(city, write_rows(city / "a.csv", [free(), free(2021), free(2021)]), FREE, "2021", UNITLESS)
    assert (report.wave, report.read) == ("2021", 2)


def test_rows_of_no_wave_are_rejected_and_counted(city: Path) -> None:
    rows = [*(free(q1=i % 2) for i in range(40)), free("soon")]
    report = load(city, write_rows(city / "a.csv", rows), FREE, None, UNITLESS)
    assert (report.read, report.accepted, report.rejected) == (41, 40, 1)
    assert report.reject_file and "42,year,wave" in report.reject_file.read_text(encoding="utf-8-sig")


def test_a_file_of_waves_is_loaded_once(city: Path) -> None:
    path = write_rows(city / "a.csv", [free(), free(2021)])
    load(city, path, FREE, None, UNITLESS)
    again = load(city, path, FREE, None, UNITLESS)
    assert again.already and again.read == 2
    grown = load(city, write_rows(city / "b.csv", [free(), free(2022)]), FREE, None, UNITLESS)
    assert [(count.wave, count.already) for count in grown.waves] == [("2020", True), ("2022", False)]


def test_a_group_that_could_tell_people_apart_is_refused(city: Path) -> None:
    rows = [free(area=f"village {i}") for i in range(31)]
    with pytest.raises(BadInput, match="tell people apart") as caught:
        load(city, write_rows(city / "a.csv", rows), FREE, None, UNITLESS)
    assert caught.value.where.column == "area" and "village" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "column", "rule"),
    [
        ("4、有没有人骂你？", "4、有人骂你吗", "4、有人骂你吗", "does not have"),
        ("  mock:", "  mocked:", "mocked", "not an item"),
        ("  hit:", "  who:", "who", "not an item"),
        ("好几次: 4", "好几次: 7", "hit: 好几次", "does not have"),
        ("同班同学: class", "同班同学: klass", "who: 同班同学", "does not have"),
        ("class_id:", "class_name:", "class_name", "not sound"),
        ("mapping: wjx", "mapping: wjx\nunits: none", "units", "agree"),
        ("    split: ┋\n", "", "columns.who", "split"),
    ],
)
def test_a_faulty_mapping_is_refused_by_file_and_place(city: Path, old: str, new: str, column: str, rule: str) -> None:
    text = WJX.replace(old, new) if old != "  hit:" else WJX.replace("  who:\n", "  whom:\n").replace(old, new)
    with pytest.raises(BadInput, match=rule) as caught:
        load(city, write_rows(city / "a.csv", [export()]), text)
    assert (caught.value.where.file, caught.value.where.column) == ("mapping.yml", column)
    assert caught.value.next_step and caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["columns: [", "", "- a list"])
def test_a_mapping_that_is_none_is_refused(city: Path, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(city, write_rows(city / "a.csv", [export()]), text)
    assert caught.value.where.file == "mapping.yml"


def test_a_later_class_list_does_not_slip_under_an_older_wave(city: Path) -> None:
    """A file of several waves is checked against one list; a wave that has another must come by itself."""
    mapping = WJX + "wave: {column: term}\n"
    load(city, write_rows(city / "a.csv", [export() | {"term": "2026-1"}]), mapping, None)
    import_registry(write_city(city / "later", [*CLASSES, school_class("j9", grade=9)]))
    both = [export(_4="0") | {"term": "2026-1"}, export() | {"term": "2026-2"}]
    path = write_rows(city / "b.csv", both)
    with pytest.raises(BadInput, match="earlier class list") as caught:
        load(city, path, mapping, None)
    assert "--wave 2026-1" in caught.value.next_step
    assert load(city, path, mapping, "2026-1").accepted == 1


def test_a_year_is_no_wave_where_there_are_classes(city: Path) -> None:
    rows = [*(export(_4=str(i % 2)) | {"term": "2026-1"} for i in range(30)), export() | {"term": "2026"}]
    report = load(city, write_rows(city / "a.csv", rows), WJX + "wave: {column: term}\n", None)
    assert [count.wave for count in report.waves] == ["2026-1"] and (report.read, report.rejected) == (31, 1)
