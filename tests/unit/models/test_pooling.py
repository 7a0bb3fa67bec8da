"""Empirical Bayes of class risks: against a slow likelihood, published figures, and simulated classes."""

from math import comb, lgamma
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats

from models import pooling
from models.cuts import logit_normal
from models.pooling import BetaPrior, Lasting, exceedance, fit_beta_binomial, interval, posterior, reference_prior

PUBLISHED = Path(__file__).parents[2] / "reference" / "geissler_1889.csv"


def slow_log_likelihood(yes, n, a: float, b: float) -> float:
    """Σ log [B(y + a, n − y + b)/B(a, b)], class by class, without the constants of the binomial coefficients."""
    total = 0.0
    for y, m in zip(yes, n, strict=True):
        total += lgamma(y + a) + lgamma(m - y + b) - lgamma(m + a + b)
        total -= lgamma(a) + lgamma(b) - lgamma(a + b)
    return total


def simulated_classes(seed: int, classes: int, a: float, b: float):
    rng = np.random.default_rng(seed)
    n = rng.integers(12, 56, classes)
    p = rng.beta(a, b, classes)
    return p, rng.binomial(n, p), n


def test_published_fit() -> None:
    """Geissler's 6,115 families: the printed maximum (its (a, b) to .05 %, no likelihood lost) and the moments."""
    table = pd.read_csv(PUBLISHED, comment="#")
    boys, size = np.repeat(table["boys"], table["families"]).to_numpy(), np.full(6115, 12)
    prior = fit_beta_binomial(boys, size)
    assert_allclose([prior.a, prior.b], [34.09558, 31.5715], rtol=5e-4)
    orders = sum(table["families"] * [np.log(comb(12, boys)) for boys in table["boys"]])
    assert slow_log_likelihood(boys, size, prior.a, prior.b) + orders == pytest.approx(-12492.9, abs=0.1)
    printed = slow_log_likelihood(boys, size, 34.09558, 31.5715)
    assert slow_log_likelihood(boys, size, prior.a, prior.b) >= printed
    moments = pooling._moment_concentration(*pooling._distinct_counts(boys, size))
    assert moments == pytest.approx(34.1350 + 31.6085, rel=1e-4)


@pytest.mark.parametrize(("a", "b"), [(3.0, 27.0), (1.2, 8.0), (20.0, 20.0), (8.0, 1.5)])
def test_fit_is_the_maximum_of_the_slow_likelihood(a: float, b: float) -> None:
    """A general-purpose search over the obvious likelihood finds the same (a, b)."""
    _, yes, n = simulated_classes(1, 150, a, b)
    ours = fit_beta_binomial(yes, n)
    slow = optimize.minimize(
        lambda x: -slow_log_likelihood(yes, n, *np.exp(x)), np.log([a, b]), method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 2000},
    )  # fmt: skip
    assert slow_log_likelihood(yes, n, ours.a, ours.b) >= -slow.fun - 1e-5
    assert_allclose([ours.a, ours.b], np.exp(slow.x), rtol=5e-3)


@settings(max_examples=60, deadline=None)
@example([(0, 8), (36, 20)])  # steps cut to size in each coordinate by itself led uphill here
@example([(2, 4), (0, 17), (11, 47), (0, 20)])
@example([(0, 10), (11, 34)])  # two tops, the lower one without over-dispersion
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40)), min_size=2, max_size=12))
def test_no_point_of_a_grid_is_likelier_than_the_fit(counts: list[tuple[int, int]]) -> None:
    """Whatever the counts: the search ends, finite, at a point no (mean, concentration) of a coarse grid beats."""
    yes, no = np.array(counts).T
    n = yes + no
    prior = fit_beta_binomial(yes, n)
    assert np.isfinite([prior.a, prior.b]).all()
    if (n > 0).sum() < 2 or yes.sum() in (0, n.sum()):
        return
    centre = np.log(yes.sum() / no.sum())
    found = slow_log_likelihood(yes, n, prior.a, prior.b)
    for mean in 1 / (1 + np.exp(-centre - np.linspace(-2.9, 2.9, 13))):
        for concentration in np.geomspace(0.011, 9e3, 15):
            grid = slow_log_likelihood(yes, n, mean * concentration, (1 - mean) * concentration)
            assert grid <= found + 1e-6


