"""Great Expectations and the quality page: what is checked a second time, and what people see of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_city import WAVE, sheet, sheets, write_city, write_instrument, write_rows

from pipelines.contracts import load_contract
from pipelines.load import LoadReport, load_file, loading
from pipelines.load.expectations import Expect, between, suite_of, suite_of_answers, validate
from pipelines.microdata import open_microdata
from pipelines.problems import CannotDo
from pipelines.registry import import_registry
from pipelines.words import LANGUAGES, catalogue
from survey.instrument import load_instrument

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here Great Expectations itself speaks, each time."""
    monkeypatch.setattr(loading, "validate", validate)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANXIN_LANG", "en")
    import_registry(write_city(tmp_path / "city"))
    return tmp_path


def load(folder: Path, rows: list[dict[str, Any]]) -> LoadReport:
    return load_file(write_rows(folder / "a.csv", rows), WAVE, instrument=write_instrument(folder))


def frame(**columns: list[Any]) -> Any:
    import pandas as pd

    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("expect", "good", "bad"),
    [
        (Expect("not_null", ("a",), "critical"), [1, 2], [1, None]),
        (Expect("in_set", ("a",), "critical", values=(0, 1)), [0, None], [0, 2]),
        (Expect("in_set", ("a",), "critical", values=("x", "y")), ["x", None], ["x", "z"]),
        (Expect("pattern", ("a",), "critical", regex="^j[0-9]$"), ["j1", "j2"], ["j1", "k2"]),
        (between("a", 0, 1, "critical"), [0.0, 1.0], [0.0, 1.1]),
        (Expect("above", ("a",), "critical", low=0), [0.1], [0.0]),
        (Expect("unique", ("a",), "critical"), [1, 2], [1, 1]),
        (Expect("columns", ("a",), "critical"), [1], None),
    ],
    ids=lambda value: value.kind if isinstance(value, Expect) else "",
)
def test_each_kind_of_expectation_is_met_and_not_met(expect: Expect, good: list[Any], bad: list[Any] | None) -> None:
    """A kind that is never unmet would check nothing."""
    frames = {"good": frame(a=good), "bad": frame(b=[1]) if bad is None else frame(a=bad)}
    verdicts = validate(frames, {"good": (expect,), "bad": (expect,)})
    assert [verdict.outcome for verdict in verdicts] == ["met", "not_met"]


def test_a_check_that_could_not_run_is_told_apart_from_bad_data() -> None:
    [verdict] = validate({"f": frame(a=[1])}, {"f": (Expect("in_set", ("gone",), "warning", values=(1,)),)})
    assert verdict.outcome == "could_not_run" and verdict.place == "f.gone (in_set)"


def test_a_key_of_several_columns_is_unique_together() -> None:
    expect = Expect("unique", ("a", "b"), "critical")
    frames = {"good": frame(a=[1, 1], b=[1, 2]), "bad": frame(a=[1, 1], b=[2, 2])}
    assert [v.outcome for v in validate(frames, dict.fromkeys(frames, (expect,)))] == ["met", "not_met"]


def test_suites_say_all_that_the_contract_says() -> None:
    contract = load_contract("raw_registry")
    found = {(expect.kind, expect.columns) for expect in suite_of(contract)}
    assert ("columns", tuple(contract.columns)) in found and ("unique", ("snapshot_id", "class_id")) in found
    for name, spec in contract.columns.items():
        assert (("not_null", (name,)) in found) == spec.required
        assert (("in_set", (name,)) in found) == (spec.values is not None)
        assert (("pattern", (name,)) in found) == (spec.pattern is not None)


def test_every_answers_column_has_its_codes_in_the_suite() -> None:
    instrument = load_instrument()
    suite = suite_of_answers(load_contract("submission"), instrument, "class")
    values = {expect.columns[0]: expect.values for expect in suite if expect.kind == "in_set"}
    assert all(values[name] == column.codes for name, column in instrument.columns.items())


def test_what_the_row_checks_let_through_stops_at_the_expectations(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: no row check at all. The second look holds the load."""
    monkeypatch.setattr(loading, "submission_checks", lambda plan, instrument: REAL(plan, instrument)[:1])
    with pytest.raises(CannotDo, match=r"critical checks .* answers\.") as held:
        load(city, [*sheets(40), sheet(hit=7)])
    assert held.value.exit_code == 1
    with open_microdata(read_only=True) as connection:
        assert not connection.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_name = 'raw_wave'"
        ).fetchall()


REAL = loading.submission_checks


def test_a_critical_check_that_could_not_run_holds_the_load(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.load import evidence

    broken = lambda contract, instrument, units: (Expect("in_set", ("gone",), "critical", values=(1,)),)  # noqa: E731
    monkeypatch.setattr(evidence, "suite_of_answers", broken)
    with pytest.raises(CannotDo, match=r"could not be run.*answers\.gone"):
        load(city, sheets(5))


def test_the_page_tells_the_same_in_both_languages(city: Path) -> None:
    report = load(city, [*sheets(40), sheet(hit=7), *sheets(12, "j8")])
    assert report.quality_page
    page = report.quality_page.read_text(encoding="utf-8")
    zh, en = page.split("<article ")[1:]
    assert "已导入" in zh and "退回的行" in zh and "不能下结论：j7, j8" in zh
    assert ">Loaded<" in en and "No conclusion for: j7, j8" in en
    for part in (zh, en):
        assert "<code>hit</code>" in part and re.search(r">53</dd>", part) and re.search(r">52</dd>", part)


def test_a_held_load_has_its_page_too(city: Path) -> None:
    with pytest.raises(CannotDo) as held:
        load(city, [*sheets(5), sheet(hit=7)])
    [page] = (city / "home/confidential/quality").iterdir()
    assert str(page) in held.value.next_step
    text = page.read_text(encoding="utf-8")
    assert "暂不导入" in text and "Nothing was stored" in text


def test_the_page_asks_nothing_of_the_network_and_runs_no_script(city: Path) -> None:
    page = load(city, sheets(5)).quality_page
    assert page
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"https?://|//[a-z]|<script|<img|<link|url\(|@import", text)
    assert "default-src 'none'" in text


def test_names_in_the_page_are_text(city: Path) -> None:
    """A file may be called anything."""
    path = write_rows(city / "<b>x.csv", sheets(5))
    page = load_file(path, WAVE, instrument=write_instrument(city)).quality_page
    assert page and "<b>x" not in page.read_text(encoding="utf-8")


def keys(content: Any, prefix: str = "") -> set[str]:
    if not isinstance(content, dict):
        return {prefix + "".join(sorted(set(re.findall(r"\{\w+", content))))}
    return {key for name, inner in content.items() for key in keys(inner, f"{prefix}.{name}")}


def test_the_catalogues_have_the_same_words_and_fields() -> None:
    zh, en = (keys(catalogue(lang)) for lang in LANGUAGES)
    assert zh == en


def test_great_expectations_is_imported_by_the_step_alone() -> None:
    """It costs seven seconds: whoever only imports the loader doesn't pay them."""
    code = "import sys, pipelines.load, pipelines.registry; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_great_expectations_writes_nothing_elsewhere(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(city / "elsewhere"))
    (city / "elsewhere").mkdir()
    load(city, sheets(5))
    assert not list((city / "elsewhere").iterdir())
