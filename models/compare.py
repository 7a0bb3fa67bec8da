"""Can a school be told apart from its like? A funnel with limits, never a rank.

Expected is what the school's make-up would give in an ordinary school of the city (indirect standardisation): its
grades at the city's rates, moved by boarding, sex mix, a rural place and size, never by what a school controls.
Schools differ beyond counting; how far is estimated from them all (additive over-dispersion, Spiegelhalter 2005).
Everything is read from windows [low, high]; an exact count is a window of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HIGHER, CANNOT_TELL, LOWER = "higher", "cannot_tell", "lower"
LIMITS = {"95": 1.96, "998": 3.09}
# Squares of standard normal deviations, cut off here, have the mean CUT_MEAN: a few odd schools can't widen the funnel.
CUT = 1.2816
CUT_MEAN = 0.6787
# The spread that other cities show stands in for so many schools of one's own.
USUAL_WEIGHT = 10.0
MAX_SPREAD = 1.5
# How far a city's effects of make-up lie from the published ones (as in models.casemix), and how much more schools
# vary than answers given at random.
PRIOR_SD, DISPERSION, STEPS = 0.15, 4.0, 25
REWEIGHTED = 4
WORST_SHARE = 0.10


@dataclass(frozen=True)
class Schools:
    """One indicator in one wave, one row per school.

    low, high: window of the count (students, inclusive; NaN where nothing is known); r: answers; expected: share (0–1)
    that its grades give at the city's rates; mix: (schools, features), make-up; usual: (features,), published effects
    in logits per unit.
    """

    low: Floats
    high: Floats
    r: Floats
    expected: Floats
    mix: Floats
    usual: Floats


@dataclass(frozen=True)
class Funnel:
    """expected: (schools,) standardised share; worst: (schools,) chance of the worst tenth, NaN where it can't be said.

    spread: sd(logit) between schools beyond counting; schools: how many were known.
    """

    expected: Floats
    spread: float
    worst: Floats
    schools: int


def build_funnel(found: Schools, usual_spread: float, high_is_worse: bool = True) -> Funnel:
    """The funnel of all schools together. One school, all zero or all one: the usual spread, and expected shares that
    stay inside 0–1; nothing is then told apart that counting alone can't tell.
    """
    expected = standardise(found, usual_spread)
    spread = estimate_spread(found, expected, usual_spread)
    return Funnel(expected, spread, worst_chance(found, expected, spread, high_is_worse), int(is_known(found).sum()))


def is_known(found: Schools) -> Flags:
    """(schools,): has a window, answers and an expected share."""
    return np.asarray(np.isfinite(found.low) & np.isfinite(found.high) & np.isfinite(found.expected) & (found.r > 0))


def standardise(found: Schools, usual_spread: float) -> Floats:
    """(schools,): expected share after the make-up. A level for the city and an effect for each feature are fitted to
    the counts, drawn to the published effects (penalised quasi-likelihood, McCullagh and Nelder 1989, ch. 9); schools
    that stand out weigh less.

    A feature that is the same everywhere moves nothing. NaN stays NaN.
    """
    known = is_known(found)
    if not known.any():
        return found.expected
    r, middle = found.r[known], (found.low + found.high)[known] / 2
    mean = np.average(found.mix[known], axis=0, weights=r)
    design = np.column_stack([np.ones(len(found.r)), found.mix - mean])
    offset = special.logit(np.clip(found.expected, 1e-4, 1 - 1e-4))
    weight, expected = np.ones(len(r)), found.expected
    for _ in range(REWEIGHTED):
        effect = _effects(np.minimum(middle, r) * weight, r * weight, design[known], offset[known], found.usual)
        expected = np.where(known, special.expit(offset + design @ effect), found.expected)
        weight = _ordinary(found, expected, usual_spread)[known]
    return np.asarray(expected)


def _ordinary(found: Schools, expected: Floats, spread: float) -> Floats:
    """(schools,): weight of each in the fit, 1 for an ordinary one; the odder, the less (Huber 1964)."""
    apart, noise, per_logit = _deviations(found, expected)
    return np.asarray(
        np.minimum(1.0, CUT / np.maximum(np.abs(apart) / np.sqrt(noise + (spread * per_logit) ** 2), CUT))
    )


def _effects(yes: Floats, r: Floats, design: Floats, offset: Floats, usual: Floats) -> Floats:
    """(1 + features,): city's level and effects; a normal prior of sd 1 on the level keeps all zero finite."""
    origin = np.r_[0.0, usual]
    penalty = np.r_[1.0, np.full(len(usual), 1 / PRIOR_SD**2)]
    effect = origin.copy()
    for _ in range(STEPS):
        share = special.expit(offset + design @ effect)
        slope = design.T @ (yes - r * share) / DISPERSION - penalty * (effect - origin)
        curve = (design * (r * share * (1 - share) / DISPERSION)[:, None]).T @ design + np.diag(penalty)
        effect = effect + np.clip(np.linalg.solve(curve, slope), -1, 1)
    return np.asarray(effect)


