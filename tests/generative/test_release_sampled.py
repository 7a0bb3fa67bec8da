"""The sample of friends, attacked school by school, against the obvious: the whole city attacked for each of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cubes import random_cube

from pipelines.policy import load_policy
from pipelines.release import sampled
from pipelines.release.audit import attack
from pipelines.release.gate import build_values
from pipelines.release.insider import friends_candidates
from pipelines.release.sampled import friends_leave, sampled_candidates, windows_of
from pipelines.release.slack import FRIENDS
from pipelines.release.tree import Level
from pipelines.release.values import Values
from pipelines.release.windows import Counts

RATES = (None, 0.02, 0.1, 0.3, 0.6)


def settled_city(seed: int) -> tuple[list[Level], Values]:
    """A city with what an outsider knows of it."""
    cube = random_cube(seed, schools=3 + seed % 6, rate=RATES[seed % 5])
    levels, values = build_values(cube, load_policy(), frozenset())
    return levels, replace(values, tree=windows_of(attack(values, levels), levels))


@pytest.mark.parametrize("seed", range(6))
def test_a_school_alone_leaves_what_the_whole_city_leaves(seed: int) -> None:
    """Every fourth class, all yes and all no: in the units named the same candidates, in all others what there was."""
    levels, values = settled_city(seed)
    before = [np.minimum(table.high - table.low + 1, FRIENDS) for table in values.tree]
    seats = np.flatnonzero(levels[0].r.max(axis=1) > FRIENDS)
    for row in seats[::4]:
        for yes in (True, False):
            whole = friends_candidates(values, levels, np.repeat(row, FRIENDS), yes)
            for depth, (units, left) in enumerate(friends_leave(values, levels, int(row), yes)):
                assert (whole[depth][units] == left).all()
                others = np.setdiff1d(np.arange(len(levels[depth].ids)), units)
                told = whole[depth][others] < FRIENDS
                assert (whole[depth][others][told] == before[depth][others][told]).all()


@pytest.mark.parametrize("seed", [1, 3])
def test_what_reaches_beyond_a_school_is_looked_at_everywhere(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where a school's bounds move the whole city is asked; never asking must be noticed somewhere."""
    levels, values = settled_city(seed)
    asked: list[int] = []
    real = sampled.friends_candidates

    def noted(values: Values, levels: list[Level], classes: Counts, yes: bool) -> list[Counts]:
        asked.append(int(classes[0]))
        return real(values, levels, classes, yes)

    monkeypatch.setattr(sampled, "friends_candidates", noted)
    fewest = sampled_candidates(values, levels)
    assert asked
    assert len(fewest) == len(levels)
