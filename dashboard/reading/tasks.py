"""Signs as tasks: a sign of casework beside its name in the release, and how its clock stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from dashboard.casework.values import Sign
from dashboard.desk import Desk
from dashboard.look import LEVELS
from dashboard.reading.units import build_units

# What a sign waits for, in the order in which a day is gone through.
GROUPS = {
    "check": ("new",),
    "decide": ("checked", "remeasured"),
    "running": ("measures", "case", "watched"),
    "closed": ("closed",),
}
WAITING = ("check", "decide")


@dataclass(frozen=True)
class Task:
    """A sign with its unit's name. `days`: calendar days until the first check is due, None once it was made."""

    sign: Sign
    name: str
    days: int | None

    @property
    def group(self) -> str:
        return next(group for group, held in GROUPS.items() if self.sign.status in held)

    @property
    def is_late(self) -> bool:
        return self.days is not None and self.days < 0


def build_tasks(desk: Desk, signs: Iterable[Sign], today: date) -> list[Task]:
    """By level, then by name as the class list orders it; equal ones by their day."""
    names = cache(lambda kind, wave: {unit.id: unit.name for unit in build_units(desk, kind, wave).values()})
    orders = cache(lambda kind, wave: {unit: place for place, unit in enumerate(names(kind, wave))})

    def order(sign: Sign) -> tuple[object, ...]:
        known = orders(sign.unit_kind, sign.wave)
        return LEVELS.index(sign.level), known.get(sign.unit_id, len(known)), sign.due_on, sign.sign_id

    return [
        Task(sign, names(sign.unit_kind, sign.wave).get(sign.unit_id, sign.unit_id), days_left(sign, today))
        for sign in sorted(signs, key=order)
    ]


def days_left(sign: Sign, today: date) -> int | None:
    """Calendar days to the house's deadline; below zero when it has passed."""
    return (sign.due_on - today).days if sign.status == "new" else None
