"""Places and times of a school, with the names used there."""

from __future__ import annotations

from functools import cache

import yaml

from dashboard.desk import Desk
from dashboard.reading.units import build_units
from dashboard.reading.windows import HIDDEN, Window, build_window
from dashboard.settings import REFERENCE


@cache
def groups_of(kind: str) -> dict[str, tuple[str, ...]]:
    """Group → its codes, from the one code list (`places` or `times`)."""
    listed = yaml.safe_load((REFERENCE / f"{kind}.yml").read_text(encoding="utf-8"))
    return {
        group: tuple(code for code, entry in listed["codes"].items() if entry.get("group") == group)
        for group in listed["groups"]
    }


def local_names(desk: Desk, school: str) -> dict[str, tuple[str, ...]]:
    """Place group → what the school itself calls the places in it; groups without a local name are absent."""
    names = {
        group: tuple(name for code in codes if (name := desk.local_label("place", code, school)) is not None)
        for group, codes in groups_of("places").items()
    }
    return {group: found for group, found in names.items() if found}


def build_grid(desk: Desk, school: str) -> dict[tuple[str, str], Window]:
    """(place group, time group) → window: the whole 7 × 4 grid, hidden where nothing was released."""
    mine = desk.rows("pub_school_wave_place_time", school_id=school, wave=desk.wave)
    held = {(row["place_group"], row["time_group"]): build_window(row) for row in mine}
    return {
        (place, time): held.get((place, time), HIDDEN) for place in groups_of("places") for time in groups_of("times")
    }


def build_places(desk: Desk, school: str, measure: str, wave: str | None = None) -> dict[str, Window]:
    """Place group → window of a measure (happens, avoided) in one wave, in the order of the code list."""
    mine = desk.rows("pub_school_wave_place", school_id=school, wave=wave or desk.wave, measure=measure)
    held = {row["place_group"]: build_window(row) for row in mine}
    return {place: held.get(place, HIDDEN) for place in groups_of("places")}


def build_grade_places(desk: Desk, measure: str) -> dict[str, dict[str, Window]]:
    """Name of a grade unit → place group → window, in order of grades. Empty where no grade was released."""
    held: dict[str, dict[str, Window]] = {}
    for row in desk.rows("pub_grade_wave_place", wave=desk.wave, measure=measure):
        held.setdefault(row["grade_id"], {})[row["place_group"]] = build_window(row)
    return {
        unit.name: {place: held[unit.id].get(place, HIDDEN) for place in groups_of("places")}
        for unit in build_units(desk, "grade").values()
        if unit.id in held
    }
