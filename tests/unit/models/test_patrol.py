"""Patrol plans: the best of all possible plans, for every number of people and times."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from models.patrol import Windows, covered_share, plan_patrols

CELLS = st.lists(st.integers(0, 12), min_size=12, max_size=12)


def grid(low: list[int], width: int = 5, hidden: tuple[int, ...] = ()) -> Windows:
    """4 places × 3 times."""
    ends = np.array(low, float).reshape(4, 3)
    return Windows(ends, ends + width, np.array([place not in hidden for place in range(4)]))


def best_of_all(windows: Windows, people: int, slots: int) -> float:
    """Twice the weight of the best plan, found by trying every choice of times and of places at each."""
    weight = (windows.low + windows.high)[windows.places]
    places, times = weight.shape
    return max(
        sum(
            max(weight[list(chosen), time].sum() for chosen in itertools.combinations(range(places), people))
            for time in at
        )
        for at in itertools.combinations(range(times), slots)
    )


@settings(max_examples=60, deadline=None)
@given(CELLS, st.sampled_from([(), (1,), (0, 3)]))
def test_no_other_plan_covers_more(low: list[int], hidden: tuple[int, ...]) -> None:
    """The obvious search over all plans is never better; picks are N different places at each of M times."""
    windows = grid(low, hidden=hidden)
    plans = list(plan_patrols(windows, 6, 8))
    assert [(plan.people, plan.slots) for plan in plans] == [
        (people, slots) for people in range(1, 5 - len(hidden)) for slots in (1, 2, 3)
    ]
    for plan in plans:
        assert len(set(plan.picks)) == plan.people * plan.slots
        assert len({time for _, time in plan.picks}) == plan.slots
        assert not {place for place, _ in plan.picks} & set(hidden)
        weight = sum(windows.low[pick] + windows.high[pick] for pick in plan.picks)
        assert weight == best_of_all(windows, plan.people, plan.slots)


def test_a_solver_finds_nothing_better() -> None:
    """The same as an integer program: who stands where, when, at most N a time, at M times."""
    rng = np.random.default_rng(3)
    windows = grid(list(rng.integers(0, 40, 12)))
    weight = (windows.low + windows.high).ravel()
    at = sparse.kron(np.ones((1, 4)), np.eye(3))  # people at each time
    for plan in plan_patrols(windows, 3, 3):
        rows = sparse.vstack([sparse.hstack([at, -plan.people * np.eye(3)]), np.append(np.zeros(12), np.ones(3))])
        found = optimize.milp(
            np.append(-weight, np.zeros(3)), integrality=np.ones(15), bounds=optimize.Bounds(0, 1),
            constraints=optimize.LinearConstraint(rows, ub=[0, 0, 0, plan.slots]),
        )  # fmt: skip
        assert -found.fun == pytest.approx(sum(weight.reshape(4, 3)[pick] for pick in plan.picks))


def test_shares_hold_for_every_count_within_the_windows() -> None:
    """Counts drawn anywhere in the windows never leave the share's two ends, and both ends are reached."""
    windows, rng = grid([0, 6, 11, 0, 0, 6, 30, 0, 6, 0, 0, 0]), np.random.default_rng(2)
    picks = ((2, 0), (0, 2))
    least, most = covered_share(windows, picks)
    for _ in range(2_000):
        count = rng.integers(windows.low, windows.high + 1)
        assert least <= sum(count[pick] for pick in picks) / count.sum() <= most
    picked = sum(windows.low[pick] for pick in picks)
    rest = windows.high.sum() - sum(windows.high[pick] for pick in picks)
    assert least == pytest.approx(picked / (picked + rest))


def test_equal_cells_come_in_the_order_they_are_given() -> None:
    """Two runs must print the same sheet."""
    plan = next(plan for plan in plan_patrols(grid([0] * 12), 2, 2) if (plan.people, plan.slots) == (2, 2))
    assert plan.picks == ((0, 0), (1, 0), (0, 1), (1, 1))


def test_nothing_may_have_happened_at_all() -> None:
    assert covered_share(grid([0] * 12, width=0), ((0, 0),)) == (0.0, 1.0)


def test_nobody_can_stand_nowhere() -> None:
    assert list(plan_patrols(grid([5] * 12, hidden=(0, 1, 2, 3)), 6, 8)) == []
