"""Chinese working days, from data/reference/holidays.yml; a year without a table is Monday to Friday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import yaml

from dashboard.settings import REFERENCE


@dataclass(frozen=True)
class Calendar:
    """`years` have a table; `rest` are holidays, `work` the weekends on which people work."""

    years: frozenset[int]
    rest: frozenset[date]
    work: frozenset[date]

    def is_workday(self, day: date) -> bool:
        return day in self.work or (day.weekday() < 5 and day not in self.rest)

    def next_workday(self, day: date) -> date:
        """The first working day after a day."""
        day += timedelta(days=1)
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day


@cache
def load_calendar() -> Calendar:
    """The calendar of the house; without the file, Monday to Friday in every year."""
    file = REFERENCE / "holidays.yml"
    years = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    spans = [span for year in years.values() for span in year["holidays"]]
    rest = {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
    work = {day for year in years.values() for day in year["workdays"]}
    return Calendar(frozenset(years), frozenset(rest), frozenset(work))
