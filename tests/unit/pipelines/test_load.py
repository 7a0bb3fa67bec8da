"""Loading answers: what is kept, what is rejected, and that the two make up what was read."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest
from tiny_city import (
    CLASSES,
    INSTRUMENT,
    WAVE,
    Row,
    school_class,
    sheet,
    sheets,
    write_city,
    write_instrument,
    write_rows,
)

from pipelines.contracts import wave_schema
from pipelines.load import LoadReport, load_file, store
from pipelines.microdata import open_microdata
from pipelines.problems import BadInput, CannotDo
from pipelines.registry import import_registry
from survey.instrument import Instrument


@pytest.fixture(autouse=True)
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANXIN_LANG", "en")
    import_registry(write_city(tmp_path / "city"))
    return tmp_path


def load(folder: Path, rows: list[Row], name: str = "answers.csv", wave: str = WAVE, **options: Any) -> LoadReport:
    path = write_rows(folder / name, rows)
    return load_file(path, wave, instrument=write_instrument(folder), **options)


def stored(query: str) -> list[tuple]:
    with open_microdata(read_only=True) as connection:
        return connection.execute(query).fetchall()


def answers(wave: str = WAVE) -> list[tuple]:
    columns = "class_id, weight, take_part, too_fast, hit, mock, threat, spot, who__class, who__older, who__none"
    return stored(f"SELECT {columns} FROM {wave_schema(wave)}.raw_submission ORDER BY ALL")


def rejects(report: LoadReport) -> list[list[str]]:
    assert report.reject_file
    with report.reject_file.open(encoding="utf-8-sig", newline="") as file:
        return [row[:3] for row in csv.reader(file)][1:]


def test_a_sheet_is_stored_as_it_was_handed_in(city: Path) -> None:
    report = load(city, [sheet("j7", hit=4, mock=9, spot="gate", who__class=1, who__none=0, too_fast=1)])
    assert (report.wave, report.read, report.accepted, report.rejected, report.already) == (WAVE, 1, 1, 0, False)
    assert answers() == [("j7", 1.0, 1, 1, 4, 9, 0, "gate", 1, 0, 0)]


def test_an_empty_cell_stays_empty(city: Path) -> None:
    """Not asked and left out are NULL, never 0."""
    load(city, [sheet("p3", hit=None, spot=None)])
    assert answers()[0][4:8] == (None, 0, None, None)


def test_the_wave_keeps_its_instrument_and_class_list(city: Path) -> None:
    load(city, sheets(3))
    import_registry(write_city(city / "later", [*CLASSES, school_class("j9", grade=9)]))
    load(city, sheets(2), "second.csv")
    [(snapshot, units, anonymous, groups, text, digest)] = stored(
        "SELECT snapshot_id, units, anonymous, groups, instrument_json, instrument_hash FROM raw_wave"
    )
    assert (snapshot, units, anonymous, groups) == ("s0001", "class", True, "")
    assert Instrument.from_json(text).hash == digest


def test_a_class_new_in_a_later_list_is_unknown_to_the_older_wave(city: Path) -> None:
    load(city, sheets(25))
    import_registry(write_city(city / "later", [*CLASSES, school_class("j9", grade=9)]))
    report = load(city, [*sheets(39), sheet("j9")], "second.csv")
    assert rejects(report) == [["41", "class_id", "class_unknown"]]


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"hit": 3}, "hit", "code"),
        ({"hit": "often"}, "hit", "code"),
        ({"hit": 0.5}, "hit", "code"),
        ({"spot": "moon"}, "spot", "code"),
        ({"spot": "?"}, "spot", "code"),
        ({"who__older": 2}, "who__older", "code"),
        ({"who__older": -1}, "who__older", "code"),
        ({"class_id": "j99"}, "class_id", "class_unknown"),
        ({"class_id": None}, "class_id", "required"),
        ({"class_id": "p1", "threat": None}, "class_id", "class_not_surveyed"),
        ({"class_id": "p3"}, "threat", "not_asked"),
        ({"class_id": "p3", "threat": None, "hit": 4}, "hit", "code"),
        ({"class_id": "p3", "threat": None, "spot": "gate"}, "spot", "code"),
        ({"take_part": None}, "take_part", "required"),
        ({"too_fast": 5}, "too_fast", "code"),
        ({"weight": 0}, "weight", "range"),
        ({"weight": "much"}, "weight", "required"),
        ({"weight": "inf"}, "weight", "required"),
    ],
)
def test_a_row_is_rejected_with_its_line_column_and_rule(city: Path, changes: Row, column: str, rule: str) -> None:
    """The line is the file's own (header = 1), so that a person finds it."""
    weight = {"weight": 1} if "weight" in changes else {}
    good = [row | weight for row in sheets(30)]
    report = load(city, [*good[:20], sheet("j7") | weight | changes, *good[20:]])
    assert (report.read, report.accepted, report.rejected) == (31, 30, 1)
    assert rejects(report) == [["22", column, rule]]
    assert len(answers()) == 30


