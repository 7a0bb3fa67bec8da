"""The sample of friends, attacked school by school, against the obvious: the whole city attacked for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from cubes import random_cube

from pipelines.policy import load_policy
from pipelines.release import sampled
from pipelines.release.audit import attack
from pipelines.release.gate import build_values
from pipelines.release.insider import friends_candidates
from pipelines.release.sampled import Left, Story, friends_leave, sampled_candidates, windows_of
from pipelines.release.slack import FRIENDS
from pipelines.release.tree import Level
from pipelines.release.values import Values

RATES = (None, 0.02, 0.1, 0.3, 0.6)


def settled_city(seed: int) -> tuple[list[Level], Values]:
    """A city with what an outsider knows of it."""
    cube = random_cube(seed, schools=3 + seed % 6, rate=RATES[seed % 5])
    levels, values = build_values(cube, load_policy(), frozenset())
    return levels, replace(values, tree=windows_of(attack(values, levels), levels))


def sample_of(levels: list[Level], every: int) -> list[Story]:
    """Every so many classes with room for five, all yes and all no."""
    seats = np.flatnonzero(levels[0].r.max(axis=1) > FRIENDS)
    return [(int(row), yes) for row in seats[::every] for yes in (True, False)]


@pytest.mark.parametrize("seed", range(6))
def test_a_school_alone_leaves_what_the_whole_city_leaves(seed: int) -> None:
    """Every fourth class, all yes and all no: in the units named the same candidates, in all others what there was."""
    levels, values = settled_city(seed)
    before = [np.minimum(table.high - table.low + 1, FRIENDS) for table in values.tree]
    for row, yes in sample_of(levels, 4):
        whole = friends_candidates(values, levels, np.repeat(row, FRIENDS), yes)
        for left in friends_leave(values, levels, [(row, yes)]):
            for depth, (units, candidates) in enumerate(left):
                assert (whole[depth][units] == candidates).all()
                others = np.setdiff1d(np.arange(len(levels[depth].ids)), units)
                told = whole[depth][others] < FRIENDS
                named = bool(len(left[0][0]))  # of a story told in the whole city the school's part names nothing
                assert not named or (whole[depth][others][told] == before[depth][others][told]).all()


@pytest.mark.parametrize("seed", range(6))
def test_stories_told_side_by_side_leave_what_each_leaves_alone(seed: int) -> None:
    """A copy that leaked into its neighbour, or a story that fits no city and took others with it, would differ."""
    levels, values = settled_city(seed)
    stories = sample_of(levels, 2)
    together, alone = ([np.full(level.r.shape, FRIENDS) for level in levels] for _ in range(2))
    for told, fewest in (([stories], together), ([[story] for story in stories], alone)):
        for left in [one for part in told for one in friends_leave(values, levels, part)]:
            for depth, (units, candidates) in enumerate(left):
                np.minimum.at(fewest[depth], units, candidates)
    assert all((one == other).all() for one, other in zip(together, alone, strict=True))
    assert any((one < FRIENDS).any() for one in together)


@pytest.mark.parametrize("seed", [1, 3])
def test_what_reaches_beyond_a_school_is_looked_at_everywhere(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where a school's bounds move the whole city is asked; never asking must be noticed somewhere."""
    levels, values = settled_city(seed)
    asked: list[Story] = []
    real = sampled.city_leaves

    def noted(values: Values, levels: list[Level], stories: Sequence[Story]) -> list[list[Left]]:
        asked.extend(stories)
        return real(values, levels, stories)

    monkeypatch.setattr(sampled, "city_leaves", noted)
    fewest = sampled_candidates(values, levels)
    assert asked
    assert len(fewest) == len(levels)


def test_a_story_that_no_city_fits_takes_no_other_with_it() -> None:
    """Told at once, one contradiction must not silence the friends of eleven other classes."""

    def told(stories: Sequence[Story]) -> list[list[Left]]:
        if (3, True) in stories:
            raise ArithmeticError
        return [[(np.array([row]), np.zeros((1, 1), np.int64))] for row, _ in stories]

    found = sampled.one_by_one(told, [(row, True) for row in range(7)])
    assert [int(units[0]) for ((units, _),) in found] == [0, 1, 2, 4, 5, 6]
