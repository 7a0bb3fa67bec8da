"""Totals of the questions stored apart: a tree of their own, cut and attacked like the large one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cubes import random_cube

from pipelines.policy import load_policy
from pipelines.release.apart import apart_levels, apart_values, release_apart
from pipelines.release.audit import attack
from pipelines.release.cube import Apart, Cube
from pipelines.release.gate import release
from pipelines.release.insider import friends_candidates
from pipelines.release.signs import load_rules

POLICY, RULES = load_policy(), load_rules()


def known_of(cube: Cube) -> Apart:
    assert cube.apart is not None
    return cube.apart


@pytest.mark.parametrize("seed", range(12))
def test_an_outsider_keeps_five_and_friends_leave_two(seed: int) -> None:
    """Over random cities: none exact, five candidates, and the truth lies within what the attack concludes."""
    cube = random_cube(seed, schools=4)
    levels = apart_levels(cube, known_of(cube), POLICY)
    values = apart_values(levels, known_of(cube), POLICY)
    known = attack(values, levels)
    for level, low, high in zip(levels, known.low, known.high, strict=True):
        assert ((low <= level.count) & (level.count <= high)).all()
        assert (high - low + 1 >= np.minimum(level.r + 1, 5)).all()
    rng = np.random.default_rng(seed)
    for turn in range(8):
        rows = (
            rng.choice(np.flatnonzero(levels[0].r[:, 0] > 4), 4)
            if turn % 2
            else np.repeat(rng.integers(len(levels[0].ids)), 4)
        )
        left = friends_candidates(values, levels, rows, turn % 4 < 2)
        assert min(int(level.min()) for level in left) >= 2


def test_schools_and_grades_say_true_windows() -> None:
    """A window holds the count it stands for; a school under 30 says nothing."""
    cube = random_cube(3)
    tables, _, withheld = release_apart(cube, [], POLICY)
    assert withheld == []
    shown = tables["pub_school_wave_apart"].dropna(subset=["lo"])
    apart, column = known_of(cube), [fact.code for fact in known_of(cube).options].index("uses__boards")
    assert len(shown)
    for row in shown[shown["option"] == "uses__boards"].itertuples():
        mine = (apart.rows["school_id"] == row.school_id).to_numpy()
        assert row.lo <= apart.yes[mine, column].sum() <= row.hi
        assert apart.r[mine, column].sum() >= 30


def test_what_fails_is_withheld_and_a_further_release_says_the_same() -> None:
    """Fail closed; and late envelopes change nothing that was said, so nothing can be subtracted."""
    cube = random_cube(3)
    narrow = replace(POLICY, numbers=POLICY.numbers | {"window.first": 2, "window.middle": 2, "window.last": 2})
    assert release_apart(cube, [], narrow)[2]
    first = release(cube, [], POLICY, RULES)
    apart = known_of(cube)
    second = release(replace(cube, apart=replace(apart, yes=apart.yes * 0)), [first], POLICY, RULES)
    assert second.tables["pub_school_wave_apart"].equals(first.tables["pub_school_wave_apart"])
