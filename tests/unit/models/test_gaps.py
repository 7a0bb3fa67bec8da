"""Witness–victim gap and reported gap: right where it is planted, silent where it isn't."""

from __future__ import annotations

import numpy as np
import pytest

from models.gaps import reported_gap, usual_eyes, witness_gap

SD, Z = 0.25, 3.09


def windows(count: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Windows of 6, 5, 5, … counts."""
    low = np.where(count < 6, 0, 6 + (count - 6) // 5 * 5)
    return np.stack([low, np.minimum(np.where(low == 0, 5, low + 4), r)], axis=1)


def test_eyes_are_what_makes_the_city_s_rates_agree() -> None:
    """1 − (1 − v)^K gives the witness rate back; a rate of 0, 1 or none has no K."""
    eyes = usual_eyes([0.3, 0.0, 0.2, np.nan], [0.1, 0.1, 1.0, 0.1])
    assert 1 - 0.9 ** eyes[0] == pytest.approx(0.3)
    assert np.isnan(eyes[1:]).all()


def test_ordinary_schools_are_not_accused() -> None:
    """Schools that vary as ordinary ones do: at most one in a hundred is said to have seen more than it told."""
    rng = np.random.default_rng(5)
    r = rng.integers(40, 1500, 20_000)
    victims = 1 / (1 + np.exp(-rng.normal(-2.2, 0.4, r.size)))
    seen = 1 - (1 - victims) ** 2.5
    seen = 1 / (1 + np.exp(-(np.log(seen / (1 - seen)) + rng.normal(0, SD, r.size))))
    pair = [windows(rng.binomial(r, share), r) for share in (seen, victims)]
    gap = witness_gap(*pair, r, np.full(r.size, 2.5), SD, Z)
    assert (gap == "more").mean() <= 0.01
    assert (gap == "usual").mean() >= 0.7


def test_a_school_that_keeps_silent_is_seen() -> None:
    """800 students, 6 % say they are victims, 40 % see it often where 14 % is usual."""
    assert witness_gap([[320, 324]], [[46, 50]], [800], [2.5], SD, Z)[0] == "more"


def test_without_windows_or_rates_nothing_is_said() -> None:
    nothing = witness_gap([[np.nan] * 2, [5, 9], [5, 9]], [[0, 5]] * 3, [100, 100, 0], [2.5, np.nan, 2.5], SD, Z)
    assert set(nothing) == {"cannot_say"}


def test_all_zero_and_all_one_give_no_nan() -> None:
    """Shares at the very ends must not divide by nothing."""
    ends = witness_gap([[0, 5], [95, 100]], [[95, 100], [0, 5]], [100, 100], [2.5, 2.5], SD, Z)
    assert list(ends) == ["usual", "more"]


def test_a_wide_window_leaves_it_open() -> None:
    assert witness_gap([[10, 60]], [[0, 5]], [100], [2.5], SD, Z)[0] == "cannot_say"


def test_the_reported_gap_allows_for_false_yeses_and_for_what_was_reported() -> None:
    """0 reports and surely more than chance: clear. Reports that explain it: no. No reports at hand: not known."""
    gap = reported_gap([40, 40, 6, 0, 40], [44, 44, 10, 5, 44], [800] * 5, [0, 10, 0, 0, np.nan], 0.01, 0.01, 5)
    assert list(gap) == ["clearly", "no", "no", "no", "not_known"]
    assert reported_gap([13], [17], [800], [0], 0.01, 0.01, 5)[0] == "perhaps"
    assert reported_gap([np.nan], [np.nan], [np.nan], [0], 0.01, 0.01, 5)[0] == "not_known"