def test_parquet_rows_are_numbered_from_one(city: Path) -> None:
    report = load(city, [*sheets(30), sheet(hit=77)], "answers.parquet")
    assert rejects(report) == [["31", "hit", "code"]]


def test_lines_with_too_few_or_too_many_cells_are_rejected_and_counted(city: Path) -> None:
    path = write_rows(city / "answers.csv", sheets(40))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], "j7,0,0", "", *lines[3:], lines[3] + ",1"]))
    report = load_file(path, WAVE, instrument=write_instrument(city))
    assert (report.read, report.accepted, report.rejected) == (42, 40, 2)
    assert rejects(report) == [["4", "", "cells"], ["44", "", "cells"]]


def test_no_value_of_an_answer_is_told_anywhere(city: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Not in the reject file, the quality page, the report, the error, or on the screen."""
    secret = "7391846"
    report = load(city, [*sheets(40), sheet(hit=secret), sheet(spot=secret)])
    with pytest.raises(CannotDo) as held:
        load(city, [sheet(hit=secret)], "held.csv", wave="2026-2")
    pages = [
        path.read_text(encoding="utf-8-sig")
        for path in (city / "home").rglob("*.*")
        if path.suffix in (".csv", ".html")
    ]
    assert len(pages) == 4 and not any(secret in page for page in pages)
    assert secret not in str(report) + str(held.value) + "".join(capfd.readouterr())
    assert secret.encode() not in (city / "home/confidential/microdata.duckdb").read_bytes()


def test_what_was_ticked_on_a_blank_is_thrown_away(city: Path) -> None:
    report = load(city, [sheet(take_part=0, hit=1), sheet(take_part=0, hit=55), *sheets(5)])
    assert report.accepted == 7 and any("2 sheets" in warning for warning in report.warnings)
    blanks = [row for row in answers() if row[2] == 0]
    assert [row[4:] for row in blanks] == [(None,) * 7] * 2


def test_over_the_limit_the_load_is_held_and_nothing_stored(city: Path) -> None:
    load(city, sheets(20))
    before = answers()
    with pytest.raises(CannotDo, match=r"3 of 40 rows") as held:
        load(city, [*sheets(37), *[sheet(hit=7)] * 3], "bad.csv")
    assert held.value.exit_code == 1 and "rejects" in held.value.next_step
    assert answers() == before and stored("SELECT count(*) FROM raw_load") == [(1,)]
    [reject_file] = (city / "home/confidential/rejects").iterdir()
    assert len(reject_file.read_text(encoding="utf-8-sig").splitlines()) == 4


def test_just_at_the_limit_it_is_kept(city: Path) -> None:
    report = load(city, [*sheets(38), *[sheet(hit=7)] * 2])
    assert (report.accepted, report.rejected) == (38, 2)


def test_loading_twice_is_loading_once(city: Path) -> None:
    """Whatever the order of the rows and the format of the file."""
    rows = sheets(30)
    first = load(city, rows)
    shuffled = random.Random(1).sample(rows, len(rows))
    for name in ("again.csv", "again.parquet"):
        again = load(city, shuffled, name)
        assert again.already and (again.read, again.accepted) == (first.read, first.accepted)
    assert len(answers()) == 30 and stored("SELECT count(*) FROM raw_load") == [(1,)]


def test_pairs_of_equal_sheets_do_not_cancel_out(city: Path) -> None:
    """Most sheets say "never" throughout: a hash in which a pair vanishes would take these two files for one."""
    load(city, [sheet(), sheet(), *sheets(3)])
    assert not load(city, [sheet(hit=1, mock=1), sheet(hit=1, mock=1), *sheets(3)], "other.csv").already
    assert len(answers()) == 10


def test_another_file_adds_to_the_wave(city: Path) -> None:
    load(city, sheets(10))
    load(city, sheets(10, "j8"), "second.csv")
    assert [row[0] for row in answers()] == ["j7"] * 10 + ["j8"] * 10
    assert stored("SELECT sum(read), sum(accepted + rejected) FROM raw_load") == [(20, 20)]


def test_the_same_rows_may_go_into_another_wave(city: Path) -> None:
    load(city, sheets(10))
    assert not load(city, sheets(10), wave="2026-2").already
    assert len(answers()) == len(answers("2026-2")) == 10


def test_replace_starts_the_wave_anew(city: Path) -> None:
    load(city, sheets(10))
    import_registry(write_city(city / "later", [*CLASSES, school_class("j9", grade=9)]))
    report = load(city, sheets(5, "j9"), "second.csv", replace=True)
    assert [row[0] for row in answers()] == ["j9"] * 5 and report.accepted == 5
    assert stored("SELECT count(*) FROM raw_load") == [(1,)]
    assert stored("SELECT snapshot_id FROM raw_wave") == [("s0002",)]


def test_the_order_of_the_file_is_lost(city: Path) -> None:
    """Kendall's tau between the file's order and the stored one is at chance (4 standard errors)."""
    count = 300
    import_registry(write_city(city / "big", [school_class("j7", enrolled=200), school_class("j8", enrolled=200)]))
    load(city, [row | {"weight": i + 1} for i, row in enumerate(sheets(count))])
    order = [row[0] for row in stored(f"SELECT weight FROM {wave_schema(WAVE)}.raw_submission")]
    assert sorted(order) == list(range(1, count + 1))
    pairs = [(a < b) - (a > b) for i, a in enumerate(order) for b in order[i + 1 :]]
    spread = (2 * (2 * count + 5) / (9 * count * (count - 1))) ** 0.5
    assert abs(sum(pairs) / len(pairs)) < 4 * spread


def test_nothing_that_tells_order_or_time_is_stored(city: Path) -> None:
    load(city, sheets(3))
    columns = [row[0] for row in stored(f"DESCRIBE {wave_schema(WAVE)}.raw_submission")]
    assert columns == [
        "load_id", "class_id", "weight", "take_part", "too_fast",
        "hit", "mock", "threat", "spot", "who__class", "who__older", "who__none",
    ]  # fmt: skip


def test_more_sheets_than_students_load_with_a_warning(city: Path) -> None:
    """j8 has 10 students: 11 sheets are still 110 %, the 12th is over, though it came with another file."""
    assert not load(city, sheets(11, "j8")).warnings
    report = load(city, sheets(1, "j8"), "second.csv")
    assert report.accepted == 1
    assert any("110 %" in warning and "j8" in warning for warning in report.warnings)


def test_weights_are_kept(city: Path) -> None:
    load(city, [sheet(weight="2.5"), sheet(weight="1")])
    assert [row[1] for row in answers()] == [1.0, 2.5]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_codes_with_spaces_and_decimals_are_understood(city: Path, encoding: str) -> None:
    path = write_rows(city / "answers.csv", [sheet(hit=" 1 ", mock="4.0", spot=" toilet")], encoding)
    load_file(path, WAVE, instrument=write_instrument(city))
    assert answers()[0][4:8] == (1, 4, 0, "toilet")


def test_a_failure_in_the_middle_leaves_the_old_state(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted after everything was inserted: wave, load and rows go back together, and no page says it was loaded."""
    load(city, sheets(10))
    before = answers()

    def fail(*arguments: Any) -> None:
        insert(*arguments)
        raise RuntimeError("planted")

    insert = store._insert_submissions
    monkeypatch.setattr(store, "_insert_submissions", fail)
    with pytest.raises(RuntimeError, match="planted"):
        load(city, sheets(5), "second.csv", replace=True)
    with pytest.raises(RuntimeError, match="planted"):
        load(city, sheets(5), "third.csv", wave="2026-2")
    assert answers() == before
    assert stored("SELECT wave FROM raw_wave") == [(WAVE,)] and stored("SELECT count(*) FROM raw_load") == [(1,)]
    assert len(list((city / "home/confidential/quality").iterdir())) == 1


def test_another_version_of_the_instrument_is_refused(city: Path) -> None:
    load(city, sheets(10))
    other = write_instrument(city / "other", INSTRUMENT.replace("en: Mocked", "en: Laughed at"))
    with pytest.raises(BadInput, match="already holds"):
        load_file(write_rows(city / "second.csv", sheets(5)), WAVE, instrument=other)
    assert len(answers()) == 10


def test_progress_is_told(city: Path) -> None:
    told: list[tuple[int, int]] = []
    load(city, sheets(3), progress=lambda done, steps: told.append((done, steps)))
    assert told[0] == (0, 5) and told[-1] == (5, 5) and told == sorted(told)


def test_nothing_can_be_loaded_before_a_class_list(tmp_path: Path, home: Path) -> None:
    (home / "confidential/microdata.duckdb").unlink()
    with pytest.raises(BadInput, match="class list"):
        load(tmp_path, sheets(3))


def test_files_of_answers_are_closed_to_others(city: Path) -> None:
    load(city, [*sheets(30), sheet(hit=7)])
    assert (city / "home/confidential").stat().st_mode & 0o077 == 0
