"""Two gaps, read off released windows: many see and few tell; students say more than their school reported."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

MORE, USUAL, CANNOT_SAY = "more", "usual", "cannot_say"
CLEARLY, PERHAPS, NO, NOT_KNOWN = "clearly", "perhaps", "no", "not_known"

Floats = NDArray[np.float64]


def usual_eyes(witness_rate: ArrayLike, victim_rate: ArrayLike) -> Floats:
    """How many victims' worth of events a student usually gets to see, K, from the city's two rates (0–1).

    Whoever sees nothing saw none of K independent chances: 1 − w = (1 − v)^K, hence K = log(1 − w) / log(1 − v).
    NaN where a rate is missing, 0 or 1.
    """
    seen, told = np.asarray(witness_rate, dtype=float), np.asarray(victim_rate, dtype=float)
    usable = (seen > 0) & (seen < 1) & (told > 0) & (told < 1)
    seen, told = np.where(usable, seen, np.nan), np.where(usable, told, np.nan)
    return np.asarray(np.log1p(-seen) / np.log1p(-told))


def witness_gap(
    witness: ArrayLike, victims: ArrayLike, r: ArrayLike, eyes: ArrayLike, sd: float, z: float
) -> NDArray[np.str_]:
    """ "more", "usual" or "cannot_say" per school: do more see it than is usual where so many say they are victims?

    witness, victims: (schools, 2) ends of released windows, in students; r: answers, rounded for release; eyes: K of
    the school's mix of bands; sd: spread of ordinary schools on the logit scale; z: limit in standard deviations.
    Expected among witnesses are 1 − (1 − v)^K. Shares stand on the arcsine scale (models.compare), so the difference of
    witness share and expectation has the variances of both counts, the victims' through the slope, and the schools'.
    "more": beyond the limit wherever in the two windows the counts lie; "usual": nowhere beyond it.
    """
    seen, told = np.asarray(witness, dtype=float), np.asarray(victims, dtype=float)
    size, k = np.asarray(r, dtype=float), np.asarray(eyes, dtype=float)
    known = np.isfinite(seen).all(axis=1) & np.isfinite(told).all(axis=1) & np.isfinite(k) & (size > 0)
    seen, told = np.where(known[:, None], seen, 0.0), np.where(known[:, None], told, 0.0)
    size, k = np.where(known, size, 1.0), np.where(known, k, 1.0)
    surely = excess(seen[:, 0], told[:, 1], size, k, sd) > z
    perhaps = excess(seen[:, 1], told[:, 0], size, k, sd) > z
    return np.select([known & surely, known & ~perhaps], [MORE, USUAL], CANNOT_SAY)


def excess(witness: Floats, victims: Floats, r: Floats, eyes: Floats, sd: float) -> Floats:
    """(schools,): witnesses beyond what so many victims let expect, in standard deviations."""
    share = np.minimum((victims + 0.375) / (r + 0.75), 0.999)
    expected = 1 - (1 - share) ** eyes
    slope = eyes * (1 - share) ** (eyes - 1) * np.sqrt(share * (1 - share)) / np.sqrt(expected * (1 - expected))
    seen = np.arcsin(np.sqrt(np.minimum((witness + 0.375) / (r + 0.75), 1.0)))
    variance = (1 + slope**2) / (4 * r) + sd**2 * expected * (1 - expected) / 4
    return np.asarray((seen - np.arcsin(np.sqrt(expected))) / np.sqrt(variance))


def reported_gap(
    lo: ArrayLike, hi: ArrayLike, r: ArrayLike, incidents: ArrayLike, false_yes: float, chance: float, per_incident: int
) -> NDArray[np.str_]:
    """ "clearly", "perhaps", "no" or "not_known" per school: do students say more than the school reported?

    lo, hi: released window of students bullied every week; r: answers, rounded; incidents: what the school reported in
    the term (all NaN where unknown). What false yeses reach in one of `1/chance` schools, and `per_incident` students
    for each report, are taken off first: the gap is clear if the window's lower end still exceeds that, and possible if
    its upper end does.
    """
    least, most, size, reports = np.broadcast_arrays(
        *(np.asarray(value, dtype=float) for value in (lo, hi, r, incidents))
    )
    known = np.isfinite(least) & np.isfinite(most) & np.isfinite(size) & np.isfinite(reports)
    noise = stats.binom.isf(chance, np.where(known, size, 0), false_yes)
    explained = noise + per_incident * np.where(known, reports, 0)
    return np.select([~known, least > explained, most > explained], [NOT_KNOWN, CLEARLY, PERHAPS], NO)
