"""The tree of units above the classes: grade units, schools, clusters, districts, the city.

Everything here depends on the class list and on r alone, never on what anybody answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipelines.policy import Policy
from pipelines.release.columns import PLACE_TABLES
from pipelines.release.cube import Cube
from pipelines.release.windows import Counts

# A segment is the part of a school that one band answers: never shown, but a sum that published rates bound.
KINDS = ("class", "grade", "segment", "school", "cluster", "district", "city")


def at(kind: str) -> int:
    """Where the level of this kind stands."""
    return KINDS.index(kind)


@dataclass(frozen=True)
class Level:
    """All units of one kind. `parent` indexes into the next level; `r` and `count` are (units, indicators)."""

    kind: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    parent: NDArray[np.int64]
    r: Counts
    count: Counts
    shown: NDArray[np.bool_]

    def schools(self) -> NDArray[np.object_]:
        """(grades,): the school in each grade's id."""
        return np.array([unit.rsplit(":", 1)[0] for unit in self.ids], dtype=object)

    def named(self) -> NDArray[np.bool_]:
        """(units,): not one that stands for none, or for a part of a school."""
        return np.array(["~" not in unit for unit in self.ids], dtype=bool)


def build_levels(cube: Cube, policy: Policy) -> list[Level]:
    """The levels from class to city, each unit's r and count the sums of its children's."""
    levels = [class_level(cube)]
    for kind, (above, names) in zip(KINDS[1:], _parents(cube, policy), strict=True):
        below, ids = levels[-1], tuple(dict.fromkeys(above))
        place = {unit: index for index, unit in enumerate(ids)}
        parent = np.array([place[unit] for unit in above], dtype=np.int64)
        levels[-1] = replace(below, parent=parent)
        r, count = (sum_children(part, parent, len(ids)) for part in (below.r, below.count))
        levels.append(_level(kind, ids, tuple(names[unit] for unit in ids), r, count))
    return [_with_shown(level, levels, cube, policy) for level in levels]


def class_level(cube: Cube) -> Level:
    """The classes, with no parents yet."""
    ids, names = (tuple(cube.classes[name]) for name in ("class_id", "class_name"))
    return _level("class", ids, names, cube.answers(), cube.yes * cube.asked())


def _level(kind: str, ids: tuple[str, ...], names: tuple[str, ...], r: Counts, count: Counts) -> Level:
    return Level(kind, ids, names, np.zeros(len(ids), np.int64), r, count, np.zeros_like(r, dtype=bool))


def sum_children(values: Counts, parent: NDArray[np.int64], parents: int) -> Counts:
    """Column-wise sums of `values` (units, columns) by parent: (parents, columns)."""
    # A sparse product takes a quarter of the time of np.add.at, and the attack does little else.
    return np.asarray(_summing(parent.astype(np.int64).tobytes(), parents) @ values, dtype=np.int64)


@lru_cache(maxsize=64)
def _summing(parent: bytes, parents: int) -> csr_array:
    """(parents, units): what sums units by parent. An attack asks for the same few matrices thousands of times."""
    home = np.frombuffer(parent, np.int64)
    return csr_array((np.ones(len(home), np.int64), (home, np.arange(len(home)))), shape=(parents, len(home)))


def grade_units(classes: pd.DataFrame, smallest: int) -> list[str]:
    """Grade unit of each class: grades of a school, neighbours merged upwards until r ≥ smallest.

    What is left over at the top joins the unit below it. Ids read S1:g7, merged S1:g7-8.
    """
    grades: dict[str, dict[int, int]] = {}
    for (school, grade), r in zip(_grades(classes), classes["r"].tolist(), strict=True):
        of_school = grades.setdefault(school, {})
        of_school[grade] = of_school.get(grade, 0) + r
    units: dict[tuple[str, int], str] = {}
    for school, of_school in grades.items():
        for run in _merge_neighbours(sorted(of_school.items()), smallest):
            name = f"{school}:g{run[0]}" + (f"-{run[-1]}" if len(run) > 1 else "")
            units |= {(school, grade): name for grade in run}
    return [units[key] for key in _grades(classes)]


def units_of(cube: Cube, policy: Policy) -> list[str]:
    """Grade unit of each class: as an earlier release of the wave has it, grades new to it merged among themselves."""
    known = cube.grade_units
    if known is None:
        return grade_units(cube.classes, policy.count("show.grade_r"))
    return [known.get((school, grade), f"{school}:g{grade}") for school, grade in _grades(cube.classes)]


def _grades(classes: pd.DataFrame) -> list[tuple[str, int]]:
    """School and grade of each class."""
    return list(zip(classes["school_id"].tolist(), classes["grade"].astype(int).tolist(), strict=True))


def _merge_neighbours(grades: list[tuple[int, int]], smallest: int) -> list[list[int]]:
    runs: list[list[int]] = []
    run: list[int] = []
    mass = 0
    for grade, r in grades:
        run.append(grade)
        mass += r
        if mass >= smallest:
            runs.append(run)
            run, mass = [], 0
    if run and runs:
        runs[-1] += run
    elif run:
        runs.append(run)
    return runs


