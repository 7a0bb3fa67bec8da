"""Where and when a school has more than its share: lift of place × time cells against the city's pattern.

A school's mentions are spread over cells as its type's are in the whole city: day pupils by one pattern, boarders by
another. What stands out of that is a hotspot. Counts are gamma-Poisson (negative binomial): schools differ in their
patterns by more than chance, and by how much is estimated. A count may be known as a window [low, high] only; an exact
one is a window of one. Several waves of a school are pooled by adding up counts and expectations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A lift is shown from so many expected mentions; a cell is raised from so many counted ones.
LEAST_EXPECTED, LEAST_COUNT = 5.0, 5.0
DRAWN = 2.0
# Mentions of the whole city's pattern that stand beside a type's own, so a type of one school has something to be like.
BORROWED = 100.0
LEAST_RATE = 1e-5
ROUNDS, CLEANINGS = 25, 2
# 1/shape of the gamma between schools: never none, never more than counts of a dozen schools could tell from a hotspot.
DISPERSION = (0.01, 0.5)
ODD = 0.001  # tail under which a cell doesn't count as part of what is usual
SPARE = 40  # halvings that find the cut


@dataclass(frozen=True)
class Mentions:
    """One row per school and wave, one column per cell: place × time, flattened.

    low, high: window of the count; kind: (rows,) type of school; boarding: (rows,) share of boarders among those who
    answer (0–1); school: (rows,) whose rows are added up.
    """

    low: Floats
    high: Floats
    kind: Ints
    boarding: Floats
    school: Ints


@dataclass(frozen=True)
class Lifts:
    """(schools, cells): counted and expected mentions over all waves, chance of as many if nothing were special,
    which cells are raised. `dispersion`: 1/shape of the gamma between schools.
    """

    count: Floats
    expected: Floats
    tail: Floats
    raised: Flags
    dispersion: float

    @property
    def lift(self) -> Floats:
        """Count over expectation, drawn to 1 as by DRAWN mentions that lie where they are expected; NaN under
        LEAST_EXPECTED. Not drawn by the gamma of ordinary cells: a hotspot isn't one of them.
        """
        drawn = (DRAWN + self.count) / (DRAWN + self.expected)
        return np.asarray(np.where(self.expected >= LEAST_EXPECTED, drawn, np.nan))


def find_hotspots(mentions: Mentions, false_cells: float) -> Lifts:
    """Lifts of every school. false_cells: raised cells that an ordinary school has at most, on average.

    Cells that are odd somewhere are put back to what is usual there before the pattern is fitted again, so that a
    city's hotspots don't hide each other. One school, or none with mentions: nothing is raised, as there is no city
    to differ from.
    """
    usual = mentions
    for _ in range(CLEANINGS):
        expected = expect(usual, mentions)
        dispersion = estimate_dispersion(mentions, expected)
        odd = tail(_counted(mentions, expected), expected, dispersion) < ODD
        usual = replace(
            mentions, low=np.where(odd, expected, mentions.low), high=np.where(odd, expected, mentions.high)
        )
    expected = expect(usual, mentions)
    return read_lifts(mentions, expected, estimate_dispersion(usual, expected), false_cells)


def read_lifts(mentions: Mentions, expected: Floats, dispersion: float, false_cells: float) -> Lifts:
    """Waves added up, and the cells that pass the cut of their school."""
    schools = int(mentions.school.max(initial=-1)) + 1
    count, total = (_added(part, mentions.school, schools) for part in (_counted(mentions, expected), expected))
    chance = tail(count, total, dispersion)
    alone = len(np.unique(mentions.school[mentions.high.sum(axis=1) > 0])) < 2
    raised = (chance <= cuts(total, dispersion, false_cells)) & (count >= LEAST_COUNT) & (count > total) & (not alone)
    return Lifts(count, total, chance, raised, dispersion)


def expect(usual: Mentions, mentions: Mentions) -> Floats:
    """(rows, cells): mentions of each cell if the school had its type's pattern; its own rows are left out of that.

    Patterns of day pupils and boarders are fitted to `usual` by expectation–maximisation for a mixture of two known
    shares (as Lucy 1974); a count within a window is expected there (Dempster, Laird and Rubin 1977). The size of a
    row is what its other cells tell, so a hotspot doesn't raise its own expectation.
    """
    share = np.stack([1 - usual.boarding, usual.boarding], axis=1)
    pattern = _even(usual)
    for _ in range(ROUNDS):
        pattern, parts = _refit(usual, share, pattern)
    own = _own_patterns(usual, parts, pattern)
    rate = np.clip(np.einsum("rg,rgc->rc", share, own), LEAST_RATE, 1 - LEAST_RATE)
    rate /= rate.sum(axis=1, keepdims=True)
    count = _counted(mentions, rate * _size(mentions)[:, None])
    rest = count.sum(axis=1, keepdims=True) - count
    return np.asarray(np.maximum(rest * rate / np.maximum(1 - rate, 0.05), LEAST_RATE))


def _even(mentions: Mentions) -> Floats:
    """(kinds, 2, cells): where the search begins; the middle of the windows, added up over the city."""
    total = ((mentions.low + mentions.high) / 2).sum(axis=0) + LEAST_RATE
    kinds = int(mentions.kind.max(initial=0)) + 1
    return np.broadcast_to(total / total.sum(), (kinds, 2, len(total))).copy()


def _refit(mentions: Mentions, share: Floats, pattern: Floats) -> tuple[Floats, Floats]:
    """The patterns after one round, and (rows, 2, cells): each row's mentions, day pupils' and boarders'."""
    by_group = share[:, :, None] * pattern[mentions.kind]
    rate = np.maximum(by_group.sum(axis=1), 1e-12)
    count = _counted(mentions, rate * _size(mentions)[:, None])
    parts = by_group / rate[:, None, :] * count[:, None, :]
    return _patterns(_added(parts, mentions.kind, len(pattern))), parts


