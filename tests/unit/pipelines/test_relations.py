"""Relations between counts: looked at again only where something moved, and yet all that they say."""

from __future__ import annotations

import numpy as np
import pytest
from cubes import random_cube

from pipelines.policy import load_policy
from pipelines.release.build import build_values
from pipelines.release.relations import Relations, tighten, tighten_around
from pipelines.release.tree import Level, at

POLICY = load_policy()


def tight_schools(seed: int) -> tuple[np.ndarray, np.ndarray, Level, Relations]:
    """Bounds of schools after all relations, as they stand before their own windows are said."""
    levels, values = build_values(random_cube(seed, schools=4), POLICY, frozenset())
    schools, relations = levels[at("school")], values.relations
    return *tighten(np.zeros_like(schools.r), schools.r, schools.r, relations), schools, relations


@pytest.mark.parametrize("seed", range(2))
def test_a_moved_column_tells_its_neighbours_all_that_a_look_at_everything_would(seed: int) -> None:
    """Less, and windows would be cut from bounds that an attacker knows to be narrower."""
    low, high, schools, relations = tight_schools(seed)
    moved = 0
    for column in relations.order:
        count = schools.count[:, column]
        low[:, column] = np.maximum(low[:, column], count - 2)
        high[:, column] = np.minimum(high[:, column], count + 2)
        wanted = tighten(low, high, schools.r, relations)
        before = low.copy(), high.copy()
        tighten_around(column, low, high, schools.r, relations)
        assert np.array_equal(low, wanted[0]) and np.array_equal(high, wanted[1])
        moved += (low != before[0]).any() or (high != before[1]).any()
    assert moved > 5


def test_bounds_that_contradict_each_other_are_no_bounds() -> None:
    """A part that exceeds its whole: nobody's answers, so nothing may be released of it."""
    low, high, schools, relations = tight_schools(0)
    part, whole = relations.within[0]
    high[:, whole], low[:, part] = 0, 1
    with pytest.raises(ArithmeticError):
        tighten_around(part, low, high, schools.r, relations)
