"""What a measure can be meant to move: classes, grades, the school, places, each by an indicator the release shows."""

from __future__ import annotations

from dashboard.casework.values import Measure
from dashboard.desk import Desk
from dashboard.reading.places import groups_of
from dashboard.reading.series import build_indicators
from dashboard.reading.units import build_units

KINDS = ("class", "grade", "place", "school")
PLACE_MEASURES = ("happens", "avoided")


def build_targets(desk: Desk, kind: str) -> dict[str, str]:
    """Id → name of everything of one kind that a measure may move."""
    if kind == "place":
        return {code: desk.label("place_group", code) for code in groups_of("places")}
    return {unit.id: unit.name for unit in build_units(desk, kind).values()}


def build_target_indicators(desk: Desk, kind: str) -> dict[str, str]:
    """Code → name of the indicators by which the release can tell whether such a thing moved."""
    if kind == "place":
        return {code: desk.t(f"places.{code}") for code in PLACE_MEASURES}
    if kind == "class":
        held = dict.fromkeys(row["indicator"] for row in desk.rows("pub_class_wave_indicator"))
        return {code: desk.label("indicator", code) for code in held}
    return {held.code: held.name for held in build_indicators(desk, kind)}


def target_words(desk: Desk, measure: Measure) -> str:
    """What a measure should move, in words: "class · indicator"; a grade's place has both names."""
    unit, _, place = measure.moves_id.rpartition("/") if measure.moves_kind == "grade_place" else ("", "", "")
    if measure.moves_kind in ("place", "grade_place"):
        names = [build_units(desk, "grade")[unit].name] if unit in build_units(desk, "grade") else []
        names += [desk.label("place_group", place or measure.moves_id), desk.t(f"places.{measure.indicator}")]
    else:
        known = build_targets(desk, measure.moves_kind)
        names = [known.get(measure.moves_id, measure.moves_id), desk.label("indicator", measure.indicator)]
    return " · ".join(names)
