"""Deadlines, as pure dates. The numbers, what they rest on and who checked them: data/reference/clocks.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache

import yaml

from dashboard.settings import REFERENCE
from dashboard.workdays import Calendar, load_calendar

CHINA = timezone(timedelta(hours=8))  # one zone, no summer time; a server may stand in another


@dataclass(frozen=True)
class Clock:
    """A deadline's rule. `basis` is law or house, `article` is by language, `checked_by_counsel` None until it was."""

    name: str
    days: int
    count: str
    start: str
    basis: str
    article: Mapping[str, str]
    checked_by_counsel: date | None


@cache
def read_clocks() -> dict[str, Clock]:
    """All clocks by name; ValueError for one that can't be counted."""
    held = yaml.safe_load((REFERENCE / "clocks.yml").read_text(encoding="utf-8"))
    return {name: _clock(name, entry) for name, entry in held.items() if name != "version"}


def _clock(name: str, entry: Mapping[str, object]) -> Clock:
    rule = Clock(
        name,
        int(str(entry["days"])),
        str(entry["count"]),
        str(entry["from"]),
        str(entry["basis"]),
        entry["article"],  # type: ignore[arg-type]
        entry["checked_by_counsel"],  # type: ignore[arg-type]
    )
    if rule.days < 1 or rule.count not in ("working", "calendar") or rule.start not in ("next_workday", "event"):
        raise ValueError(f"clocks.yml: {name} needs days from 1, count working or calendar, from next_workday or event")
    return rule


def now() -> datetime:
    """This moment in China; one place, so that tests can move the clock."""
    return datetime.now(CHINA).replace(tzinfo=None, microsecond=0)


def today() -> date:
    return now().date()


def due(name: str, day: date, calendar: Calendar | None = None) -> date:
    """The last day of the clock `name` that an event of `day` starts."""
    rule, calendar = read_clocks()[name], calendar or load_calendar()
    if rule.start == "next_workday":
        first = calendar.next_workday(day)
        return _further(first, rule.days - 1, rule.count, calendar)
    return _further(day, rule.days, rule.count, calendar)


def _further(day: date, days: int, count: str, calendar: Calendar) -> date:
    if count == "calendar":
        return day + timedelta(days=days)
    for _ in range(days):
        day = calendar.next_workday(day)
    return day


def first_check_due(noticed_on: date) -> date:
    """The house's day for a sign's first check: with 2 days, noticed on a Friday, due on the Tuesday."""
    return due("first_check", noticed_on)


def inquiry_due(opened_on: date) -> date:
    """The law's day for an inquiry; it starts with a case, never with a sign."""
    return due("inquiry", opened_on)


def review_due(asked_on: date) -> date:
    """The law's day for a review; it starts when one is asked for."""
    return due("review", asked_on)


def state_of(due_on: date, done_on: date | None, day: date) -> str:
    """met, missed (done, but late), running, or overdue (not done, and past its day)."""
    if done_on is not None:
        return "met" if done_on <= due_on else "missed"
    return "running" if day <= due_on else "overdue"


def lacks_table(first: date, last: date, calendar: Calendar | None = None) -> bool:
    """Whether working days between two days were counted as Monday to Friday, for want of a holiday table."""
    calendar = calendar or load_calendar()
    return not set(range(first.year, last.year + 1)) <= calendar.years
