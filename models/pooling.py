"""Empirical Bayes for class risks: a beta-binomial model of one band, one indicator, one wave.

The risk p of a class is Beta(a, b) among the band's classes, its yes answers Binomial(n, p). The prior is fitted to the
classes by maximum likelihood, so each class borrows what the others show about how risks differ; its posterior is again
a Beta. Mean = a/(a + b); concentration C = a + b; the share of variance that lies between classes is ICC = 1/(C + 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from models.cuts import logit_normal

Floats = NDArray[np.float64]

# Ends of the search. ICC 1e-4 is no difference between classes of any real size; at ICC .99 whole classes say yes or
# no (real ones have .03–.08). A fit that runs into an end stays there, finite.
MAX_CONCENTRATION = 1e4
MIN_CONCENTRATION = 0.01
LOOSE = float(np.log(10.0))  # a concentration that is seen between classes, on the scale of the search
# The search ends where the slope of the log-likelihood per class is FLAT; ROUNDING is what its sum cannot resolve.
FLAT, ROUNDING, MAX_STEPS = 1e-9, 1e-13, 100
NUDGE = 1e-5  # of a coordinate, to see how the slope changes


@dataclass(frozen=True)
class BetaPrior:
    """Beta distribution(s) of class risk; a and b are numbers, or arrays of one shape. A posterior is one as well."""

    a: Floats | float
    b: Floats | float

    @property
    def mean(self) -> Floats | float:
        return self.a / (self.a + self.b)

    @property
    def concentration(self) -> Floats | float:
        return self.a + self.b


@dataclass(frozen=True)
class Lasting:
    """What earlier waves told of the part of each class's risk that lasts; arrays of one shape.

    shift: its distance from the band's mean, in the band's standard deviations (of the logit), so that it keeps its
    meaning in a wave or band where classes differ less; open: share of its variance not yet known (1: nothing is).
    """

    shift: Floats
    open: Floats


def fit_beta_binomial(yes: ArrayLike, n: ArrayLike) -> BetaPrior:
    """Maximum likelihood (a, b) from counts of shape (classes,); classes with n = 0 say nothing.

    Fewer than two classes with answers: nothing to pool, Jeffreys' Beta(½, ½). All zero or all one: the mean is half a
    yes (or no) among all answers, the concentration MAX_CONCENTRATION. No over-dispersion: the pooled mean with
    MAX_CONCENTRATION. Likelihood: Skellam 1948. Raises ValueError for counts that cannot be.
    """
    yes, n, times = _distinct_counts(yes, n)
    total, asked = float(yes @ times), float(n @ times)
    if times.sum() < 2:
        return BetaPrior(0.5, 0.5)
    if total in (0.0, asked):
        return _beta((total + 0.5) / (asked + 1), MAX_CONCENTRATION)
    start = np.array([special.logit(total / asked), np.log(_moment_concentration(yes, n, times))])
    low = np.array([start[0] - 3, np.log(MIN_CONCENTRATION)])
    high = np.array([start[0] + 3, np.log(MAX_CONCENTRATION)])
    counts = yes, n, times
    # Few classes can have two tops, one of them without over-dispersion: a second search begins far from there.
    found = [_lowest_point(point, low, high, counts) for point in (start, np.array([start[0], LOOSE]))]
    logit_mean, log_concentration = min(found, key=lambda point: _loss(point, *counts)[0])
    return _beta(float(special.expit(logit_mean)), float(np.exp(log_concentration)))


def reference_prior(rate: float, sd_logit: float) -> BetaPrior:
    """Beta with the mean and variance of a logit-normal risk of mean `rate` (0–1, exclusive) and spread `sd_logit`.

    Raises ValueError for a rate at or outside 0–1 or a negative spread.
    """
    if not (0 < rate < 1 and sd_logit >= 0):
        raise ValueError("a reference needs a rate between 0 and 1 and a spread ≥ 0")
    p, weight = logit_normal(rate, sd_logit)
    variance = float((p - rate) ** 2 @ weight)
    concentration = rate * (1 - rate) / variance - 1 if variance > 0 else MAX_CONCENTRATION
    return _beta(rate, min(concentration, MAX_CONCENTRATION))


def posterior(yes: ArrayLike, n: ArrayLike, prior: BetaPrior) -> BetaPrior:
    """Beta of each class's risk after its own answers; counts and prior broadcast. n = 0 gives the prior back.

    Raises ValueError for counts that cannot be.
    """
    yes, n = _counts(yes, n)
    return BetaPrior(prior.a + yes, prior.b + n - yes)


def start_wave(lasting: Lasting, band: BetaPrior, lasting_share: float) -> BetaPrior:
    """Prior of each class in a wave: the band's, moved and narrowed by what is known of the class's lasting part.

    lasting_share: share of the variance between classes that lasts from term to term (0–1), which is also the
    correlation of a class's true risk between two terms. Nothing known gives `band`; share 0 gives `band` too.
    """
    mean = special.expit(special.logit(band.mean) + lasting.shift * _logit_sd(band))
    return _beta(mean, (band.concentration + 1) / _open_in_wave(lasting, lasting_share) - 1)


def learn_lasting(
    lasting: Lasting, start: BetaPrior, risk: BetaPrior, band: BetaPrior, lasting_share: float
) -> Lasting:
    """What is known of each class's lasting part after a wave that took its risk from `start` to `risk`.

    The Kalman step of the model risk = band + lasting part + this term's part (West and Harrison 1997, ch. 4), in the
    two coordinates of a Beta: logit of the mean, and 1/(C + 1), the variance as a share of mean·(1 − mean).
    """
    wave_open = _open_in_wave(lasting, lasting_share)
    moved = (special.logit(risk.mean) - special.logit(start.mean)) / _logit_sd(band)
    closed = wave_open - (band.concentration + 1) / (risk.concentration + 1)
    return Lasting(
        lasting.shift + lasting_share * lasting.open / wave_open * moved,
        lasting.open - lasting_share * (lasting.open / wave_open) ** 2 * closed,
    )


def _open_in_wave(lasting: Lasting, lasting_share: float) -> Floats:
    """Share of the band's variance that is still open at the start of a wave: the lasting part's, and this term's."""
    return np.asarray(lasting_share * lasting.open + 1 - lasting_share)


