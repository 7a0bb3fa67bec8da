"""The count cut of the level signal: against a slow sum, calibrated on simulated classes, equal to a posterior rule."""

from math import comb, exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, stats

from models import cuts
from models.cuts import logit_normal, null_tail, signal_cut
from models.pooling import exceedance, posterior, reference_prior

SD = 0.43
BASES = [0.05, 0.08, 0.13]


def slow_cut(r: int, rate: float, sd: float, false_alarm: float) -> int:
    """Sum over a fine grid of risks and over every count, straight from the definition."""
    grid = [-7 + 14 * step / 700 for step in range(701)]
    weight = [exp(-z * z / 2) for z in grid]
    weight = [w / sum(weight) for w in weight]

    def risks(mu: float) -> list[float]:
        return [1 / (1 + exp(-(mu + sd * z))) for z in grid]

    low, high = log(rate / (1 - rate)) - 3, log(rate / (1 - rate)) + 3
    for _ in range(60):
        middle = (low + high) / 2
        mean = sum(w * p for w, p in zip(weight, risks(middle), strict=True))
        low, high = (middle, high) if mean < rate else (low, middle)
    tail, p = 0.0, risks(low)
    for k in range(r, -1, -1):
        tail += sum(w * comb(r, k) * q**k * (1 - q) ** (r - k) for w, q in zip(weight, p, strict=True))
        if tail > false_alarm:
            return k + 1
    return 0


@settings(max_examples=25, deadline=None)
@given(
    r=st.integers(0, 60),
    rate=st.floats(0.005, 0.9),
    sd=st.floats(0.0, 1.2),
    false_alarm=st.sampled_from([0.05, 0.01, 0.0025]),
)
def test_same_as_the_slow_sum(r: int, rate: float, sd: float, false_alarm: float) -> None:
    assert signal_cut(r, rate, sd, false_alarm) == slow_cut(r, rate, sd, false_alarm)


@pytest.mark.parametrize(("r", "rate", "sd"), [(36, 0.13, 0.43), (60, 0.02, 0.43), (200, 0.5, 1.0), (800, 0.1, 0.43)])
def test_tail_agrees_with_adaptive_quadrature(r: int, rate: float, sd: float) -> None:
    """To 1e-9, also for large r and spread, where the integrand is a steep step."""
    risk, _ = logit_normal(rate, sd)
    mu = np.log(risk / (1 - risk)).mean()
    tail = null_tail(r, rate, sd)
    for k in (1, int(r * rate), int(r * rate * 1.7)):
        integral, _ = integrate.quad(
            lambda z, k=k: stats.norm.pdf(z) * stats.binom.sf(k - 1, r, 1 / (1 + np.exp(-mu - sd * z))),
            -9, 9, epsabs=1e-12, epsrel=1e-12, limit=500,
        )  # fmt: skip
        assert tail[k] == pytest.approx(integral, abs=1e-9)


@pytest.mark.parametrize("rate", [0.01, 0.13, 0.5, 0.97])
def test_the_mean_risk_is_the_published_rate(rate: float) -> None:
    p, weight = logit_normal(rate, 0.8)
    assert p @ weight == pytest.approx(rate, rel=1e-9)
    assert weight.sum() == pytest.approx(1)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("false_alarm", [0.01, 0.0025])
@pytest.mark.parametrize("sizes", [(15, 24), (25, 34), (35, 44), (45, 55)], ids=str)
def test_realised_false_alarms_are_calibrated(base: float, false_alarm: float, sizes: tuple[int, int]) -> None:
    """500,000 simulated ordinary classes per size band: at most the nominal share (and chance), over its quarter."""
    rng = np.random.default_rng(11)
    r = rng.integers(sizes[0], sizes[1] + 1, 500_000)
    logits = np.log(base / (1 - base)) + SD * rng.standard_normal(r.size)
    for _ in range(4):  # Newton's steps towards a mean risk of `base`
        p = 1 / (1 + np.exp(-logits))
        logits += (base - p.mean()) / (p * (1 - p)).mean()
    alarms = rng.binomial(r, 1 / (1 + np.exp(-logits))) >= signal_cut(r, base, SD, false_alarm)
    chance = 3 * np.sqrt(false_alarm / r.size)
    assert false_alarm / 4 < alarms.mean() <= false_alarm + chance


