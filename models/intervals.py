"""Intervals for a share of yes answers. Counts in, shares (0–1) out; arrays broadcast, nothing here reads or writes.

Stated results at the edges: n = 0 says nothing, so the interval is [0, 1]; where the whole population answered
(population == n) nothing is left to infer, so the interval is the share itself; otherwise yes = 0 has the lower end
exactly 0, and yes = n the upper end exactly 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]


def wilson(yes: ArrayLike, n: ArrayLike, level: float = 0.95, population: ArrayLike | None = None) -> Bounds:
    """Score interval (Wilson 1927), one (lo, hi) per element; shapes broadcast.

    With `population` (persons, ≥ n) the variance carries the finite-population factor f = (N − n)/(N − 1) of sampling
    without replacement, so z² becomes z²·f in the closed form (Cochran 1977, §2.6, put into Wilson's quadratic).
    Raises ValueError for counts that cannot be.
    """
    yes, n = _counts(yes, n)
    z2 = _z(level) ** 2 * _finite_factor(n, population)
    size = np.maximum(n, 1.0)
    share = yes / size
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = np.sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size**2))) / (1 + z2 / size)
    return _edges(centre - half, centre + half, yes, n)


def jeffreys(yes: ArrayLike, n: ArrayLike, level: float = 0.95) -> Bounds:
    """Equal-tailed interval of Beta(yes + ½, n − yes + ½), with the ends 0 and 1 at yes = 0 and yes = n.

    Source: Brown, Cai and DasGupta 2001, §3.1.2 and §4.1.1. Raises ValueError for counts that cannot be.
    """
    yes, n = _counts(yes, n)
    tail = (1 - level) / 2
    lo = special.betaincinv(yes + 0.5, n - yes + 0.5, tail)
    hi = special.betaincinv(yes + 0.5, n - yes + 0.5, 1 - tail)
    return _edges(lo, hi, yes, n)


def clopper_pearson(yes: ArrayLike, n: ArrayLike, level: float = 0.95) -> Bounds:
    """Exact interval from the binomial tails (Clopper and Pearson 1934); covers at least `level`, usually more.

    Raises ValueError for counts that cannot be.
    """
    yes, n = _counts(yes, n)
    tail = (1 - level) / 2
    # The beta form is undefined at one end for yes = 0 and at the other for yes = n: `_edges` states them.
    lo = special.betaincinv(yes, n - yes + 1, tail)
    hi = special.betaincinv(yes + 1, n - yes, 1 - tail)
    return _edges(lo, hi, yes, n)


def census_interval(yes: ArrayLike, n: ArrayLike, population: ArrayLike, level: float = 0.95) -> Bounds:
    """What the whole population would have said, when few of it are missing: never outside what is possible.

    The likeliest numbers of yes among those missing, under a beta-binomial chance (Jeffreys' prior, mean absence at
    random; Berger, Bernardo and Sun 2012), until they hold `level`; the last one counts by half of its chance, so the
    interval covers `level` on average where a score interval, half of it below what was counted, does less.
    Raises ValueError for counts that cannot be.
    """
    yes, n = _counts(yes, n)
    yes, n, people = np.broadcast_arrays(yes, n, _population(n, population))
    chances = missing_chances(yes, n, people - n)
    order = np.argsort(-chances, axis=0, kind="stable")
    ranked = np.take_along_axis(chances, order, axis=0)
    before = np.cumsum(ranked, axis=0) - ranked / 2
    held = (before <= level) & (ranked > 0)
    held[0] = True  # the likeliest number always belongs
    last = len(chances) - 1
    most = np.where(held, order, 0).max(axis=0)
    least = np.where(held, order, last).min(axis=0)
    size = np.maximum(people, 1.0)
    empty = n == 0
    return np.where(empty, 0.0, (yes + least) / size), np.where(empty, 1.0, (yes + most) / size)


def missing_chances(
    yes: NDArray[np.float64], n: NDArray[np.float64], missing: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(numbers, …): beta-binomial chance of 0, 1, 2 … yes among the missing; 0 beyond their number."""
    chances, of = np.zeros((int(missing.max(initial=0)) + 1, *yes.shape)), yes + 0.5
    against = n - yes + 0.5
    logs = special.betaln(of, against + missing) - special.betaln(of, against)
    chances[0] = np.exp(logs)
    for number in range(1, len(chances)):
        # Ratio of neighbouring beta-binomial chances.
        up = (missing - number + 1) * (of + number - 1)
        down = number * (against + missing - number)
        chances[number] = chances[number - 1] * np.where(
            missing >= number, up / np.where(missing >= number, down, 1), 0
        )
    return chances


def non_response_bounds(yes: ArrayLike, n: ArrayLike, population: ArrayLike) -> Bounds:
    """Ends of the population's share if everybody who is missing had said no, and if everybody had said yes.

    No assumption about who stayed away (Manski 1989). An empty population gives [0, 1].
    Raises ValueError for counts that cannot be.
    """
    yes, n = _counts(yes, n)
    population = _population(n, population)
    people = np.maximum(population, 1.0)
    empty = population == 0
    return np.where(empty, 0.0, yes / people), np.where(empty, 1.0, (yes + population - n) / people)


def _counts(yes: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    yes, n = np.broadcast_arrays(np.asarray(yes, dtype=float), np.asarray(n, dtype=float))
    if not np.all((yes >= 0) & (yes <= n) & np.isfinite(n)):
        raise ValueError("counts must satisfy 0 ≤ yes ≤ n")
    return yes, n


def _population(n: NDArray[np.float64], population: ArrayLike) -> NDArray[np.float64]:
    people = np.asarray(population, dtype=float)
    if not np.all(people >= n):
        raise ValueError("a population must be at least the number who answered")
    return people


def _finite_factor(n: NDArray[np.float64], population: ArrayLike | None) -> NDArray[np.float64]:
    if population is None:
        return np.ones_like(n)
    people = _population(n, population)
    return (people - n) / np.maximum(people - 1, 1)


def _z(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    return float(special.ndtri(0.5 + level / 2))


def _edges(
    lo: NDArray[np.float64], hi: NDArray[np.float64], yes: NDArray[np.float64], n: NDArray[np.float64]
) -> Bounds:
    """The stated ends at yes = 0 and yes = n, free of rounding error."""
    return np.where(yes == 0, 0.0, np.clip(lo, 0, 1)), np.where(yes == n, 1.0, np.clip(hi, 0, 1))
