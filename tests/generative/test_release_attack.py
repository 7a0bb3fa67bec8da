"""The gate against an attacker: random cities, the fast attack, an integer program, and controls that must fall."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from cubes import random_cube
from integer_city import Program

from pipelines.policy import load_policy
from pipelines.release.audit import attack
from pipelines.release.cube import Cube
from pipelines.release.gate import build_values, release
from pipelines.release.insider import friends_candidates
from pipelines.release.made import Release
from pipelines.release.signs import load_rules

POLICY, RULES = load_policy(), load_rules()
RATES = (None, 0.02, 0.1, 0.3, 0.6)


FEW = range(15)  # three cities of each size and of each rate: 4 to 9 schools, 5 rates
MANY = [*FEW, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(15, 40))]


@cache
def released_city(seed: int) -> tuple[Cube, Release]:
    """A city and its release, made once for all that is asked of it."""
    cube = random_cube(seed, schools=4 + seed % 6, rate=RATES[seed % 5])
    return cube, release(cube, [], POLICY, RULES)


@pytest.mark.parametrize("seed", MANY)
def test_an_outsider_keeps_five_candidates_everywhere(seed: int) -> None:
    """Whoever holds every audience's file still has five candidates for each cell, and little is withheld."""
    _, made = released_city(seed)
    protected = made.bounds[made.bounds["r"] >= 4]
    assert (protected["high"] - protected["low"] + 1).min() >= 5
    assert made.record["audit"]["recovered"] == 0
    assert len(made.record["withheld"]) <= 6


@pytest.mark.parametrize("seed", FEW)
def test_the_truth_lies_within_what_the_attack_concludes(seed: int) -> None:
    """An attack that excludes the true count would be no attack but a bug."""
    cube, made = released_city(seed)
    for column, fact in enumerate(cube.indicators):
        rows = made.bounds[(made.bounds["kind"] == "class") & (made.bounds["cell"] == fact.code)]
        truth = cube.yes[:, column] * cube.asked()[:, column]
        assert ((rows["low"].to_numpy() <= truth) & (truth <= rows["high"].to_numpy())).all()


@pytest.mark.parametrize("seed", [5, 9, 23])  # in others every vertex is a fraction somewhere
def test_a_solver_finds_no_cell_under_five(seed: int) -> None:
    """Interval passes could miss what a solver finds in linked tables; on small cities the solver has its turn.

    Every optimum is a whole-numbered city that fits all that was published: a witness, not a mere bound.
    """
    cube = random_cube(seed, schools=3)
    levels, values = build_values(cube, POLICY, frozenset())
    program = Program(levels, values)
    known = attack(values, levels)
    rng = np.random.default_rng(seed)
    counted = [column for column, fact in enumerate(values.columns) if not fact.made]
    cells = [(d, u, c) for d, level in enumerate(levels) for u in range(len(level.ids)) for c in counted]
    witnessed = 0
    for depth, unit, column in [cells[i] for i in rng.choice(len(cells), 25, replace=False)]:
        found = program.range_of(depth, unit, column)
        if found is None:
            continue
        low, high = found
        witnessed += 1
        assert low <= levels[depth].count[unit, column] <= high, "the solver excludes the truth"
        assert (known.low[depth][unit, column], known.high[depth][unit, column]) == found, "the passes see otherwise"
        assert high - low + 1 >= min(5, levels[depth].r[unit, column] + 1)
    assert witnessed >= 8


@pytest.mark.parametrize("seed", FEW)
def test_four_friends_learn_nobody_elses_answer(seed: int) -> None:
    """Four students of a class, or spread over several, put their answers together; the others keep two candidates."""
    cube, made = released_city(seed)
    assert made.record["audit"]["min_candidates_insider"] >= 2
    assert made.record["audit"]["forced"] == 0
    withheld = frozenset(tuple(name.split("/")) for name in made.record["withheld"])
    levels, values = build_values(cube, POLICY, withheld)
    rng = np.random.default_rng(seed)
    seats = np.flatnonzero(cube.classes["r"] >= 5)
    for turn in range(24):
        classes = rng.choice(seats, size=4) if turn % 2 else np.repeat(rng.choice(seats), 4)
        left = friends_candidates(values, levels, classes, turn % 4 < 2)
        assert min(int(level.min()) for level in left) >= 2


def test_control_four_friends_break_a_lowest_band_of_five() -> None:
    """With a lowest band 0-4 four victims prove "no" for everybody else."""
    narrow = replace(POLICY, numbers=POLICY.numbers | {"class_signal.first_cut_min": 5})
    levels, values = build_values(random_cube(5, rate=0.02), narrow, frozenset())
    lowest = np.argwhere((values.tree[0].high == 4) & (levels[0].r > 8))
    left = [friends_candidates(values, levels, np.repeat(row, 4), True)[0][row, column] for row, column in lowest[:8]]
    assert len(lowest) > 20
    assert set(left) == {1}


def test_the_same_counts_give_the_same_release() -> None:
    """Nothing else reaches what is published: no clock, no chance, no order of a set."""
    _, made = released_city(6)
    _, again = released_city.__wrapped__(6)
    for name, table in made.tables.items():
        assert table.equals(again.tables[name]), name


def test_control_hiding_small_cells_alone_gives_counts_back() -> None:
    """The attack works: a release of exact parents that hides only cells under five loses some of them exactly."""
    recovered = 0
    for seed in range(2):
        cube = random_cube(seed)
        levels, values = build_values(cube, POLICY, frozenset())
        naive = []
        for level, table in zip(levels, values.tree, strict=True):
            small = level.count < 5
            low, high = np.where(small, 0, level.count), np.where(small, np.minimum(4, level.r), level.count)
            naive.append(replace(table, low=low, high=high))
        known = attack(replace(values, tree=tuple(naive)), levels)
        hidden = (levels[0].count < 5) & (levels[0].r > 4)
        recovered += int(((known.low[0] == known.high[0]) & hidden).sum())
    assert recovered > 100


def test_control_centred_rounding_of_parents_leaves_too_few_candidates() -> None:
    """Rounding to 5 looks safe and isn't: some parents keep fewer than five candidates against released children."""
    thin = total = 0
    for seed in range(2):
        cube = random_cube(seed)
        levels, values = build_values(cube, POLICY, frozenset())
        rounded = list(values.tree)
        for depth in (1, 2):
            middle = (levels[depth].count + 2) // 5 * 5
            low, high = np.maximum(middle - 2, 0), np.minimum(middle + 2, levels[depth].r)
            rounded[depth] = replace(values.tree[depth], low=low, high=high)
        known = attack(replace(values, tree=tuple(rounded)), levels)
        for depth in (1, 2):
            enough = levels[depth].r >= 30
            thin += int((known.high[depth] - known.low[depth] + 1 < 5)[enough].sum())
            total += int(enough.sum())
    assert thin / total > 0.03
