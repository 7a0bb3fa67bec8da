"""Where and when: the pattern of a school, its hotspot, and what each student who lived or saw something names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulator.city import District
from models.simulator.draws import Flags, Floats, Ints, pick
from models.simulator.planted import Hotspot

# Shares of mentions: re-weighted from the US School Crime Supplement; "other" and placement are assumptions.
PLACES = {
    "classroom": 0.26,
    "corridor": 0.22,
    "toilet": 0.08,
    "canteen": 0.07,
    "dormitory": 0.0,
    "playground": 0.13,
    "corner": 0.05,
    "gate": 0.06,
    "way": 0.04,
    "bus": 0.01,
    "online": 0.08,
    "placement": 0.0,
    "other": 0.02,
}
DORMITORY_OF_BOARDERS = 0.22
PLACEMENT_OF_PLACED = 0.25
TIMES = {
    "way_in": 0.04,
    "morning_study": 0.04,
    "lesson": 0.10,
    "break": 0.24,
    "long_break": 0.08,
    "lunch": 0.16,
    "activity": 0.07,
    "after_care": 0.03,
    "after_school": 0.14,
    "evening_study": 0.05,
    "lights_out": 0.0,
    "any_online": 0.0,
}
LIGHTS_OUT_OF_BOARDERS = 0.18
IMPOSSIBLE = "underground_pool"

# Times at which something can happen at a place; a trailing star marks the usual ones (weight 1 against .15).
POSSIBLE = {
    "classroom": "morning_study* lesson* break* long_break lunch* after_care* after_school evening_study*",
    "corridor": "way_in morning_study lesson break* long_break* lunch* after_care after_school* evening_study*",
    "toilet": "morning_study lesson break* long_break* lunch* after_care after_school evening_study* activity",
    "canteen": "way_in lunch* after_school",
    "dormitory": "morning_study lunch* after_school evening_study* lights_out*",
    "playground": "way_in break long_break* lunch activity* after_school* after_care",
    "corner": "break long_break lunch* activity after_school* after_care evening_study",
    "gate": "way_in* after_school* lunch evening_study",
    "way": "way_in* after_school* evening_study",
    "bus": "way_in* after_school*",
    "online": "any_online*",
    "placement": "lesson* lunch* activity* after_school*",
    "other": "break* lunch* activity* after_school* long_break",
}
STAGES = ("primary", "junior", "senior", "vocational", "placed")
_STAGE_OF_BAND = np.array([0, 0, 1, 2, 3])
_PLACE_NAMES, _TIME_NAMES = tuple(PLACES), tuple(TIMES)


@dataclass(frozen=True)
class Mentions:
    """One row per student. `top` is a row in PLACES (-1: nothing to name), the others are 0/1 tables."""

    top: Ints
    places: Flags  # students × PLACES
    times: Flags  # students × TIMES, at the top place


def possible() -> Floats:
    """Places × times: 1 usual, .15 possible, 0 impossible."""
    weight = np.zeros((len(PLACES), len(TIMES)))
    for row, place in enumerate(PLACES):
        for time in POSSIBLE[place].split():
            weight[row, _TIME_NAMES.index(time.rstrip("*"))] = 1.0 if time.endswith("*") else 0.15
    return weight


def build_pattern(stage: str, boarder: bool) -> Floats:
    """Places × times, sums to 1: the possible cells, raked to the shares of places and times.

    Rows are fitted last, so places are exact and times as near as the possible cells allow.
    """
    place, time = _place_shares(stage, boarder), _time_shares(stage, boarder)
    time[_TIME_NAMES.index("any_online")] = place[_PLACE_NAMES.index("online")]
    time[:-1] *= (1 - time[-1]) / time[:-1].sum()
    pattern = possible() * (place[:, None] > 0) * (time[None, :] > 0)
    for _ in range(200):
        columns = pattern.sum(axis=0)
        pattern *= np.divide(time, columns, out=np.zeros_like(time), where=columns > 0)
        rows = pattern.sum(axis=1)
        pattern *= np.divide(place, rows, out=np.zeros_like(place), where=rows > 0)[:, None]
    return pattern / pattern.sum()


def _place_shares(stage: str, boarder: bool) -> Floats:
    shares = np.array(list(PLACES.values())) / sum(PLACES.values())
    for place, share, applies in (
        ("dormitory", DORMITORY_OF_BOARDERS, boarder),
        ("placement", PLACEMENT_OF_PLACED, stage == "placed"),
    ):
        if applies:
            shares = shares * (1 - share)
            shares[_PLACE_NAMES.index(place)] = share
    return shares


def _time_shares(stage: str, boarder: bool) -> Floats:
    shares = dict(TIMES)
    if stage not in ("primary", "junior"):
        shares["after_care"] = 0.0
    if stage == "primary":
        shares["evening_study"] = 0.0
    if boarder:
        shares["lights_out"] = LIGHTS_OUT_OF_BOARDERS / (1 - LIGHTS_OUT_OF_BOARDERS) * sum(shares.values())
    return np.array(list(shares.values()))


def school_patterns(schools: int, hotspots: tuple[Hotspot, ...]) -> Floats:
    """Schools × stages × (day, boarder) × places × times; a hotspot multiplies its cell before all sum to 1 again."""
    base = np.array([[build_pattern(stage, boarder) for boarder in (False, True)] for stage in STAGES])
    patterns = np.repeat(base[None], schools, axis=0)
    for spot in hotspots:
        cell = patterns[spot.school, ..., _PLACE_NAMES.index(spot.place), _TIME_NAMES.index(spot.time)]
        cell *= spot.ratio
    return patterns / patterns.sum(axis=(-2, -1), keepdims=True)


def build_mentions(
    rng: np.random.Generator, extra: float, district: District, hotspots: tuple[Hotspot, ...], who: Flags
) -> Mentions:
    """What each of `who` names: 1 + Poisson(extra) places, the first the top one, and as many times there."""
    rows = np.flatnonzero(who)
    patterns = school_patterns(len(district.schools), hotspots)
    tables = patterns.reshape(-1, len(PLACES), len(TIMES))
    stage = np.where(district.students.off_site, STAGES.index("placed"), _STAGE_OF_BAND[district.band])
    table = ((district.school * len(STAGES) + stage) * 2 + district.students.boarder)[rows]
    place_steps = np.cumsum(tables.sum(axis=2), axis=1)
    within = tables / np.maximum(tables.sum(axis=2, keepdims=True), 1e-300)
    time_steps = np.cumsum(within, axis=2)
    first = pick(rng, place_steps[table])
    top = np.full(len(who), -1, dtype=np.int64)
    top[rows] = first
    places = np.zeros((len(who), len(PLACES)), dtype=bool)
    times = np.zeros((len(who), len(TIMES)), dtype=bool)
    places[rows, first] = True
    _mark(rng, times, rows, time_steps[table, first], 1 + rng.poisson(extra, len(rows)))
    _mark(rng, places, rows, place_steps[table], rng.poisson(extra, len(rows)))
    return Mentions(top, places, times)


def _mark(rng: np.random.Generator, marks: Flags, rows: Ints, steps: Floats, count: Ints) -> None:
    """Tick `count` drawn options (some twice) in each row."""
    for turn in range(int(count.max(initial=0))):
        still = np.flatnonzero(count > turn)
        marks[rows[still], pick(rng, steps[still])] = True
