"""Was a sheet filled in with care? A score from what a careful hand does, whatever the student lived.

Nothing about being a victim, a witness or a perpetrator enters: an extreme answer there is what the survey is for.
What does: whether climate items that are worded both ways fit together, the coarse time flag, the honesty items, and
a place that no school has. The points are rounded log-likelihood ratios, careless against careful hands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TOO_FAST, IMPOSSIBLE = 4.0, 5.0
NOT_TRUE: Mapping[int, float] = {2: 1.0, 3: 4.0}
NOT_READ: Mapping[int, float] = {1: 0.5, 2: 2.5}
# A sheet from here on is set aside: at most one careful sheet in a hundred reaches it (bench, B13).
SET_ASIDE = 3.0
# Answers to the climate items lie on four steps; spread of a careful hand's around its own level.
OWN_SPREAD, STEPS = 0.75, 4
FIT_RANGE = (-2.0, 6.0)
# Chance under which a class has so many marked sheets.
GATHERED = 0.005
# Equal sheets: items answered, sheets together, chance below which they are a batch; answers go together, so a pattern
# is taken to be ALIKE times as frequent as independent answers would make it.
LEAST_CLIMATE, LEAST_EQUAL, BY_CHANCE, ALIKE = 5, 3, 1e-4, 20.0


@dataclass(frozen=True)
class Marks:
    """What of a sheet tells its quality; one number per sheet, -1 where nothing stands.

    climate: (sheets, items), steps 1–4, -1 for none; keys: +1 where 4 is good, -1 where 1 is.
    """

    climate: Floats
    keys: Sequence[int]
    too_fast: Flags
    impossible: Flags
    honest: ArrayLike
    read: ArrayLike


def quality_score(marks: Marks) -> Floats:
    """(sheets,): points against a sheet; a careful one lies around 0."""
    return np.asarray(
        misfit(marks.climate, marks.keys)
        + TOO_FAST * marks.too_fast
        + IMPOSSIBLE * marks.impossible
        + _points(marks.honest, NOT_TRUE)
        + _points(marks.read, NOT_READ)
    )


def gathered(marked: Flags, klass: Ints) -> Flags:
    """(classes,): more marked sheets than chance brings together; pranksters gather, tired hands don't.

    marked: (sheets,), such as those that name a place no school has. Binomial tail at the share of all other classes,
    under GATHERED. It is about the sitting of a class and sets no sheet aside: nobody pays for others.
    """
    classes = int(klass.max(initial=-1)) + 1
    total, size = np.bincount(klass, weights=marked, minlength=classes), np.bincount(klass, minlength=classes)
    usual = (total.sum() - total + 0.5) / (size.sum() - size + 1)
    return np.asarray(stats.binom.sf(total - 1, size, usual) < GATHERED)


def copies(patterns: Floats, klass: Ints) -> Flags:
    """(sheets,): one of several sheets of its class with the very same answers, more than chance can bring about.

    patterns: (sheets, items), codes of items that the school climate asks; never of being a victim, where most honest
    sheets are equal. How often a pattern turns up by chance is its share in the other classes, and at least what its
    answers' shares give together; a batch is so many equal sheets that chance has them under BY_CHANCE.
    """
    if not len(patterns):
        return np.zeros(0, dtype=bool)
    given = patterns > 0
    form, pattern = (np.unique(part, axis=0, return_inverse=True)[1].ravel() for part in (given, patterns))
    batch = np.unique(klass.astype(np.int64) * (pattern.max() + 1) + pattern, return_inverse=True)[1]
    mates = np.unique(klass.astype(np.int64) * (form.max() + 1) + form, return_inverse=True)[1]
    count, size = np.bincount(batch)[batch], np.bincount(mates)[mates]
    others = (np.bincount(pattern)[pattern] - count + 1) / (np.bincount(form)[form] - size + 1)
    chance = np.clip(np.maximum(others, ALIKE * _independent(patterns)), 1e-9, 1.0)
    tail = stats.binom.sf(count - 2, np.maximum(size - 1, 1), chance)  # classmates equal to a given sheet
    return np.asarray((given.sum(axis=1) >= LEAST_CLIMATE) & (count >= LEAST_EQUAL) & (tail < BY_CHANCE))


def _independent(patterns: Floats) -> Floats:
    """(sheets,): share of each pattern if items were answered independently of each other."""
    share = np.ones(len(patterns))
    for column in patterns.T:
        _, code = np.unique(column, return_inverse=True)
        share *= (np.bincount(code) / len(code))[code]
    return share


def is_sound(score: Floats) -> Flags:
    return np.asarray(score < SET_ASIDE)


def misfit(climate: Floats, keys: Sequence[int]) -> Floats:
    """(sheets,): `person_fit`, held inside FIT_RANGE so that no sheet is judged by a few items alone."""
    return np.asarray(np.clip(person_fit(climate, keys), *FIT_RANGE))


def person_fit(climate: Floats, keys: Sequence[int]) -> Floats:
    """(sheets,): log-likelihood ratio of steps picked at random against answers around one's own level.

    All items are turned to one direction and freed of what the city answers on average; 0 for a sheet with fewer than
    three answers, or of items that are all worded one way.
    """
    turned = np.where(np.asarray(keys) > 0, climate, STEPS + 1 - climate)
    given = climate > 0
    count = given.sum(axis=1)
    usual = np.sum(turned * given, axis=0) / np.maximum(given.sum(axis=0), 1)
    apart = np.where(given, turned - usual, 0.0)
    level = apart.sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(given, apart - level[:, None], 0.0) ** 2).sum(axis=1)
    # The level itself costs one of the answers.
    careful = squares / (2 * OWN_SPREAD**2) + (count - 1) * np.log(OWN_SPREAD * np.sqrt(2 * np.pi))
    told = (count >= 3) & _both_ways(given, keys)
    return np.where(told, careful - (count - 1) * np.log(STEPS), 0.0)


def _both_ways(given: Flags, keys: Sequence[int]) -> Flags:
    good = np.asarray(keys) > 0
    return np.asarray(given[:, good].any(axis=1) & given[:, ~good].any(axis=1))


def _points(answers: ArrayLike, points: Mapping[int, float]) -> Floats:
    codes = np.asarray(answers)
    return np.asarray(sum((value * (codes == code) for code, value in points.items()), np.zeros(codes.shape)))
