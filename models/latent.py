"""Class risk as a deviation on a grid: two levels, several waves and several indicators without approximation.

A class's deviation d (logits from its band's centre) is a school's part + the class's own lasting part + this term's
part, each normal. An indicator's share in the class is expit(centre + slope · d): slope 1 for the one that carries the
sign, fitted for the others. Everything that was counted of a class in a wave becomes one row of evidence, the
likelihood at each deviation of GRID; convolutions with normal kernels then carry it between the parts. Evidence may
come from a count or from a window that the count lies in, so the same code serves full precision and what was released.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from models.cuts import logit_normal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# From a class without a single report to one where nearly all report; the step is a fifth of the smallest spread.
STEP = 0.1
GRID: Floats = np.round(np.arange(-3.0, 4.001, STEP), 10)
GRID.setflags(write=False)
TINY = 1e-300


@dataclass(frozen=True)
class Spread:
    """Standard deviations (logit) of the three parts of a class's deviation."""

    school: float = 0.25
    klass: float = 0.35
    term: float = 0.25

    @property
    def total(self) -> float:
        return float(np.sqrt(self.school**2 + self.klass**2 + self.term**2))

    def scaled(self, total: float) -> Spread:
        """The same proportions with another total."""
        factor = total / self.total
        return Spread(self.school * factor, self.klass * factor, self.term * factor)


def centre_of(rate: float, sd: float) -> float:
    """Logit at deviation 0 of a band whose mean share is `rate` when deviations have the spread `sd`."""
    nodes, _ = logit_normal(round(float(np.clip(rate, 1e-4, 1 - 1e-4)), 5), round(sd, 4))
    return float(special.logit(nodes[len(nodes) // 2]))  # the middle node stands at deviation 0


def count_evidence(yes: ArrayLike, r: ArrayLike, centre: ArrayLike, slope: float = 1.0) -> Floats:
    """(…, classes, grid): log-likelihood of the counts (…, classes) at each deviation, up to a constant per class."""
    # Classes share few centres, so logarithms are taken once for each.
    few, row = np.unique(np.asarray(centre, dtype=float), return_inverse=True)
    share = _share(few, slope)
    count, asked = (np.asarray(part, dtype=float)[..., None] for part in (yes, r))
    return np.asarray(count * special.logit(share)[row] + asked * np.log1p(-share)[row])


def window_evidence(low: ArrayLike, high: ArrayLike, r: ArrayLike, centre: ArrayLike, slope: float = 1.0) -> Floats:
    """(classes, grid): log-chance that the count lies in low … high (inclusive) at each deviation."""
    # Many classes share a window, a size and a centre; each such row is worked out once.
    columns = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (low, high, r, centre)))
    few, row = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    below, top, asked, middle = few.T[:, :, None]
    share = special.expit(middle + slope * GRID)
    inside = _at_most(top, asked, share) - _at_most(below - 1, asked, share)
    return np.asarray(np.log(np.maximum(inside, TINY))[row.ravel()])


def _at_most(count: Floats, asked: Floats, share: Floats) -> Floats:
    """Chance of at most so many yes answers (incomplete beta function); arguments broadcast."""
    some = special.betainc(np.maximum(asked - count, 0.5), np.maximum(count, 0) + 1, 1 - share)
    return np.asarray(np.where(count < 0, 0.0, np.where(count >= asked, 1.0, some)))


def _share(centre: ArrayLike, slope: float) -> Floats:
    return np.asarray(special.expit(np.asarray(centre, dtype=float)[:, None] + slope * GRID))


def scale(log_evidence: Floats) -> Floats:
    """Evidence as likelihood, 1 at its best deviation."""
    return np.asarray(np.exp(log_evidence - log_evidence.max(axis=-1, keepdims=True)))


def weights(sd: float) -> Floats:
    """(grid,): chance of each deviation under N(0, sd)."""
    density = np.exp(-(GRID**2) / (2 * sd**2))
    return density / density.sum()


@lru_cache(maxsize=64)
def kernel(sd: float) -> Floats:
    """(grid, grid): row i holds the chances of each deviation under N(GRID[i], sd)."""
    density = np.exp(-((GRID[:, None] - GRID[None, :]) ** 2) / (2 * sd**2))
    table: Floats = density / density.sum(axis=1, keepdims=True)
    table.setflags(write=False)
    return table


def lasting_evidence(evidence: Floats, spread: Spread) -> Floats:
    """(classes, grid): likelihood of one wave as a function of what lasts, this term's part averaged over."""
    return evidence @ kernel(spread.term).T


def lasting_chances(history: Floats, school: Ints, spread: Spread) -> Floats:
    """(classes, grid): chances of each class's lasting deviation.

    history: product of the class's earlier `lasting_evidence` (ones where nothing is known); school: (classes,) index.
    The other classes of the school tell of the school's part, the class's own history of the rest (two-level
    empirical Bayes with the class left out of its own school).
    """
    own = np.log(np.maximum(history @ kernel(spread.klass).T, TINY))
    together = np.zeros((int(school.max(initial=-1)) + 1, len(GRID)))
    np.add.at(together, school, own)
    others = together[school] - own
    of_school = np.exp(others - others.max(axis=1, keepdims=True)) * weights(spread.school)
    chances = (of_school / of_school.sum(axis=1, keepdims=True)) @ kernel(spread.klass) * history
    return np.asarray(chances / np.maximum(chances.sum(axis=1, keepdims=True), TINY))