def estimate_spread(found: Schools, expected: Floats, usual: float) -> float:
    """sd(logit) between ordinary schools beyond counting: what makes their standardised deviations standard.

    Additive over-dispersion by Paule and Mandel's (1982) equation with cut-off squares, Σ min(z², c²) = n·E; n loses
    the fitted effects. Drawn to `usual` by USUAL_WEIGHT schools; a single school keeps `usual`.
    """
    rows = is_known(found)
    degrees = rows.sum() - 1 - int(np.any(found.mix[rows] != found.mix[rows][:1], axis=0).sum()) if rows.any() else 0
    if degrees < 1:
        return usual
    apart, noise, per_logit = _deviations(found, expected)
    apart, noise, per_logit = apart[rows], noise[rows], per_logit[rows]

    def surplus(variance: float) -> float:
        z = apart / np.sqrt(noise + variance * per_logit**2)
        return float(np.minimum(z**2, CUT**2).sum() - degrees * CUT_MEAN)

    own = _root(surplus, MAX_SPREAD**2)
    return float(np.sqrt((degrees * own + USUAL_WEIGHT * usual**2) / (degrees + USUAL_WEIGHT)))


def worst_chance(found: Schools, expected: Floats, spread: float, high_is_worse: bool) -> Floats:
    """(schools,): chance that a school's true deviation lies in the worst tenth of all schools'.

    Each deviation has a normal posterior (Spiegelhalter 2005, §5); the limit is where the chances add up to a tenth of
    the schools. NaN where nothing is known, and for fewer than ten schools, which have no tenth.
    """
    chance, rows = np.full(len(found.r), np.nan), is_known(found)
    if rows.sum() < 1 / WORST_SHARE or spread == 0:
        return chance
    apart, noise, per_logit = (part[rows] for part in _deviations(found, expected))
    kept = spread**2 / (spread**2 + noise / per_logit**2)
    mean, sd = (1 if high_is_worse else -1) * kept * apart / per_logit, spread * np.sqrt(1 - kept)

    def surplus(limit: float) -> float:
        return float(special.ndtr((mean - limit) / sd).mean() - WORST_SHARE)

    reach = float(np.abs(mean).max() + 6 * sd.max())
    limit = _root(lambda raised: surplus(raised - reach), 2 * reach) - reach
    chance[rows] = special.ndtr((mean - limit) / sd)
    return chance


