"""Planted patterns: outbreaks in classes, school-wide rises, hotspots. What is planted is written to truth/ only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulator.city import District, School
from models.simulator.draws import Flags, Floats, Ints, choose, flip, stream
from models.simulator.parameters import Parameters

KINDS = ("none", "sudden", "persist2", "ramp3")
DURATION = np.array([0, 1, 2, 3])

# Cells that a school could really have; the dormitory's only where students board.
HOT_CELLS = (
    ("toilet", "break"),
    ("corner", "after_school"),
    ("gate", "after_school"),
    ("canteen", "lunch"),
    ("playground", "activity"),
    ("corridor", "break"),
    ("dormitory", "lights_out"),
)


@dataclass(frozen=True)
class Outbreaks:
    """State of each class: kind (row in KINDS), waves since its start, target rate."""

    kind: Ints
    age: Ints
    target: Floats


@dataclass(frozen=True)
class Hotspot:
    school: int  # row in the district's schools
    place: str
    time: str
    ratio: float


def calm(classes: int) -> Outbreaks:
    return Outbreaks(np.zeros(classes, dtype=np.int64), np.zeros(classes, dtype=np.int64), np.full(classes, np.nan))


def next_outbreaks(params: Parameters, seed: int, district: int, wave: int, last: Outbreaks) -> Outbreaks:
    """Outbreaks grow older and end; new ones begin in so many classes that the share under way stays the same."""
    rng = stream(seed, "outbreak", district, wave)
    count = len(last.kind)
    goes_on = (last.kind > 0) & (last.age + 1 < DURATION[last.kind])
    wanted = params.outbreak_share * count - goes_on.sum()
    begins = flip(rng, count, max(wanted, 0.0) / max(count - goes_on.sum(), 1)) & ~goes_on
    kind = choose(rng, count, (1, 2, 3), 1 / DURATION[1:])  # the shorter, the more often: as many of each under way
    target = np.asarray(params.outbreak_targets)[rng.integers(len(params.outbreak_targets), size=count)]
    return Outbreaks(
        kind=np.where(goes_on, last.kind, np.where(begins, kind, 0)),
        age=np.where(goes_on, last.age + 1, 0),
        target=np.where(goes_on, last.target, np.where(begins, target, np.nan)),
    )


def raised_schools(params: Parameters, seed: int, schools: tuple[School, ...], wave: int) -> Flags:
    """Which schools have a school-wide rise in this wave."""
    draws = [stream(seed, "school_wide", school.index, wave).random() for school in schools]
    return np.array(draws) < params.school_wide_share


def goal_rates(params: Parameters, base: Floats, outbreaks: Outbreaks, raised_school: Flags) -> Floats:
    """Mean risk that a class is lifted to; NaN where nothing is planted. An outbreak never lowers a class."""
    level = np.where(raised_school, base * params.school_wide_factor, base)
    share = np.where(outbreaks.kind == KINDS.index("ramp3"), (outbreaks.age + 1) / 3, 1.0)
    lifted = level + share * np.maximum(true_rate(params, outbreaks.target) - level, 0.0)
    goal = np.where(outbreaks.kind > 0, lifted, np.where(raised_school, level, np.nan))
    return np.minimum(goal, 0.9)


def true_rate(params: Parameters, shown: Floats) -> Floats:
    """The true rate at which careful answers show the share `shown`: sensitivity · p + false positives · (1 − p)."""
    return (shown - params.false_positive) / (params.sensitivity - params.false_positive)


def new_boarders(params: Parameters, seed: int, district: District, wave: int) -> Flags:
    """Students who board from the second wave on, in the schools where many begin to (a change of make-up)."""
    if not wave:
        return np.zeros(len(district.students.klass), dtype=bool)
    draws = [stream(seed, "new_boarders", school.index).random() for school in district.schools]
    opens = (np.array(draws) < params.new_boarder_schools)[district.school]
    chosen = flip(stream(seed, "new_boarder", district.number), len(opens), params.new_boarders)
    return np.asarray(opens & chosen & ~district.students.boarder)


def build_hotspots(params: Parameters, seed: int, schools: tuple[School, ...]) -> tuple[Hotspot, ...]:
    """At most one place × time cell per school, the same in every wave."""
    found = (_hotspot(params, seed, row, school) for row, school in enumerate(schools))
    return tuple(hotspot for hotspot in found if hotspot)


def _hotspot(params: Parameters, seed: int, row: int, school: School) -> Hotspot | None:
    rng = stream(seed, "hotspot", school.index)
    if rng.random() >= params.hotspot_share:
        return None
    cells = [cell for cell in HOT_CELLS if cell[0] != "dormitory" or school.boarding]
    place, time = cells[rng.integers(len(cells))]
    return Hotspot(row, place, time, float(params.hotspot_ratios[rng.integers(len(params.hotspot_ratios))]))
