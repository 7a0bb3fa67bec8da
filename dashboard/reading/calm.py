"""Students bullied every week in classes without a group signal: said of a grade, never of a class."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.reading.units import build_units
from dashboard.reading.windows import Window, build_window


@dataclass(frozen=True)
class Calm:
    """A grade, how many of its classes are without a group signal, and the window of those students in them."""

    grade: str
    classes: int
    window: Window


def build_calm(desk: Desk) -> list[Calm]:
    """One row per grade unit of this wave, in order of grades."""
    held = {row["grade_id"]: row for row in desk.rows("pub_grade_wave_calm", wave=desk.wave)}
    units = build_units(desk, "grade").values()
    return [Calm(u.name, int(held[u.id]["classes"]), build_window(held[u.id])) for u in units if u.id in held]