def _logit_sd(band: BetaPrior) -> Floats:
    """Standard deviation of the risk's logit, by the delta method: √(1/((C + 1)·mean·(1 − mean)))."""
    return 1 / np.sqrt((band.concentration + 1) * band.mean * (1 - band.mean))


def interval(risk: BetaPrior, level: float = 0.95) -> tuple[Floats, Floats]:
    """Equal-tailed interval (lo, hi) of each risk, shares 0–1."""
    tail = (1 - level) / 2
    return quantile(risk, tail), quantile(risk, 1 - tail)


def quantile(risk: BetaPrior, share: ArrayLike) -> Floats:
    """Value that each risk stays below with probability `share`."""
    return np.asarray(special.betaincinv(risk.a, risk.b, share))


def exceedance(risk: BetaPrior, limit: ArrayLike) -> Floats:
    """P(p > limit) of each risk; 1 for a limit below 0, 0 for a limit from 1."""
    return np.asarray(special.betaincc(risk.a, risk.b, np.clip(limit, 0.0, 1.0)))


def _beta(mean: Floats | float, concentration: Floats | float) -> BetaPrior:
    return BetaPrior(mean * concentration, (1 - mean) * concentration)


def _counts(yes: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    yes, n = np.broadcast_arrays(np.asarray(yes, dtype=float), np.asarray(n, dtype=float))
    if not np.all((yes >= 0) & (yes <= n) & np.isfinite(n)):
        raise ValueError("counts must satisfy 0 ≤ yes ≤ n")
    return yes, n


def _distinct_counts(yes: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Distinct (yes, n) with n > 0, and how often each occurs: thousands of classes share a few hundred."""
    yes, n = _counts(yes, n)
    pairs, times = np.unique((n + 1j * yes)[n > 0], return_counts=True)
    return pairs.imag, pairs.real, times.astype(float)


def _moment_concentration(yes: Floats, n: Floats, times: Floats) -> float:
    """Start of the search: Pearson's χ² = Σ(1 + (n − 1)·ICC) in expectation (Williams 1982), solved for the ICC."""
    mean = (yes @ times) / (n @ times)
    pearson = ((yes - n * mean) ** 2 / (n * mean * (1 - mean))) @ times
    spare = (n - 1) @ times
    icc = (pearson - times.sum()) / spare if spare > 0 else 0.0
    return float(np.clip(1 / icc - 1 if icc > 0 else np.inf, 2 * MIN_CONCENTRATION, MAX_CONCENTRATION / 2))


def _lowest_point(point: Floats, low: Floats, high: Floats, counts: tuple[Floats, Floats, Floats]) -> Floats:
    """Where the loss is lowest between `low` and `high`: damped Newton steps from `point`.

    Two coordinates don't repay a general optimiser, whose threads cost more than the search; and along the
    concentration the loss is so flat that only the slope may end it.
    """
    loss, slope = _loss(point, *counts)
    for _ in range(MAX_STEPS):
        free = np.where(slope > 0, point > low, point < high)
        if np.abs(slope[free]).max(initial=0.0) < FLAT:
            break
        step = _newton_step(point, slope, free, counts)
        for damping in 0.5 ** np.arange(20):
            trial = np.clip(point - damping * step, low, high)
            trial_loss, trial_slope = _loss(trial, *counts)
            if trial_loss <= loss + ROUNDING:
                break
        else:
            return point  # nothing lower can be told from rounding
        point, loss, slope = trial, trial_loss, trial_slope
    return point


def _newton_step(
    point: Floats, slope: Floats, free: NDArray[np.bool_], counts: tuple[Floats, Floats, Floats]
) -> Floats:
    """Step to the lowest point of the parabola through `point`, at most 1 in each coordinate.

    Where the loss is no bowl, or only one coordinate is free, each coordinate steps by itself.
    """
    by_mean, by_concentration = ((_loss(point + nudge, *counts)[1] - slope) / NUDGE for nudge in NUDGE * np.eye(2))
    curve = np.array([by_mean[0], by_concentration[1]])
    across = (by_mean[1] + by_concentration[0]) / 2
    bowl = curve.prod() - across**2
    if free.all() and curve.min() > 0 and bowl > 0:
        step = (curve[::-1] * slope - across * slope[::-1]) / bowl
    else:
        step = np.where(free, slope / np.maximum(np.abs(curve), 1e-9), 0.0)
    # Shortened as a whole: cut to size in one coordinate alone, it might lead uphill.
    return step / max(1.0, np.abs(step).max())


def _loss(point: Floats, yes: Floats, n: Floats, times: Floats) -> tuple[float, Floats]:
    """Minus the log-likelihood per class at (logit mean, log concentration), and its gradient."""
    mean, concentration = special.expit(point[0]), np.exp(point[1])
    a, b = mean * concentration, (1 - mean) * concentration
    likelihood = special.betaln(yes + a, n - yes + b) - special.betaln(a, b)
    common = special.digamma(concentration) - special.digamma(n + concentration)
    by_a = special.digamma(yes + a) - special.digamma(a) + common
    by_b = special.digamma(n - yes + b) - special.digamma(b) + common
    slope = np.array([a * (1 - mean) * (times @ (by_a - by_b)), times @ (a * by_a + b * by_b)])
    return -float(times @ likelihood) / times.sum(), -slope / times.sum()
