"""Comparison of a released window with like units: decided by the window, calibrated at 99.8 %."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from models.compare import Schools, build_funnel, compare_window, funnel_limits
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


def city(seed: int = 1, count: int = 120, spread: float = 0.3, boarding: float = 0.0, r: int = 400) -> Schools:
    """Schools whose risk varies by `spread` around .1, half of them boarding, which adds `boarding` logits."""
    rng = np.random.default_rng(seed)
    boards = (np.arange(count) % 2).astype(float)
    risk = special.expit(special.logit(0.1) + boarding * (boards - 0.5) + spread * rng.standard_normal(count))
    yes = rng.binomial(r, risk).astype(float)
    return Schools(yes, yes, np.full(count, float(r)), np.full(count, 0.1), boards[:, None], np.array([0.0]))


def with_yes(found: Schools, yes: np.ndarray) -> Schools:
    return replace(found, low=yes, high=yes)


@pytest.mark.parametrize("spread", [0.15, 0.3, 0.5])
def test_the_spread_between_schools_is_estimated_not_assumed(spread: float) -> None:
    """A wrong guess (.25, weighing ten schools) doesn't hold against two hundred schools."""
    found = [build_funnel(city(seed, 200, spread), 0.25).spread for seed in range(8)]
    assert np.mean(found) == pytest.approx(spread, rel=0.12)


def test_a_few_odd_schools_do_not_widen_the_funnel_for_the_rest() -> None:
    calm = city(count=100)
    yes = calm.low.copy()
    yes[:5] = 200.0
    assert build_funnel(with_yes(calm, yes), 0.25).spread < build_funnel(calm, 0.25).spread + 0.08


def test_what_boarding_explains_is_expected_of_schools_that_board() -> None:
    """Without standardisation every boarding school would stand out."""
    found = city(boarding=0.8, r=2000)
    expected = build_funnel(found, 0.25).expected
    told = special.logit(expected[1]) - special.logit(expected[0])
    assert 0.3 < told < 0.8  # drawn to the published effect, 0 here
    flat = build_funnel(replace(found, mix=np.zeros((120, 1))), 0.25)
    assert build_funnel(found, 0.25).spread < flat.spread


def test_a_constant_feature_moves_nothing() -> None:
    found = city()
    assert build_funnel(replace(found, mix=np.ones((120, 1))), 0.25).expected == pytest.approx(
        build_funnel(replace(found, mix=np.zeros((120, 0)), usual=np.zeros(0)), 0.25).expected
    )


def test_the_chance_of_the_worst_tenth_is_what_it_says() -> None:
    """Over many cities, of schools said to belong there with about .3, about three in ten do (calibration)."""
    said, true = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        deviation = 0.3 * rng.standard_normal(100)
        yes = rng.binomial(300, special.expit(special.logit(0.1) + deviation)).astype(float)
        found = Schools(yes, yes, np.full(100, 300.0), np.full(100, 0.1), np.zeros((100, 0)), np.zeros(0))
        said.append(build_funnel(found, 0.3).worst)
        true.append(deviation >= np.quantile(deviation, 0.9))
    chance, worst = np.concatenate(said), np.concatenate(true)
    for low, high in ((0.0, 0.05), (0.1, 0.3), (0.3, 0.6), (0.6, 1.0)):
        inside = (chance >= low) & (chance < high)
        assert worst[inside].mean() == pytest.approx(chance[inside].mean(), abs=0.05)
    assert chance.reshape(60, 100).sum(axis=1) == pytest.approx(10, abs=1e-6)


def test_where_high_is_good_the_worst_tenth_is_the_lowest() -> None:
    found = city()
    worst = build_funnel(found, 0.25, high_is_worse=False).worst
    assert found.low[np.argmax(worst)] == found.low.min()


def test_windows_say_less_than_counts() -> None:
    """A window's middle stands for its count, and its width makes the chance less sure."""
    exact = city(r=100)
    wide = replace(exact, low=np.maximum(exact.low - 5, 0), high=exact.low + 5)
    sure, unsure = (build_funnel(found, 0.3).worst for found in (exact, wide))
    assert sure.max() > unsure.max()


@pytest.mark.parametrize("yes", [0.0, 400.0])
def test_all_zero_and_all_one_are_finite_and_tell_nobody_apart(yes: float) -> None:
    found = with_yes(city(), np.full(120, yes))
    funnel = build_funnel(found, 0.25)
    assert np.isfinite(funnel.expected).all()
    told = compare_window(found.low, found.high, found.r, funnel.expected, funnel.spread, Z)
    assert (told == "cannot_tell").all()


def test_one_school_and_none_are_stated() -> None:
    one = city(count=1)
    funnel = build_funnel(one, 0.25)
    assert funnel.spread == 0.25 and np.isnan(funnel.worst).all() and 0 < funnel.expected[0] < 1
    nothing = replace(city(count=3), low=np.full(3, np.nan), high=np.full(3, np.nan))
    assert build_funnel(nothing, 0.25).schools == 0


@given(r=st.integers(30, 2000), rate=st.floats(0.03, 0.9), spread=st.floats(0, 0.6))
def test_limits_are_where_the_verdict_turns(r: int, rate: float, spread: float) -> None:
    """What is drawn and what is said agree: one count beyond the line is outside, one within isn't."""
    low, high = funnel_limits(r, rate, spread, Z)
    beyond, within = np.floor(r * high) + 1, np.floor(r * high) - 1
    if beyond <= r:
        assert compare_window(beyond, beyond, r, rate, spread, Z) == "higher"
    if within >= 0:
        assert compare_window(within, within, r, rate, spread, Z) != "higher"
    assert low <= rate <= high