def test_a_beta_null_of_the_same_moments_alarms_too_often_somewhere() -> None:
    """Why the null is logit-normal: the beta's upper tail is thinner, so its cut lets more than 1 % of classes in."""
    realised = []
    for base in BASES:
        prior = reference_prior(base, SD)
        for r in range(11, 56):
            tail = stats.betabinom.sf(np.arange(-1, r + 1), r, prior.a, prior.b)
            realised.append(null_tail(r, base, SD)[np.argmax(tail <= 0.01)])
    assert max(realised) > 0.01
    assert max(null_tail(r, base, SD)[signal_cut(r, base, SD, 0.01)] for base in BASES for r in range(11, 56)) <= 0.01


@pytest.mark.parametrize("r", [15, 36, 52])
@pytest.mark.parametrize("base", BASES)
def test_posterior_exceedance_is_a_cut_on_the_count(r: int, base: float) -> None:
    """Exceedance strictly rises with the count, so some threshold on it raises exactly the classes the cut raises."""
    counts = np.arange(r + 1)
    prior = reference_prior(base, SD)
    chance = exceedance(posterior(counts, r, prior), 2 * base)
    assert np.all(np.diff(chance[chance < 1 - 1e-12]) > 0)
    cut = int(signal_cut(r, base, SD, 0.01))
    assert ((chance >= chance[cut]) == (counts >= cut)).all()


def test_more_spread_more_answers_a_higher_rate_and_fewer_alarms_never_lower_the_cut() -> None:
    r, rate = np.arange(5, 60)[:, None], np.arange(0.01, 0.4, 0.01)
    cut = signal_cut(r, rate, SD, 0.01)
    assert np.all(np.diff(cut, axis=0) >= 0)
    assert np.all(np.diff(cut, axis=1) >= 0)
    assert np.all(signal_cut(r, rate, 0.8, 0.01) >= cut)
    assert np.all(signal_cut(r, rate, SD, 0.0025) >= cut)


def test_stated_results_at_the_edges() -> None:
    """No answers, a rate of 0 or 1, no count that would do: 1, 1, r + 1, r + 1."""
    assert signal_cut([0, 30, 30, 2], [0.1, 0.0, 1.0, 0.5], SD, 0.01).tolist() == [1, 1, 31, 3]
    assert signal_cut([], [], SD, 0.01).shape == (0,)


def test_without_spread_the_null_is_binomial() -> None:
    k = np.arange(37)
    assert_allclose(null_tail(36, 0.13, 0.0)[:-1], stats.binom.sf(k - 1, 36, 0.13), atol=1e-12)


def test_shapes_broadcast_and_equal_pairs_are_worked_out_once() -> None:
    cuts._cut.cache_clear()
    found = signal_cut(np.tile([[20], [30]], (500, 1)), np.array([0.05, 0.08, 0.13]), SD, 0.01)
    assert found.shape == (1000, 3)
    assert cuts._cut.cache_info().misses == 6
    assert np.array_equal(found[:2], found[-2:])


@pytest.mark.parametrize(
    ("r", "rate", "sd", "false_alarm"),
    [(-1, 0.1, SD, 0.01), (3.5, 0.1, SD, 0.01), (30, float("nan"), SD, 0.01), (30, 1.2, SD, 0.01),
     (30, 0.1, -1, 0.01), (30, 0.1, SD, 0), (30, 0.1, SD, 1), (float("nan"), 0.1, SD, 0.01)],
)  # fmt: skip
def test_what_is_no_null_is_refused(r, rate, sd, false_alarm) -> None:
    with pytest.raises(ValueError, match="must"):
        signal_cut(r, rate, sd, false_alarm)