def test_gradient_is_the_slope_of_the_loss() -> None:
    _, yes, n = simulated_classes(2, 40, 2.0, 18.0)
    counts = yes.astype(float), n.astype(float), np.ones(40)
    for point in ([-2.0, 3.0], [0.5, 1.0], [-3.0, 7.0]):
        slope = optimize.approx_fprime(np.array(point), lambda x: pooling._loss(x, *counts)[0], 1e-7)
        assert_allclose(pooling._loss(np.array(point), *counts)[1], slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("mean", "concentration"), [(0.05, 60.0), (0.13, 30.0), (0.3, 12.0)])
def test_recovers_the_parameters_it_was_drawn_from(mean: float, concentration: float) -> None:
    """Over 20 simulated bands of 400 classes: mean to .3 points, concentration to 10 %, no bias to one side."""
    fits = [
        fit_beta_binomial(*simulated_classes(seed, 400, mean * concentration, (1 - mean) * concentration)[1:])
        for seed in range(20)
    ]
    assert np.mean([fit.mean for fit in fits]) == pytest.approx(mean, abs=0.003)
    assert np.median([fit.concentration for fit in fits]) == pytest.approx(concentration, rel=0.1)


@pytest.mark.parametrize("base", [0.05, 0.13, 0.30])
@pytest.mark.parametrize("null", ["beta", "logit_normal"])
def test_intervals_cover_the_risk_of_simulated_classes(base: float, null: str) -> None:
    """95 % intervals of 20,000 classes hold their true risk in .94–.96, also where risks are not Beta."""
    rng = np.random.default_rng(5)
    prior = reference_prior(base, 0.43)
    n = rng.integers(12, 56, 20_000)
    drawn = rng.beta(prior.a, prior.b, n.size)
    if null == "logit_normal":
        nodes, weight = logit_normal(base, 0.43)
        drawn = rng.choice(nodes, n.size, p=weight)
    yes = rng.binomial(n, drawn)
    lo, hi = interval(posterior(yes, n, fit_beta_binomial(yes, n)))
    assert 0.94 <= np.mean((lo <= drawn) & (drawn <= hi)) <= 0.96


def test_pooling_brings_classes_nearer_the_truth_than_their_own_share() -> None:
    p, yes, n = simulated_classes(6, 3000, 3.0, 27.0)
    pooled = posterior(yes, n, fit_beta_binomial(yes, n)).mean
    assert np.sqrt(np.mean((pooled - p) ** 2)) < 0.75 * np.sqrt(np.mean((yes / n - p) ** 2))


def test_posterior_is_the_conjugate_update_and_its_summaries_are_the_betas() -> None:
    risk = posterior([4, 0], [30, 0], BetaPrior(2.0, 18.0))
    assert (risk.a.tolist(), risk.b.tolist()) == ([6, 2], [44, 18])
    assert_allclose(risk.mean, [6 / 50, 2 / 20])
    assert_allclose(interval(risk), stats.beta.interval(0.95, [6, 2], [44, 18]))
    assert_allclose(exceedance(risk, 0.2), stats.beta.sf(0.2, [6, 2], [44, 18]))
    assert exceedance(risk, 1.5).tolist() == [0, 0]
    assert exceedance(risk, -0.1).tolist() == [1, 1]


@pytest.mark.parametrize(("yes", "n"), [([], []), ([3], [30]), ([0], [0]), ([0, 0, 5], [0, 0, 20])])
def test_fewer_than_two_classes_with_answers_give_jeffreys_prior(yes, n) -> None:
    assert fit_beta_binomial(yes, n) == BetaPrior(0.5, 0.5)


@pytest.mark.parametrize(("answer", "mean"), [(0, 0.5 / 901), (1, 900.5 / 901)])
def test_all_zero_and_all_one(answer: int, mean: float) -> None:
    """Half a yes (or no) among all answers, no difference between classes; every summary finite."""
    n = np.full(30, 30)
    prior = fit_beta_binomial(answer * n, n)
    assert prior.mean == pytest.approx(mean)
    assert prior.concentration == pytest.approx(pooling.MAX_CONCENTRATION)
    risk = posterior(answer * n, n, prior)
    assert np.all(np.isfinite([*interval(risk), exceedance(risk, pooling.quantile(prior, 0.9))]))


def test_no_over_dispersion_ends_at_the_largest_concentration() -> None:
    """Classes more alike than chance allows: everyone gets the pooled share."""
    prior = fit_beta_binomial(np.full(50, 4), np.full(50, 40))
    assert prior.mean == pytest.approx(0.1, rel=1e-3)
    assert prior.concentration == pytest.approx(pooling.MAX_CONCENTRATION)


