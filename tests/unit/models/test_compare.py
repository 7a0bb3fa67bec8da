"""Comparison of a released window with like units: decided by the window, calibrated at 99.8 %."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.compare import compare_window
from models.cuts import null_tail

SD, Z = 0.25, 3.09


def test_worked_examples() -> None:
    """300 answers, 10 % expected: the limits are sin²(.322 ± .146), so counts from 61 and up to 8 lie outside."""
    lo, hi = [61, 60, 3, 3, 25], [70, 70, 8, 9, 35]
    assert compare_window(lo, hi, 300, 0.10, SD, Z).tolist() == [
        "higher", "cannot_tell", "lower", "cannot_tell", "cannot_tell",
    ]  # fmt: skip


@pytest.mark.parametrize("r", [30, 60, 100, 300, 800, 2000])
@pytest.mark.parametrize("rate", [0.03, 0.05, 0.10, 0.20, 0.40, 0.80])
def test_ordinary_units_rarely_lie_outside(r: int, rate: float) -> None:
    """Exact share of ordinary units (logit-normal risk) told apart by their very count: at most .5 %."""
    counts = np.arange(r + 1)
    chance = -np.diff(null_tail(r, rate, SD))
    told = compare_window(counts, counts, r, rate, SD, Z)
    assert chance[told != "cannot_tell"].sum() <= 0.005


@pytest.mark.parametrize(("r", "power"), [(100, 0.7), (300, 0.98), (800, 0.99)])
def test_a_unit_of_three_times_the_rate_is_told(r: int, power: float) -> None:
    """The rule is not merely silent: a true 30 % where 10 % are expected is mostly told from a window 5 wide."""
    yes = np.random.default_rng(2).binomial(r, 0.3, 2000)
    assert np.mean(compare_window(yes - 2, yes + 2, r, 0.1, SD, Z) == "higher") > power


@given(
    lo=st.integers(0, 200), width=st.integers(0, 40), narrower=st.integers(0, 40), r=st.integers(1, 400),
    rate=st.floats(0.01, 0.99), sd=st.floats(0, 0.6),
)  # fmt: skip
def test_a_window_says_what_both_its_ends_say(lo, width, narrower, r, rate, sd) -> None:
    """A window is told apart exactly if both ends alone are, the same way: nothing about the count inside is used."""
    ends = compare_window([lo, lo + width], [lo, lo + width], r, rate, sd, Z)
    whole = compare_window(lo, lo + width, r, rate, sd, Z)
    assert whole == (ends[0] if ends[0] == ends[1] else "cannot_tell")


def test_more_over_dispersion_never_tells_more_apart() -> None:
    counts = np.arange(301)
    told = [np.sum(compare_window(counts, counts, 300, 0.1, sd, Z) != "cannot_tell") for sd in (0, 0.1, 0.25, 0.5)]
    assert told == sorted(told, reverse=True)
    assert told[0] > told[-1]


def test_what_is_missing_cannot_be_told() -> None:
    """No window, nobody answered, no like units: never an error, never a claim."""
    nan = float("nan")
    found = compare_window(
        [nan, 90, 90, 90, nan], [nan, 99, 99, 99, nan], [300, 0, 300, nan, 0], [0.1, 0.1, nan, 0.1, nan], SD, Z
    )
    assert found.tolist() == ["cannot_tell"] * 5


def test_extreme_rates_and_rounded_sizes_are_finite() -> None:
    """Expected 0 or 1; a size rounded below the window's upper end."""
    assert compare_window([0, 20], [0, 30], 100, [0.0, 0.0], SD, Z).tolist() == ["cannot_tell", "higher"]
    assert compare_window([100, 60], [100, 70], 100, [1.0, 1.0], SD, Z).tolist() == ["cannot_tell", "lower"]
    assert compare_window(98, 102, 100, 0.5, SD, Z) == "higher"


@pytest.mark.parametrize(("lo", "hi", "rate"), [(5, 4, 0.1), (-1, 4, 0.1), (1, 4, 1.1), (1, 4, -0.1)])
def test_a_window_that_cannot_be_is_refused(lo, hi, rate) -> None:
    with pytest.raises(ValueError, match=r"window|expected_rate"):
        compare_window(lo, hi, 100, rate, SD, Z)