def _patterns(total: Floats) -> Floats:
    """(…, kinds, 2, cells): shares, each type's drawn a little to the whole city's."""
    city = total.sum(axis=-3, keepdims=True)
    city = city + city.sum(axis=-2, keepdims=True) * 1e-3 + LEAST_RATE
    drawn = total + BORROWED * city / city.sum(axis=-1, keepdims=True)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))


def _own_patterns(mentions: Mentions, parts: Floats, pattern: Floats) -> Floats:
    """(rows, 2, cells): the pattern of a row's type without the rows of its own school."""
    schools = int(mentions.school.max(initial=-1)) + 1
    total = _added(parts, mentions.kind, len(pattern))
    mine = _added(parts, mentions.school, schools)[mentions.school]
    kind = mentions.kind
    city = total.sum(axis=0)[None] - mine
    city = city + city.sum(axis=1, keepdims=True) * 1e-3 + LEAST_RATE
    drawn = np.maximum(total[kind] - mine, 0) + BORROWED * city / city.sum(axis=-1, keepdims=True)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))


def _size(mentions: Mentions) -> Floats:
    """(rows,): mentions of a row, from the middle of its windows where these are no wider than their floor."""
    exact = (mentions.low == mentions.high).all(axis=1)
    middle = np.where(mentions.low > 0, (mentions.low + mentions.high) / 2, np.minimum(mentions.high / 4, 1.0))
    return np.asarray(np.where(exact, mentions.low.sum(axis=1), middle.sum(axis=1)))


def _counted(mentions: Mentions, expected: Floats) -> Floats:
    """(rows, cells): the count, or what it is expected to be inside its window if nothing were special.

    So a window never speaks for a hotspot more than it says. E[X | a ≤ X ≤ b] of a Poisson number is
    e·P(a − 1 ≤ X ≤ b − 1)/P(a ≤ X ≤ b); far out, the nearer end.
    """
    low, high = mentions.low, mentions.high
    if np.array_equal(low, high):
        return low
    e = np.maximum(expected, 1e-9)
    inside, below = (_at_most(high - less, e) - _at_most(low - 1 - less, e) for less in (0, 1))
    usable = inside > 1e-12
    within = e * below / np.where(usable, inside, 1.0)
    nearer = np.where(e < low, low, high)
    return np.asarray(np.where(low == high, low, np.clip(np.where(usable, within, nearer), low, high)))


def _at_most(count: Floats, mean: Floats) -> Floats:
    """Poisson chance of at most `count`; 0 below none."""
    return np.where(count < 0, 0.0, special.pdtr(np.maximum(count, 0), mean))


def estimate_dispersion(mentions: Mentions, expected: Floats) -> float:
    """1/shape of the gamma between schools, from what (count − e)² exceeds Poisson by; within DISPERSION."""
    schools = int(mentions.school.max(initial=-1)) + 1
    count, e = (_added(part, mentions.school, schools) for part in (_counted(mentions, expected), expected))
    told = e >= 1
    if not told.any():
        return DISPERSION[1]
    surplus = ((count - e) ** 2 - e)[told].sum() / (e[told] ** 2).sum()
    return float(np.clip(surplus, *DISPERSION))


def tail(count: Floats, expected: Floats, dispersion: float) -> Floats:
    """Chance of a count at least as high (negative binomial); a broken count takes the next lower whole one."""
    shape = 1 / dispersion
    return np.asarray(stats.nbinom.sf(np.floor(count + 1e-9) - 1, shape, shape / (shape + expected)))


def cuts(expected: Floats, dispersion: float, false_cells: float) -> Floats:
    """(schools, 1): the tail from which a cell is raised, so that an ordinary school has `false_cells` on average.

    Counts are whole, so a cell passes less often than the tail says; the cut uses that up.
    """
    shape = 1 / dispersion
    chance = shape / (shape + expected)
    low, high = np.full((len(expected), 1), -14.0), np.zeros((len(expected), 1))
    for _ in range(SPARE):
        middle = (low + high) / 2
        # isf gives the largest count whose tail still passes the level; one more is the first that doesn't.
        first = np.maximum(stats.nbinom.isf(10**middle, shape, chance) + 1, LEAST_COUNT)
        passes = stats.nbinom.sf(first - 1, shape, chance).sum(axis=1, keepdims=True) <= false_cells
        low, high = np.where(passes, middle, low), np.where(passes, high, middle)
    return np.asarray(10**low)


def merge(values: Floats, group: Ints) -> Floats:
    """(…, groups): cells added up into coarser ones; group: (cells,), -1 for a cell that belongs to none."""
    merged = np.zeros((*values.shape[:-1], int(group.max(initial=-1)) + 1))
    for cell in np.flatnonzero(group >= 0):
        merged[..., group[cell]] += values[..., cell]
    return merged


def _added(values: Floats, group: Ints, groups: int) -> Floats:
    total = np.zeros((groups, *values.shape[1:]))
    np.add.at(total, group, values)
    return total
