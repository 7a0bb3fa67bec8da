"""Deadlines against a slow count of days, and fields against every way of writing a number."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.casework import clocks
from dashboard.casework.fields import check_words, points_to_child
from dashboard.casework.problems import Refused
from dashboard.workdays import Calendar

DAYS = st.dates(date(2026, 1, 1), date(2027, 3, 1))
CALENDARS = st.builds(
    lambda rest, work: Calendar(frozenset({2026}), frozenset(rest) - frozenset(work), frozenset(work)),
    st.sets(DAYS, max_size=40),
    st.sets(DAYS, max_size=10),
)


@given(DAYS, CALENDARS)
@settings(max_examples=200, deadline=None)
def test_a_first_check_is_due_on_the_second_working_day(day: date, calendar: Calendar) -> None:
    """Written out: list the days after the notice, keep those that people work on, take the second."""
    after = [day + timedelta(days=n) for n in range(1, 120)]
    working = [one for one in after if one in calendar.work or (one.weekday() < 5 and one not in calendar.rest)]
    assert clocks.due("first_check", day, calendar) == working[1]
    assert clocks.due("inquiry", day, calendar) == day + timedelta(days=10)


DIGITS = st.text("0123456789０１２３４５６７８９", min_size=17, max_size=17)


@given(
    DIGITS,
    st.sampled_from("0123456789Xx０Ｘ"),
    st.lists(st.sampled_from(["", " ", "-", "."]), min_size=17, max_size=17),
)
@settings(max_examples=200, deadline=None)
def test_an_identity_number_is_seen_however_it_is_written(body: str, last: str, gaps: list[str]) -> None:
    written = "".join(digit + gap for digit, gap in zip(body, gaps, strict=True)) + last
    assert points_to_child(f"登记 {written} 完") == "looks_like_id"


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_text_is_kept_whole_or_refused(text: str) -> None:
    """No third way: kept again it is the same, and no control character ever reaches the store."""
    try:
        kept = check_words(text)
    except Refused:
        return
    assert check_words(kept) == kept and "\x00" not in kept and kept == kept.strip()
