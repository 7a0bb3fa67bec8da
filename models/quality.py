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

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TOO_FAST, IMPOSSIBLE = 4.0, 5.0
NOT_TRUE: Mapping[int, float] = {2: 1.0, 3: 4.0}
NOT_READ: Mapping[int, float] = {1: 0.5, 2: 2.5}
# A sheet from here on is set aside: at most one careful sheet in a hundred reaches it (bench, B13).
SET_ASIDE = 3.0
# Answers to the climate items lie on four steps; spread of a careful hand's around its own level.
OWN_SPREAD, STEPS = 0.75, 4
FIT_RANGE = (-2.0, 6.0)


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


def is_sound(score: Floats) -> Flags:
    return np.asarray(score < SET_ASIDE)


def misfit(climate: Floats, keys: Sequence[int]) -> Floats:
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
    return np.where(told, np.clip(careful - (count - 1) * np.log(STEPS), *FIT_RANGE), 0.0)


def _both_ways(given: Flags, keys: Sequence[int]) -> Flags:
    good = np.asarray(keys) > 0
    return np.asarray(given[:, good].any(axis=1) & given[:, ~good].any(axis=1))


def _points(answers: ArrayLike, points: Mapping[int, float]) -> Floats:
    codes = np.asarray(answers)
    return np.asarray(sum((value * (codes == code) for code, value in points.items()), np.zeros(codes.shape)))
