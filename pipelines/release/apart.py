"""Totals of the questions stored apart (what students use, whom they live with): windows for schools and grades.

They share no row with the answers, so they are a small tree of their own: grades of the class list, grade units,
schools. It is cut and attacked as the large one is. A further release of a wave keeps what the first one said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.problems import BadInput, Where
from pipelines.release.audit import attack
from pipelines.release.beside import window_rows
from pipelines.release.bounds import build_bounds, with_friends
from pipelines.release.cube import Apart, Cube, IndicatorFacts
from pipelines.release.relations import Relations
from pipelines.release.sampled import sampled_candidates
from pipelines.release.splits import families_of
from pipelines.release.tree import Level, sum_children, units_of
from pipelines.release.values import Values, build_tree_windows, no_bands, no_base_rates
from pipelines.release.verdict import failed_tables

Tables = dict[str, pd.DataFrame]
TABLES = ("pub_school_wave_apart", "pub_grade_wave_apart")
EMPTY = {"pub_school_wave_apart": pd.DataFrame(), "pub_grade_wave_apart": pd.DataFrame()}


def release_apart(
    cube: Cube, same_wave: Sequence[Tables], policy: Policy
) -> tuple[Tables, pd.DataFrame | None, list[str]]:
    """The tables, the outsider's bounds (None where nothing new is said), and what is withheld."""
    if same_wave:
        return {name: same_wave[0][name] for name in TABLES}, None, []
    if cube.apart is None or not len(cube.apart.rows):
        return dict(EMPTY), None, []
    levels, codes = apart_levels(cube, cube.apart, policy), [fact.code for fact in cube.apart.options]
    try:
        values = apart_values(levels, cube.apart, policy)
        known = attack(values, levels)
        fewest = sampled_candidates(values, levels, known)
        bounds = with_friends(build_bounds(known, levels, values.relations, codes), fewest, values.relations)
    except ArithmeticError:  # the counts contradict each other: nothing is said of them
        return dict(EMPTY), None, list(TABLES)
    if failed_tables(bounds, policy, {}):
        return dict(EMPTY), None, list(TABLES)
    schools, grades = (
        window_rows(
            level.kind.removeprefix("apart_"), level, windows, [("option", tuple(codes))], cube.wave, "too_few", policy
        )
        for level, windows in zip(levels[:0:-1], values.tree[:0:-1], strict=True)
    )
    grades.insert(0, "school_id", np.repeat(levels[1].schools(), len(codes)))
    asked = schools_asked(levels)
    return (
        {
            "pub_school_wave_apart": schools[asked[0]].reset_index(drop=True),
            "pub_grade_wave_apart": grades[asked[1]].reset_index(drop=True),
        },
        bounds,
        [],
    )


def schools_asked(levels: list[Level]) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose unit is asked the option at all: of schools, of grades (that aren't their whole school)."""
    grades, schools = levels[1], levels[2]
    several = np.bincount(grades.parent, minlength=len(schools.ids))[grades.parent] > 1
    return (schools.r > 0).reshape(-1), ((grades.r > 0) & several[:, None]).reshape(-1)


def apart_levels(cube: Cube, apart: Apart, policy: Policy) -> list[Level]:
    """Grades of the class list, grade units as the answers' tables have them, schools."""
    units = units_of(cube, policy)
    homes = dict(
        zip(zip(cube.classes["school_id"], cube.classes["grade"].astype(int), strict=True), units, strict=True)
    )
    keys = list(zip(apart.rows["school_id"], apart.rows["grade"].astype(int), strict=True))
    check_have_classes(keys, homes, cube.wave)
    unit, grade_ids = pd.factorize(np.array([homes[key] for key in keys], dtype=object))
    school, school_ids = pd.factorize(np.array([name.rsplit(":", 1)[0] for name in grade_ids], dtype=object))
    r, yes = sum_children(apart.r, unit, len(grade_ids)), sum_children(apart.yes, unit, len(grade_ids))
    top_r, top_yes = sum_children(r, school, len(school_ids)), sum_children(yes, school, len(school_ids))
    alone, classes = np.bincount(school, minlength=len(school_ids))[school] == 1, Counter(units)
    several = np.array([classes[unit] >= policy.count("show.grade_classes") for unit in grade_ids], dtype=bool)
    cells, nowhere = tuple(f"{name}:{grade}" for name, grade in keys), np.zeros(len(school_ids), np.int64)
    return [
        Level("apart_cell", cells, cells, unit, apart.r, apart.yes, np.zeros(apart.r.shape, dtype=bool)),
        Level(
            "apart_grade", tuple(grade_ids), tuple(grade_ids), school, r, yes,
            (r >= policy.count("show.grade_r")) & (several & ~alone)[:, None],
        ),
        Level(
            "apart_school", tuple(school_ids), tuple(school_ids), nowhere, top_r, top_yes,
            top_r >= policy.count("show.school_r"),
        ),
    ]  # fmt: skip


def check_have_classes(keys: Sequence[tuple[str, int]], homes: Collection[tuple[str, int]], wave: str) -> None:
    """Raise BadInput for a school's grade in which the wave knows no class: it has no place among its units."""
    for row, (school, grade) in enumerate(keys, start=1):
        if (school, grade) not in homes:
            raise BadInput(
                f"answers kept apart name grade {grade} of school {school}, where wave {wave} has no class",
                where=Where("core_school_wave_apart", row=row, column="grade"),
                next_step="load the answers kept apart again, against the class list that the wave was loaded with",
            )


def apart_values(levels: list[Level], apart: Apart, policy: Policy) -> Values:
    """Windows from grades to schools; no bands, no rates, no sheets."""
    bands, relations = no_bands(levels[0].r), apart_relations(apart.options)
    tree = build_tree_windows(levels, bands, None, relations, policy)
    calm = np.zeros(len(levels[0].ids), dtype=bool)
    return Values(no_base_rates(levels), bands, tree, None, calm, apart.options, relations)


def apart_relations(options: tuple[IndicatorFacts, ...]) -> Relations:
    """One answer to a single choice; 'none' stands alone in a multiple one."""
    position = {fact.code: column for column, fact in enumerate(options)}
    alone = [
        (position[none], column)
        for none in position
        if none.endswith("__none")
        for code, column in position.items()
        if code != none and code.startswith(none.removesuffix("none"))
    ]
    families = [tuple(position[code] for code in family) for family in families_of(options).values()]
    return Relations((), (), (*families, *alone), (), tuple(range(len(options))))
