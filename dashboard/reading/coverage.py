"""Who was reached: counts rounded to 5 by the release, and a state."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.reading.units import Unit, build_units

STATES = ("missing", "low", "over", "partial", "complete")


@dataclass(frozen=True)
class Coverage:
    """Coverage of a school or a class in one wave."""

    unit: Unit
    enrolled: int
    submitted_about: int
    state: str
    classes: int = 1
    classes_missing: int = 0


def build_school_coverage(desk: Desk, wave: str | None = None) -> list[Coverage]:
    """The schools of this file in one wave (the release's own by default), in order of their names."""
    held = {row["school_id"]: row for row in desk.rows("pub_school_wave_coverage", wave=wave or desk.wave)}
    return [
        Coverage(
            unit,
            int(held[unit.id]["enrolled"]),
            int(held[unit.id]["submitted_about"]),
            held[unit.id]["state"],
            int(held[unit.id]["classes"]),
            int(held[unit.id]["classes_missing"]),
        )
        for unit in build_units(desk, "school", wave).values()
        if unit.id in held
    ]


def build_class_coverage(desk: Desk, wave: str | None = None) -> dict[str, list[Coverage]]:
    """School → its classes in order of grade and name."""
    units = build_units(desk, "class", wave)
    held = {row["class_id"]: row for row in desk.rows("pub_class_wave_coverage", wave=wave or desk.wave)}
    found: dict[str, list[Coverage]] = {}
    order = {known: place for place, known in enumerate(units)}
    for class_id in sorted(held, key=lambda known: (order.get(known, -1), known)):
        row = held[class_id]
        unit = units.get(class_id) or Unit("class", class_id, class_id, "", "", "other", False, False, None, None, 0)
        counts = (int(row["enrolled"]), int(row["submitted_about"]), row["state"])
        found.setdefault(row["school_id"], []).append(Coverage(unit, *counts))
    return found
