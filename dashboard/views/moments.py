"""Days and moments in the reader's own way of writing them."""

from __future__ import annotations

from datetime import date, datetime

from dashboard.desk import Desk


def say_day(desk: Desk, key: str, day: date, **values: object) -> str:
    """A text of the catalogue that names a day."""
    return desk.t(key, year=day.year, month=day.month, day=day.day, **values)


def say_today(desk: Desk, today: date) -> str:
    """The day with its weekday, as it stands above the list of today."""
    return say_day(desk, "today.date", today, weekday=desk.t("today.weekdays").split(",")[today.weekday()])


def say_moment(at: datetime) -> str:
    """A moment of the history to the minute; casework writes China's time."""
    return f"{at:%Y-%m-%d %H:%M}"


def say_left(desk: Desk, days: int) -> str:
    """How long until a day, or how long since."""
    if days < 0:
        return desk.t("today.over", n=-days)
    return desk.t("today.due_in", n=days) if days else desk.t("today.due_today")
