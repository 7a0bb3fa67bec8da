"""Deadlines: pure dates over Chinese working days; every rule says what it rests on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dashboard import workdays
from dashboard.casework import clocks
from dashboard.casework.grading import read_grading, read_seats
from dashboard.workdays import Calendar

NO_TABLE = Calendar(frozenset(), frozenset(), frozenset())


@pytest.mark.parametrize(
    ("noticed", "due"),
    [
        ("2026-11-18", "2026-11-20"),  # Wednesday → Friday
        ("2026-11-19", "2026-11-23"),  # Thursday → Monday
        ("2026-11-21", "2026-11-24"),  # Saturday → Tuesday
        ("2026-09-30", "2026-10-09"),  # before the National Day week: the 8th is day one
        ("2026-10-08", "2026-10-10"),  # a Saturday on which people work
    ],
)
def test_a_first_check_counts_chinese_working_days(noticed: str, due: str) -> None:
    assert clocks.first_check_due(date.fromisoformat(noticed)) == date.fromisoformat(due)


def test_the_laws_clocks_count_calendar_days() -> None:
    """Over a holiday week too: ten and fifteen days are days."""
    assert clocks.inquiry_due(date(2026, 9, 30)) == date(2026, 10, 10)
    assert clocks.review_due(date(2026, 9, 30)) == date(2026, 10, 15)


def test_every_clock_says_what_it_rests_on() -> None:
    """The house's deadlines say so, the law's name the document, and no lawyer's word is made up."""
    held = clocks.read_clocks()
    assert {name for name, one in held.items() if one.basis == "law"} == {"inquiry", "review"}
    assert all(set(one.article) == {"zh", "en"} and all(one.article.values()) for one in held.values())
    assert all(one.checked_by_counsel is None or isinstance(one.checked_by_counsel, date) for one in held.values())
    assert {
        one.name for one in held.values() if one.basis == "house" and "本系统建议" not in one.article["zh"]
    } == set()


def test_without_a_table_monday_to_friday_is_used_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The year after the last table, and the file gone altogether."""
    friday = date(2031, 10, 3)
    assert clocks.due("first_check", friday) == date(2031, 10, 7) and clocks.lacks_table(friday, date(2031, 10, 7))
    assert not clocks.lacks_table(date(2026, 1, 1), date(2026, 12, 31))
    assert clocks.lacks_table(date(2026, 12, 31), date(2027, 1, 4))
    monkeypatch.setattr(workdays, "REFERENCE", tmp_path)
    workdays.load_calendar.cache_clear()
    assert workdays.load_calendar() == NO_TABLE
    workdays.load_calendar.cache_clear()


def test_states_of_a_clock() -> None:
    days = [date(2026, 11, day) for day in (19, 20, 21)]
    assert [clocks.state_of(days[1], None, day) for day in days] == ["running", "running", "overdue"]
    assert [clocks.state_of(days[1], day, days[2]) for day in days] == ["met", "met", "missed"]


def test_a_clock_that_cannot_be_counted_stops_the_start() -> None:
    entry = {
        "days": 0,
        "count": "working",
        "from": "event",
        "basis": "house",
        "article": {},
        "checked_by_counsel": None,
    }
    for fault in ({}, {"days": 2, "count": "moon"}, {"days": 2, "from": "yesterday"}):
        with pytest.raises(ValueError, match=r"clocks\.yml"):
            clocks._clock("x", entry | fault)


def test_grades_and_seats_are_data_with_words_in_both_languages() -> None:
    assert {"not_bullying", "minor", "unlawful"} <= {one.code for one in read_grading().grades}
    for one in (*read_grading().grades, *read_seats()):
        assert all(one.name[language] for language in ("zh", "en"))
    assert {seat.code for seat in read_seats() if "senior" in seat.levels} == {"student"}
