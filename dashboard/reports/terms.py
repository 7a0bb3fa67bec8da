"""Which days a wave stands for: its half year, as casework's export counts it."""

from __future__ import annotations

from datetime import date


def term_days(wave: str) -> tuple[date, date]:
    """First and last day of a wave's half year: February to July (-1), August to January (-2)."""
    year, _, half = wave.partition("-")
    if half == "1":
        return date(int(year), 2, 1), date(int(year), 7, 31)
    return date(int(year), 8, 1), date(int(year) + 1, 1, 31)


def year_days(year: int) -> tuple[date, date]:
    """Both half years of a year, side by side."""
    return term_days(f"{year}-1")[0], term_days(f"{year}-2")[1]


def is_within(day: date, span: tuple[date, date], as_of: date) -> bool:
    """Whether a day falls into a span and not after the day that the report is counted up to."""
    return span[0] <= day <= min(span[1], as_of)