def _parents(cube: Cube, policy: Policy) -> list[tuple[list[str], Mapping[str, str]]]:
    """From the classes up: the parent of every unit, in the order of the units, and what the parents are called."""
    units, bands, home = units_of(cube, policy), dict[str, set[str]](), dict[str, str]()
    for unit, school, band in zip(units, cube.classes["school_id"], cube.classes["band"], strict=True):
        bands.setdefault(unit, set()).add(band)
        home[unit] = school
    segments = [f"{school}~{min(bands[unit]) if len(bands[unit]) == 1 else 'mixed'}" for unit, school in home.items()]
    schools = dict(zip(segments, home.values(), strict=True))
    facts = cube.schools.set_index("school_id").loc[list(dict.fromkeys(schools.values()))]
    district, district_name = facts["district_id"].tolist(), facts["district_name"].tolist()
    listed = facts["cluster_id"].fillna("").tolist()
    clusters = [own or f"~{above}" for own, above in zip(listed, district, strict=True)]
    districts = dict(zip(reversed(clusters), reversed(district), strict=True))  # the first school's, where they differ
    above = [districts[cluster] for cluster in dict.fromkeys(clusters)]
    return [
        (units, {unit: unit for unit in units}),
        (segments, {segment: segment for segment in segments}),
        (list(schools.values()), facts["school_name"].to_dict()),
        (clusters, {cluster: cluster for cluster in clusters}),
        (above, dict(zip(reversed(district), reversed(district_name), strict=True))),
        (["city"] * len(set(above)), {"city": ""}),
    ]


def _with_shown(level: Level, levels: list[Level], cube: Cube, policy: Policy) -> Level:
    """The level with `shown` set: which (unit, column) may have a window. Classes are banded elsewhere."""
    if level.kind in ("class", "segment"):
        return level
    if level.kind == "grade":
        shown = (level.r >= policy.count("show.grade_r")) & _may_show_grade(levels, cube, policy)
    elif level.kind == "school":
        shown = level.r >= _least_r(cube, policy)
    elif level.kind == "cluster":
        shown = (level.r >= policy.count("show.school_r")) & _has_small_school(levels, policy)
    else:
        shown = _spread_over_schools(level.kind, levels, policy)
    here = [
        not fact.made and at(fact.lowest_level) <= at(level.kind) <= at(fact.highest_level) for fact in cube.indicators
    ]
    return replace(level, shown=shown & np.array(here, dtype=bool))


def _least_r(cube: Cube, policy: Policy) -> Counts:
    """(columns,): the least r of a school that is shown by itself; places need more."""
    least = {table: policy.count("show.place_r") for table in PLACE_TABLES}
    return np.array([least.get(fact.table, policy.count("show.school_r")) for fact in cube.indicators], dtype=np.int64)


def _may_show_grade(levels: list[Level], cube: Cube, policy: Policy) -> NDArray[np.bool_]:
    """(grades, columns): two classes or more, not the whole school once more; places in a school with places."""
    grades, schools = levels[at("grade")], levels[at("school")]
    home = levels[at("segment")].parent[grades.parent]
    places = (schools.r >= policy.count("show.place_r"))[home]
    classes = sum_children((levels[0].r > 0).astype(np.int64), levels[0].parent, len(grades.ids))
    may = (classes >= policy.count("show.grade_classes")) & ~is_whole_school(levels)[:, None]
    for column, fact in enumerate(cube.indicators):
        if fact.table in PLACE_TABLES:
            may[:, column] &= places[:, column]
        if fact.part_of:
            may[:, column] = (classes[:, column] >= policy.count("show.grade_classes")) & (fact.table == "calm")
    return may


def is_whole_school(levels: list[Level]) -> NDArray[np.bool_]:
    """(grades,): the grade unit is all that its school has, so that what is said of it is said of the school."""
    home = levels[at("segment")].parent[levels[at("grade")].parent]
    return (np.bincount(home, minlength=len(levels[at("school")].ids)) == 1)[home]


def _has_small_school(levels: list[Level], policy: Policy) -> NDArray[np.bool_]:
    """(clusters, 1): a real cluster with a member school that is too small to be shown by itself."""
    schools, clusters = levels[at("school")], levels[at("cluster")]
    small = (schools.r.max(axis=1, initial=0) < policy.count("show.school_r")).astype(np.int64)[:, None]
    real = np.array([not unit.startswith("~") for unit in clusters.ids])[:, None]
    return (sum_children(small, schools.parent, len(clusters.ids)) > 0) & real


def _spread_over_schools(kind: str, levels: list[Level], policy: Policy) -> NDArray[np.bool_]:
    """(units, indicators): at least three schools with ten answers each, none of them nearly the whole."""
    schools, clusters, districts = (levels[at(kind)] for kind in ("school", "cluster", "district"))
    home = clusters.parent[schools.parent]
    home = home if kind == "district" else districts.parent[home]
    units = len(districts.ids) if kind == "district" else 1
    enough = (schools.r >= policy.count("show.district_school_r")).astype(np.int64)
    total = sum_children(schools.r, home, units)
    largest = np.zeros_like(total)
    np.maximum.at(largest, home, schools.r)
    spread = sum_children(enough, home, units) >= policy.count("show.district_schools")
    return spread & (largest <= policy["show.district_dominance"] * total)
