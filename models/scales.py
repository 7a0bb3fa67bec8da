"""Does a scale measure one thing, in every group alike? Reliability and item bias from counted answer patterns.

answers: (patterns, items) of complete answers, all items turned one way; weight: (patterns,) how many students gave
each. Every figure is a function of these, so no row per student is needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEGLIGIBLE, MODERATE, LARGE, NOT_KNOWN = "negligible", "moderate", "large", "not_known"
# Uniqueness of the factor needs three items; the iteration has settled long before.
LEAST_ITEMS, ROUNDS = 3, 500


def covariance(answers: Floats, weight: Floats) -> Floats:
    """(items, items): sample covariance of the students' answers; NaN for fewer than two students."""
    total = weight.sum()
    if total < 2:
        return np.full((answers.shape[1],) * 2, np.nan)
    apart = answers - weight @ answers / total
    return np.asarray((apart * weight[:, None]).T @ apart / (total - 1))


def alpha(cov: Floats) -> float:
    """Cronbach's (1951) alpha: k/(k − 1) · (1 − sum of item variances / variance of the sum). NaN if nothing varies."""
    items, total = len(cov), cov.sum()
    return float(items / (items - 1) * (1 - np.trace(cov) / total)) if items > 1 and total > 0 else float("nan")


def omega(cov: Floats) -> float:
    """McDonald's (1999) omega total of one factor, (Σλ)² / ((Σλ)² + Σψ), loadings by iterated principal axes.

    NaN for fewer than three items or where nothing varies. Needs items turned one way.
    """
    if len(cov) < LEAST_ITEMS or not np.all(np.diag(cov) > 0):
        return float("nan")
    shared = np.diag(cov) * 0.5
    loading = np.zeros(len(cov))
    for _ in range(ROUNDS):
        reduced = cov - np.diag(np.diag(cov) - shared)
        values, vectors = np.linalg.eigh(reduced)
        loading = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        shared = np.minimum(loading**2, np.diag(cov))  # a unique variance is never negative (Heywood)
    one = loading.sum() ** 2
    return float(one / (one + (np.diag(cov) - shared).sum()))


def item_total(cov: Floats) -> Floats:
    """(items,): correlation of each item with the sum of the others; NaN where either doesn't vary."""
    own = np.diag(cov)
    rest = cov.sum() - 2 * cov.sum(axis=1) + own
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (cov.sum(axis=1) - own) / np.sqrt(own * rest)
    return np.asarray(np.where((own > 0) & (rest > 0), found, np.nan))


def item_bias(answers: Floats, weight: Floats, focal: NDArray[np.bool_], item: int) -> float:
    """How much higher a group answers an item than the others at the same sum of the other items, in sd of the item.

    Standardised mean difference of ordinal items (Dorans & Schmitt 1993): differences of the two groups' means, level
    by level of the rest score, weighed by the focal group. focal: (patterns,). NaN where the groups share no level or
    the item doesn't vary.
    """
    rest = answers.sum(axis=1) - answers[:, item]
    levels, at = np.unique(rest, return_inverse=True)
    sums = [np.bincount(at, weight * part, len(levels)) for part in (focal, ~focal)]
    means = [np.bincount(at, weight * part * answers[:, item], len(levels)) for part in (focal, ~focal)]
    both = (sums[0] > 0) & (sums[1] > 0)
    spread = covariance(answers[:, [item]], weight)[0, 0]
    if not both.any() or not spread > 0:
        return float("nan")
    apart = means[0][both] / sums[0][both] - means[1][both] / sums[1][both]
    return float(np.average(apart, weights=sums[0][both]) / np.sqrt(spread))


def bias_code(value: float, moderate: float, large: float) -> str:
    """In words; limits in sd of the item (Zwick, Thayer & Mazzeo 1997: .17 and .25)."""
    if not np.isfinite(value):
        return NOT_KNOWN
    size = abs(value)
    return LARGE if size > large else MODERATE if size > moderate else NEGLIGIBLE