def test_extreme_over_dispersion_ends_at_the_smallest_concentration() -> None:
    n = np.full(40, 40)
    prior = fit_beta_binomial(np.where(np.arange(40) < 8, 40, 0), n)
    assert prior.concentration == pytest.approx(pooling.MIN_CONCENTRATION)
    assert prior.mean == pytest.approx(0.2, abs=0.01)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="counts must"):
        fit_beta_binomial([5, 1], [4, 4])


def test_reference_prior_has_the_moments_of_the_logit_normal() -> None:
    drawn = stats.norm.rvs(size=400_000, random_state=3)
    prior = reference_prior(0.13, 0.43)
    assert prior.mean == pytest.approx(0.13)
    share = 1 / (1 + np.exp(-(np.log(0.13 / 0.87) - 0.0675 + 0.43 * drawn)))
    assert share.mean() == pytest.approx(0.13, abs=5e-4)
    assert stats.beta.std(prior.a, prior.b) == pytest.approx(share.std(), rel=0.01)


def test_reference_prior_without_spread_is_as_concentrated_as_any() -> None:
    assert reference_prior(0.13, 0.0).concentration == pytest.approx(pooling.MAX_CONCENTRATION)


@pytest.mark.parametrize(("rate", "sd"), [(0.0, 0.4), (1.0, 0.4), (0.1, -1.0), (float("nan"), 0.4)])
def test_reference_prior_refuses_what_is_no_reference(rate: float, sd: float) -> None:
    with pytest.raises(ValueError, match="reference"):
        reference_prior(rate, sd)


BAND = BetaPrior(3.0, 27.0)
NOTHING = Lasting(np.zeros(2), np.ones(2))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_without_history_a_class_starts_from_its_band(share: float) -> None:
    start = pooling.start_wave(NOTHING, BAND, share)
    assert_allclose([start.a, start.b], [[3, 3], [27, 27]])


def test_if_nothing_lasts_history_says_nothing() -> None:
    risk = posterior([9, 0], [30, 30], BAND)
    start = pooling.start_wave(pooling.learn_lasting(NOTHING, BAND, risk, BAND, 0.0), BAND, 0.0)
    assert_allclose([start.a, start.b], [[3, 3], [27, 27]])


def test_if_all_lasts_two_waves_are_one_of_twice_the_answers() -> None:
    """Conjugacy: with a lasting share of 1 the next wave's prior is exactly this wave's posterior."""
    risk = posterior([9, 0], [30, 30], BAND)
    start = pooling.start_wave(pooling.learn_lasting(NOTHING, BAND, risk, BAND, 1.0), BAND, 1.0)
    assert_allclose([start.a, start.b], [risk.a, risk.b])


def test_a_wave_without_answers_changes_nothing() -> None:
    known = Lasting(np.array([0.4, -0.3]), np.array([0.5, 0.7]))
    start = pooling.start_wave(known, BAND, 0.8)
    learned = pooling.learn_lasting(known, start, posterior([0, 0], [0, 0], start), BAND, 0.8)
    assert_allclose([learned.shift, learned.open], [known.shift, known.open])


def test_where_classes_no_longer_differ_history_makes_none_differ() -> None:
    """The lasting part is measured in the band's own spread: in a wave without spread all start at the band's mean."""
    high = Lasting(np.array([2.0]), np.array([0.3]))
    alike = pooling.BetaPrior(0.1 * pooling.MAX_CONCENTRATION, 0.9 * pooling.MAX_CONCENTRATION)
    assert pooling.start_wave(high, alike, 0.8).mean == pytest.approx(0.1, abs=0.01)
    assert pooling.start_wave(high, BAND, 0.8).mean > 0.2


def test_the_filter_is_the_gaussian_one_for_large_classes_and_small_spreads() -> None:
    """Five waves against the textbook: risk = band + lasting + term part, all normal, solved as one regression."""
    band, share, size = BetaPrior(30_000.0, 70_000.0), 0.7, 40_000
    spread = 1 / 100_001  # share of mean·(1 − mean) that is the risk's variance; 1/size is the count's
    yes = np.array([12_060, 12_200, 11_950, 12_310, 12_240])
    lasting = Lasting(np.zeros(1), np.ones(1))
    for count in yes:
        start = pooling.start_wave(lasting, band, share)
        risk = posterior(count, size, start)
        lasting = pooling.learn_lasting(lasting, start, risk, band, share)
    between = spread * (share + (1 - share) * np.eye(5))
    weight = between[4] @ np.linalg.inv(between + np.eye(5) / size)
    left = spread - weight @ between[4]
    assert_allclose(risk.mean - 0.3, weight @ (yes / size - 0.3), rtol=2e-3)
    assert_allclose(1 / (risk.concentration + 1), left, rtol=2e-3)
