"""School days between a slip and the second adult being told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboard import help as other_side
from dashboard import workdays as other_workdays
from survey.help.workdays import has_waited, load_calendar


@pytest.mark.parametrize(
    ("written", "quiet", "late"),
    [
        (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)),  # Monday: Tuesday is the school day
        (date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 10)),  # Friday: Monday is
        (date(2026, 4, 3), date(2026, 4, 7), date(2026, 4, 8)),  # before Qingming, which ends on Monday
        (date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 15)),  # a Saturday on which people work
        (date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 9)),  # before the National Day week
    ],
)
def test_one_whole_school_day_passes_first(written: date, quiet: date, late: date) -> None:
    calendar = load_calendar()
    assert not has_waited(written, quiet, calendar) and has_waited(written, late, calendar)


def test_a_year_without_a_table_is_monday_to_friday() -> None:
    calendar = load_calendar()
    assert 2026 in calendar.years and 2031 not in calendar.years
    assert [calendar.is_workday(date(2031, 5, 1) + timedelta(days=n)) for n in range(4)] == [True, True, False, False]


def test_both_islands_count_alike() -> None:
    """The form's notices and the dashboard's badge must not contradict each other."""
    here, there = load_calendar(), other_workdays.load_calendar()
    assert (here.years, here.rest, here.work) == (there.years, there.rest, there.work)
    for n in range(730):
        day = date(2026, 1, 1) + timedelta(days=n)
        assert here.is_workday(day) == there.is_workday(day)
        assert all(
            has_waited(day, day + timedelta(m), here) == other_side.has_waited(day, day + timedelta(m)) for m in (1, 4)
        )


def test_holidays_are_on_file_as_announced() -> None:
    """A span turned round or a working Wednesday in the list of weekends is a typing error."""
    calendar = load_calendar()
    assert all(day.weekday() >= 5 and day not in calendar.rest for day in calendar.work)
    assert len([day for day in calendar.rest if day.year == 2026]) == 3 + 9 + 3 + 5 + 3 + 3 + 7
