"""What is asked apart from the answers (who boards, who eats in the canteen): windows of a school and its grades."""

from __future__ import annotations

from dashboard.desk import Desk
from dashboard.reading.units import build_units
from dashboard.reading.windows import HIDDEN, Window, build_window

USES = ("uses__boards", "uses__canteen", "uses__bus", "uses__evening", "uses__online")
ABOUT = ("about_sex__1", "about_sex__2", "home_now__1", "home_now__2", "home_now__3")
ABOUT_QUESTIONS = ("about_sex", "home_now")


def build_school_totals(desk: Desk, school: str, options: tuple[str, ...]) -> dict[str, Window]:
    """Option → window of the school. Options that this school was not asked are absent."""
    mine = desk.rows("pub_school_wave_apart", school_id=school, wave=desk.wave)
    held = {row["option"]: build_window(row) for row in mine}
    return {option: held[option] for option in options if option in held}


def build_grade_totals(desk: Desk, options: tuple[str, ...]) -> dict[str, dict[str, Window]]:
    """Name of a grade unit → option → window, in order of grades."""
    held: dict[str, dict[str, Window]] = {}
    for row in desk.rows("pub_grade_wave_apart", wave=desk.wave):
        held.setdefault(row["grade_id"], {})[row["option"]] = build_window(row)
    return {
        unit.name: {option: held[unit.id].get(option, HIDDEN) for option in options}
        for unit in build_units(desk, "grade").values()
        if unit.id in held
    }
