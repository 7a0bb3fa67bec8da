"""The tree above the classes: merged grades, clusters, districts that may be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from cubes import random_cube

from pipelines.policy import load_policy
from pipelines.release.tree import at, build_levels, grade_units

MERGES = """
r by grade        | units
60 60 60          | g3 g4 g5
60 20 60          | g3 g4-5
20 20 60          | g3-5
60 60 10          | g3 g4-5
10 10 10          | g3-5
"""


@pytest.mark.parametrize("line", MERGES.strip().splitlines()[1:])
def test_small_grades_merge_upwards(line: str) -> None:
    """A grade under 50 joins the next; what is left at the top joins the one below."""
    left, right = line.split("|")
    sizes = [int(word) for word in left.split()]
    classes = pd.DataFrame({"school_id": "S", "grade": range(3, 3 + len(sizes)), "r": sizes})
    assert list(dict.fromkeys(grade_units(classes, 50))) == [f"S:{unit}" for unit in right.split()]


@pytest.mark.parametrize("seed", range(5))
def test_every_level_adds_up_to_the_classes(seed: int) -> None:
    """No student is lost or counted twice on the way up."""
    cube = random_cube(seed)
    levels = build_levels(cube, load_policy())
    for level in levels[1:]:
        assert (level.r.sum(axis=0) == levels[0].r.sum(axis=0)).all()
        assert (level.count.sum(axis=0) == levels[0].count.sum(axis=0)).all()


def test_a_school_under_30_is_not_shown_but_its_cluster_is() -> None:
    """A tiny school still gets something, and only through its cluster."""
    cube = next(c for c in map(random_cube, range(50)) if (c.classes.groupby("school_id")["r"].sum() < 30).any())
    levels = build_levels(cube, load_policy())
    schools, clusters = levels[at("school")], levels[at("cluster")]
    tiny = schools.r[:, 0] < 30
    assert not schools.shown[tiny].any()
    for parent in np.unique(schools.parent[tiny]):
        assert clusters.shown[parent, 0] == (clusters.r[parent, 0] >= 30)


def test_a_district_of_two_schools_is_not_shown() -> None:
    """With two schools each could subtract itself and read the other."""
    levels = build_levels(random_cube(3, schools=2), load_policy())
    assert not levels[at("district")].shown.any()
    assert not levels[at("city")].shown.any()


def test_what_is_rare_stays_above_the_schools() -> None:
    """Severe events have no row below the district."""
    cube = random_cube(1)
    levels = build_levels(cube, load_policy())
    column = cube.position()["severe"]
    assert not any(level.shown[:, column].any() for level in levels[1 : at("district")])
