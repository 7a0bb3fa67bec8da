"""Models beside the closed forms of packages that others trust: ebbr, FunnelPlotR, psych."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special, stats

from models.compare import Schools, build_funnel, compare_window, funnel_limits
from models.pooling import fit_beta_binomial, interval, posterior
from models.scales import alpha, covariance, omega

# Spearman's (1904) marks in classics, French and English; one factor fits three items exactly.
MARKS = np.array([[1.0, 0.83, 0.78], [0.83, 1.0, 0.67], [0.78, 0.67, 1.0]])


def test_posterior_and_interval_are_ebbr_s() -> None:
    """add_ebb_estimate: (a + x)/(a + b + n) with the quantiles of that Beta, whatever fitted the prior."""
    rng = np.random.default_rng(5)
    n = rng.integers(10, 60, 300)
    yes = rng.binomial(n, rng.beta(4, 40, 300))
    prior = fit_beta_binomial(yes, n)
    risk = posterior(yes, n, prior)
    low, high = interval(risk)
    assert_allclose(risk.mean, (prior.a + yes) / (prior.a + prior.b + n), rtol=1e-12)
    assert_allclose(low, stats.beta.ppf(0.025, prior.a + yes, prior.b + n - yes), atol=1e-9)
    assert_allclose(high, stats.beta.ppf(0.975, prior.a + yes, prior.b + n - yes), atol=1e-9)


def test_prior_is_near_the_moments_that_ebbr_offers_as_its_other_method() -> None:
    """fit_beta_mm: mean and variance of the shares. With long rows of answers both methods see the same Beta."""
    rng = np.random.default_rng(6)
    n = np.full(3000, 2000)
    yes = rng.binomial(n, rng.beta(8, 72, 3000))
    mean, variance = (yes / n).mean(), (yes / n).var(ddof=1)
    size = mean * (1 - mean) / variance - 1
    prior = fit_beta_binomial(yes, n)
    assert prior.mean == pytest.approx(mean, rel=1e-3)
    # The shares' variance holds counting as well: (1 − ICC)/n of it, which the moments take for differences.
    assert prior.concentration == pytest.approx(size / (1 - size / 2000), rel=0.05)


@pytest.mark.parametrize("z", [1.96, 3.09])
@pytest.mark.parametrize("tau", [0.0, 0.03, 0.06])
def test_limits_are_funnelplotr_s_for_proportions(z: float, tau: float) -> None:
    """sin²(asin √target ± z √(1/(4n) + τ²)), which we read on Anscombe's (x + 3/8)/(n + 3/4) instead of x/n."""
    n, target = np.array([60.0, 150, 400, 1000, 3000]), 0.12
    spread = 2 * tau / np.sqrt(target * (1 - target))
    reach = z * np.sqrt(1 / (4 * n) + tau**2)
    theirs = [np.sin(np.clip(np.arcsin(np.sqrt(target)) + way * reach, 0, np.pi / 2)) ** 2 for way in (-1, 1)]
    for ours, other in zip(funnel_limits(n, target, spread, z), theirs, strict=True):
        assert_allclose((ours * n + 0.375) / (n + 0.75), np.maximum(other, 0.375 / (n + 0.75)), atol=1e-12)
        assert np.all(np.abs(ours - other) < 0.4 / n)


def test_spread_between_schools_is_der_simonian_and_laird_s_without_the_loss_of_winsorising() -> None:
    """FunnelPlotR's additive τ² on schools that differ by a logit sd of .25.

    Winsorised z (10 %) lose a third of an ordinary spread; our cut-off squares are set against what they keep
    (CUT_MEAN), so ours agrees with the plain moments and yet isn't widened by a few odd schools.
    """
    rng, target = np.random.default_rng(7), 0.12
    n = rng.integers(200, 2000, 800).astype(float)
    yes = rng.binomial(n.astype(int), special.expit(special.logit(target) + rng.normal(0, 0.25, 800))).astype(float)
    ours = build_funnel(Schools(yes, yes, n, np.full(800, target), np.zeros((800, 1)), np.zeros(1)), 0.25)
    plain, winsorised = (np.sqrt(additive_variance(yes, n, cut)) for cut in (0.0, 0.1))
    per_logit = np.sqrt(target * (1 - target)) / 2
    assert ours.spread == pytest.approx(plain / per_logit, abs=0.01)
    assert winsorised < 0.85 * plain
    told = compare_window(yes, yes, n, ours.expected, ours.spread, 3.09)
    assert np.mean(told == compare_window(yes, yes, n, target, plain / per_logit, 3.09)) > 0.99


def additive_variance(yes: np.ndarray, n: np.ndarray, cut: float) -> float:
    """τ² on the arcsine scale as FunnelPlotR has it: winsorised z, then the moment estimate."""
    y, s = np.arcsin(np.sqrt(yes / n)), 1 / (2 * np.sqrt(n))
    z = (y - np.arcsin(np.sqrt(yes.sum() / n.sum()))) / s
    z = np.clip(z, *np.quantile(z, [cut, 1 - cut]))
    weight, phi = 1 / s**2, float((z**2).mean())
    return max(0.0, (len(n) * phi - (len(n) - 1)) / (weight.sum() - (weight**2).sum() / weight.sum()))


def test_omega_of_spearman_s_marks_is_the_closed_form() -> None:
    """λ₁ = √(r₁₂r₁₃/r₂₃) and so on (the triads of his 1904 paper): .983, .844, .793."""
    one, two, three = MARKS[0, 1], MARKS[0, 2], MARKS[1, 2]
    loading = np.sqrt([one * two / three, one * three / two, two * three / one])
    assert_allclose(loading, [0.983, 0.8444, 0.7935], atol=6e-4)
    expected = loading.sum() ** 2 / (loading.sum() ** 2 + (1 - loading**2).sum())
    assert omega(MARKS) == pytest.approx(expected, abs=1e-4)


def test_omega_is_that_of_another_factor_analysis() -> None:
    """statsmodels' principal axes and maximum likelihood on eight items of one factor, as psych's omega would use."""
    from statsmodels.multivariate.factor import Factor

    rng = np.random.default_rng(8)
    strength = np.linspace(0.4, 0.85, 8)
    answers = rng.normal(size=(4000, 1)) * strength + rng.normal(size=(4000, 8)) * np.sqrt(1 - strength**2)
    correlation = np.corrcoef(answers, rowvar=False)
    for method in ("pa", "ml"):
        loading = np.abs(Factor(corr=correlation, n_factor=1, method=method, nobs=4000).fit().loadings[:, 0])
        theirs = loading.sum() ** 2 / (loading.sum() ** 2 + (1 - loading**2).sum())
        assert omega(correlation) == pytest.approx(theirs, abs=1e-3), method


def test_alpha_is_the_mean_of_all_split_halves() -> None:
    """Cronbach (1951): alpha is the average of Rulon's coefficient over every split into equal halves."""
    from itertools import combinations

    rng = np.random.default_rng(9)
    answers = np.clip(np.rint(2.5 + rng.normal(size=(300, 1)) + rng.normal(size=(300, 6))), 1, 4)
    total = answers.sum(axis=1).var(ddof=1)
    halves = [answers[:, list(half)].sum(axis=1) for half in combinations(range(6), 3)]
    rulon = [1 - (half - (answers.sum(axis=1) - half)).var(ddof=1) / total for half in halves]
    assert alpha(covariance(answers, np.ones(300))) == pytest.approx(np.mean(rulon), abs=1e-12)
