"""What the literature tells careless hands by: five indices of Meade and Craig (2012), higher for less care.

answers: (sheets, items) without gaps, as `longstring`, `irv`, `evenodd` and `mahad` of R's careless take them; the
references that ours is held against, and no part of the product.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.quality import Floats


def longstring(answers: Floats) -> Floats:
    """(sheets,): most equal answers in a row; -1 says nothing and neither ends nor lengthens a row."""
    run, best, last = np.zeros(len(answers)), np.zeros(len(answers)), np.full(len(answers), -9.0)
    for column in answers.T:
        asked = column >= 0
        run = np.where(asked, np.where(column == last, run + 1, 1), run)
        last, best = np.where(asked, column, last), np.maximum(best, run)
    return best


def spread_within(answers: Floats, scales: Sequence[slice]) -> Floats:
    """(sheets,): standard deviation of a person's answers, added over scales (Dunn et al. 2018, by scale as in ISD)."""
    return np.asarray(sum(answers[:, scale].std(axis=1, ddof=1) for scale in scales))


def even_odd(answers: Floats, scales: Sequence[slice]) -> Floats:
    """(sheets,): one minus the correlation, over scales, of the means of even and of odd items (Johnson 2005).

    Stepped up to full length by Spearman and Brown, never below -1; 0 (no care seen missing) where either half
    is the same in every scale.
    """
    halves = [[answers[:, scale][:, start::2].mean(axis=1) for scale in scales] for start in (0, 1)]
    found = _correlation(*(np.column_stack(half) for half in halves))
    return np.asarray(1 - np.nan_to_num(np.maximum(2 * found / (1 + np.abs(found)), -1.0), nan=1.0))


def mahalanobis(answers: Floats) -> Floats:
    """(sheets,): distance from the mean sheet in the metric of all sheets' covariance (Mahalanobis 1936)."""
    apart = answers - answers.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(answers, rowvar=False))
    return np.asarray(np.sqrt(np.einsum("si,ij,sj->s", apart, inverse, apart)))


def person_total(answers: Floats) -> Floats:
    """(sheets,): one minus the correlation of a person's answers with the others' means (Donlon and Fischer 1968).

    1 for a sheet of one answer throughout, which correlates with nothing.
    """
    others = (answers.sum(axis=0) - answers) / (len(answers) - 1)
    return np.asarray(1 - np.nan_to_num(_correlation(answers, others), nan=0.0))


def _correlation(one: Floats, other: Floats) -> Floats:
    """(sheets,): correlation along each row; NaN where a row doesn't vary."""
    a, b = (part - part.mean(axis=1, keepdims=True) for part in (one, other))
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    flat = size < 1e-12
    return np.where(flat, np.nan, (a * b).sum(axis=1) / np.where(flat, 1.0, size))