def _deviations(found: Schools, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """On the arcsine scale: distance of the window's middle, its variance (counting and width), slope per logit."""
    share = np.clip(expected, 1e-4, 1 - 1e-4)
    r = np.maximum(np.where(np.isfinite(found.r), found.r, 1.0), 1.0)
    apart = _arcsine((found.low + found.high) / 2, r) - np.arcsin(np.sqrt(share))
    # A count anywhere in a window of w has the variance (w² − 1)/12; a count moves the angle by 1/(2r√(p(1 − p))).
    width = ((found.high - found.low + 1) ** 2 - 1) / 12 / (4 * r**2 * share * (1 - share))
    return apart, 1 / (4 * r) + width, np.sqrt(share * (1 - share)) / 2


def _root(falling: Callable[[float], float], high: float) -> float:
    """Where a falling function of 0 … high crosses 0; the nearer end where it doesn't."""
    low, top = 0.0, high
    for _ in range(60):
        middle = (low + top) / 2
        low, top = (middle, top) if falling(middle) > 0 else (low, middle)
    return (low + top) / 2


def funnel_limits(r: ArrayLike, expected: ArrayLike, spread: float, z: float) -> tuple[Floats, Floats]:
    """(lower, upper) share beyond which a school of r answers is told apart, at z standard deviations."""
    size, share = np.broadcast_arrays(np.maximum(np.asarray(r, float), 1), np.asarray(expected, float))
    centre = np.arcsin(np.sqrt(np.clip(share, 0, 1)))
    limit = z * np.sqrt(1 / (4 * size) + spread**2 * share * (1 - share) / 4)
    low, high = np.maximum(centre - limit, 0.0), np.minimum(centre + limit, np.pi / 2)
    lower, upper = (np.clip((np.sin(end) ** 2 * (size + 0.75) - 0.375) / size, 0, 1) for end in (low, high))
    return lower, upper


def compare_window(
    lo: ArrayLike, hi: ArrayLike, r: ArrayLike, expected_rate: ArrayLike, sd_logit: float, z: float
) -> NDArray[np.str_]:
    """ "higher", "cannot_tell" or "lower" per unit: the whole released window must lie beyond the funnel's limit.

    lo, hi: ends of the window (students, inclusive); r: opened answers, possibly rounded for release;
    expected_rate: share of like units (0–1); sd_logit: spread of ordinary units on the logit scale; z: limit in
    standard deviations (3.09 for 99.8 %). All broadcast. A window that is missing (NaN), r of 0 or a missing
    expected rate cannot be told apart. Raises ValueError if a window has lo > hi or a rate lies outside 0–1.

    Funnel limits with additive over-dispersion (Spiegelhalter 2005, §4.3) on the arcsine scale he proposes for
    proportions: variance 1/(4r) from counting plus τ² between units, τ = sd_logit·√(p(1 − p))/2 (delta method).
    Anscombe's (1948) version of the transform keeps small shares honest: with r from 30 to 2,000, shares from .03 to
    .8 and sd_logit .25, ordinary units lie outside 99.8 % limits in at most .5 % of cases; limits on the plain share
    let up to 1.5 % out.
    """
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (lo, hi, r, expected_rate)))
    lo_, hi_, r_, rate = arrays
    _check_windows(lo_, hi_, rate)
    known = np.isfinite(lo_) & np.isfinite(hi_) & np.isfinite(rate) & (r_ > 0)
    lo_, hi_, r_, rate = (np.where(known, value, 1.0) for value in (lo_, hi_, r_, rate))
    limit = z * np.sqrt(1 / (4 * r_) + sd_logit**2 * rate * (1 - rate) / 4)
    centre = np.arcsin(np.sqrt(rate))
    higher = known & (_arcsine(lo_, r_) - centre > limit)
    lower = known & (_arcsine(hi_, r_) - centre < -limit)
    return np.select([higher, lower], [HIGHER, LOWER], CANNOT_TELL)


def _arcsine(count: Floats, r: Floats) -> Floats:
    """Angle of a share, its variance about 1/(4r). A rounded r may fall below the count: such a share counts as 1."""
    return np.arcsin(np.sqrt(np.clip((count + 0.375) / (r + 0.75), 0.0, 1.0)))


def _check_windows(lo: Floats, hi: Floats, rate: Floats) -> None:
    if np.any((lo > hi) | (lo < 0)):
        raise ValueError("a window needs 0 ≤ lo ≤ hi")
    if np.any((rate < 0) | (rate > 1)):
        raise ValueError("expected_rate must lie between 0 and 1")
