"""Lift of cells: found where it was planted, silent where there is nothing, the same from counts and from windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from models.hotspots import LEAST_EXPECTED, Mentions, cuts, expect, find_hotspots, merge, tail

CELLS = 24
DAY = np.arange(1, CELLS + 1, dtype=float) ** 1.5
DAY[-1] = 0.0  # nobody but boarders
BOARDER = DAY.copy()
BOARDER[-1] = DAY.sum() / 3
DAY, BOARDER = DAY / DAY.sum(), BOARDER / BOARDER.sum()


def city(seed: int, schools: int = 40, size: float = 200, waves: int = 1) -> Mentions:
    """Half the schools board half their students; nothing is special anywhere."""
    rng = np.random.default_rng(seed)
    boarding = np.tile(np.where(np.arange(schools) % 2, 0.5, 0.0), waves)
    rate = (1 - boarding)[:, None] * DAY + boarding[:, None] * BOARDER
    count = rng.poisson(size * rate).astype(float)
    rows = np.tile(np.arange(schools), waves)
    return Mentions(count, count, np.zeros(len(rows), np.int64), boarding, rows)


def planted(mentions: Mentions, school: int, cell: int, ratio: float) -> Mentions:
    count = mentions.low.copy()
    count[mentions.school == school, cell] = np.round(count[mentions.school == school, cell] * ratio) + 3
    return replace(mentions, low=count, high=count)


def windows(mentions: Mentions) -> Mentions:
    """0–5, 6–10, 11–15 …"""
    low = np.where(mentions.low <= 5, 0, 6 + 5 * ((mentions.low - 6) // 5))
    return replace(mentions, low=low, high=np.where(low == 0, 5, low + 4))


def test_a_hotspot_is_found_and_its_lift_told() -> None:
    found = find_hotspots(planted(city(1), 3, 15, 5.0), 0.1)
    assert found.raised[3, 15]
    assert 3 < found.lift[3, 15] < 8
    assert found.raised[3].sum() <= 2


@pytest.mark.parametrize("waves", [1, 4])
def test_ordinary_schools_have_no_more_false_cells_than_allowed(waves: int) -> None:
    false = [find_hotspots(city(seed, waves=waves), 0.1).raised.sum(axis=1).mean() for seed in range(12)]
    assert np.mean(false) < 0.13


def test_boarders_make_no_hotspot_of_the_dormitory() -> None:
    """The last cell is named by boarders alone: schools that board are compared with such schools."""
    mentions = city(2, size=400)
    assert not find_hotspots(mentions, 0.1).raised[:, -1].any()
    blind = find_hotspots(replace(mentions, boarding=np.full(40, 0.25)), 0.1)
    assert blind.raised[1::2, -1].mean() > 0.8


def test_a_hotspot_does_not_raise_its_own_expectation() -> None:
    plain, hot = city(3), planted(city(3), 0, 20, 6.0)
    assert expect(hot, hot)[0, 20] == pytest.approx(
        expect(plain, plain)[0, 20], rel=0.12
    )  # as high as the plant if it counted itself


def test_waves_are_added_up() -> None:
    """A lift of 1.8 that one wave can't tell is told by four."""
    spotted = [[find_hotspots(planted_rate(seed, waves), 0.1).raised[0, 18] for seed in range(10)] for waves in (1, 4)]
    assert np.mean(spotted[1]) > np.mean(spotted[0]) + 0.3


def planted_rate(seed: int, waves: int) -> Mentions:
    mentions, rng = city(seed, waves=waves), np.random.default_rng(seed + 99)
    count, rows = mentions.low.copy(), mentions.school == 0
    count[rows, 18] += rng.poisson(0.8 * 200 * DAY[18], rows.sum())
    return replace(mentions, low=count, high=count)


def test_windows_find_what_counts_find_and_never_more() -> None:
    exact = planted(city(4, size=400), 3, 15, 4.0)
    found = find_hotspots(windows(exact), 0.1)
    assert found.raised[3, 15]
    false = [find_hotspots(windows(city(seed)), 0.1).raised.sum(axis=1).mean() for seed in range(10)]
    assert np.mean(false) < 0.1


def test_a_window_that_holds_nearly_everything_says_nothing() -> None:
    mentions = city(5)
    blank = replace(mentions, low=np.zeros_like(mentions.low), high=np.full_like(mentions.high, 60.0))
    assert not find_hotspots(blank, 0.1).raised.any()


def test_no_lift_is_told_from_little() -> None:
    found = find_hotspots(city(6, size=30), 0.1)
    assert np.isnan(found.lift[found.expected < LEAST_EXPECTED]).all()
    assert np.isfinite(found.lift[found.expected >= LEAST_EXPECTED]).all()


@pytest.mark.parametrize("schools", [1, 2])
def test_one_school_is_like_nobody_and_two_are_finite(schools: int) -> None:
    found = find_hotspots(planted(city(7, schools), 0, 15, 5.0), 0.1)
    assert np.isfinite(found.tail).all()
    assert not (schools == 1 and found.raised.any())


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_zero_and_all_one_raise_nothing(value: float) -> None:
    mentions = city(8)
    flat = np.full_like(mentions.low, value)
    found = find_hotspots(replace(mentions, low=flat, high=flat), 0.1)
    assert not found.raised.any() and np.isfinite(found.expected).all()


def test_the_tail_is_the_negative_binomial_summed_by_hand() -> None:
    shape, e = 4.0, 6.0
    below = sum(stats.nbinom.pmf(k, shape, shape / (shape + e)) for k in range(9))
    assert tail(np.array([9.0]), np.array([e]), 1 / shape)[0] == pytest.approx(1 - below)


def test_the_cut_uses_up_what_it_may() -> None:
    """Mean false cells of a school, exactly: not above what is allowed, and not wastefully under it."""
    expected = np.abs(np.random.default_rng(1).normal(8, 4, (5, 60))) + 0.1
    cut, shape = cuts(expected, 0.05, 0.1), 20.0
    count = np.arange(200.0)[:, None, None]
    pmf = stats.nbinom.pmf(count, shape, shape / (shape + expected))
    passes = (tail(np.broadcast_to(count, pmf.shape), expected, 0.05) <= cut) & (count >= 5)
    false = (pmf * passes).sum(axis=(0, 2))
    assert (false <= 0.1 + 1e-9).all() and (false > 0.08).all()


def test_merging_adds_cells_and_leaves_out_what_belongs_nowhere() -> None:
    assert merge(np.array([[1.0, 2, 3, 4]]), np.array([0, 1, 0, -1])).tolist() == [[4.0, 2.0]]
