"""How far can the answers of a class or school be trusted? Five parts, each a coarse code, and a letter from them.

Speed, copies and honesty are counts of sheets. What is said of such a count is one of three level sets, cut where the
sheets of a unit would read fair or poor, but never narrower than a release allows: so a single sheet's mark stays
hidden (`cut_part`). Coverage and gap come from numbers that are out already. The letter is a function of the parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

GOOD, FAIR, POOR, UNKNOWN = "good", "fair", "poor", "unknown"
SHEETS = ("speed", "copies", "honesty")
PARTS = ("coverage", *SHEETS, "gap")
# Sheets against the class list: one in ten is ill or away on any day.
WELL_COVERED = 0.85

Counts = NDArray[np.int64]
Codes = NDArray[np.str_]


@dataclass(frozen=True)
class PartRule:
    """From which share of the answers (0–1) a part reads fair and poor; least widths of its level sets, in counts."""

    fair: float
    poor: float
    first: int
    middle: int
    last: int


@dataclass(frozen=True)
class Part:
    """What is said of a count, by unit: the code, and the counts that would read the same (inclusive ends)."""

    code: Codes
    low: Counts
    high: Counts


def cut_part(
    count: ArrayLike, low: ArrayLike, high: ArrayLike, about: ArrayLike, rule: PartRule, sure: ArrayLike | None = None
) -> Part:
    """The code of each count of sheets.

    low, high: bounds that are known already, 0 and all that r can be where nothing is; about: r rounded for release;
    sure: the least that the ceiling can be, as high where it is left out. All (units,). Cuts depend on these alone,
    and count their room up to `sure`: so they tell nothing of the exact r. Bounds that tell the code by themselves stay
    as they are. Else there are three codes where the lower cut needn't be moved beyond half way from fair to poor and
    enough counts are left above the upper one; or one cut half way, good below it (unknown, if it had to be moved) and
    poor from it; or nothing is said: unknown.
    """
    number, floor, ceiling, size = (np.asarray(value, dtype=np.int64) for value in (count, low, high, about))
    least = ceiling if sure is None else np.asarray(sure, dtype=np.int64)
    fair, half, poor = (
        np.ceil(share * size - 1e-9).astype(np.int64) for share in (rule.fair, (rule.fair + rule.poor) / 2, rule.poor)
    )
    implied = np.select(
        [size == 0, ceiling < fair, floor >= poor, (floor >= fair) & (ceiling < poor)],
        [UNKNOWN, GOOD, POOR, FAIR],
        UNKNOWN,
    )
    first = np.maximum(fair, floor + rule.first)
    second = np.maximum(poor, first + rule.middle)
    open_yet = (implied == UNKNOWN) & (size > 0)
    three = open_yet & (first <= half) & (least - second + 1 >= rule.last)
    cut = np.maximum(half, floor + rule.first)
    two = open_yet & ~three & (least - cut + 1 >= rule.last)
    below = np.where(cut == half, GOOD, UNKNOWN)
    # Each unit's level sets as cuts: under the first, under the second, from it; equal cuts leave the middle empty.
    lower, upper = np.where(three, first, cut), np.where(three, second, cut)
    level = np.where(three | two, (number >= lower).astype(np.int64) + (number >= upper), -1)
    return Part(
        np.choose(level + 1, [implied, np.where(three, GOOD, below), FAIR, POOR]),
        np.choose(level + 1, [floor, floor, lower, upper]),
        np.choose(level + 1, [ceiling, lower - 1, upper - 1, ceiling]),
    )


def coverage_part(state: ArrayLike, about: ArrayLike, enrolled: ArrayLike) -> Codes:
    """Good, fair or poor from released coverage: its state, sheets rounded for release, students on the class list."""
    told, sheets, listed = np.asarray(state, dtype=object), np.asarray(about, float), np.asarray(enrolled, float)
    poor = np.isin(told, ["missing", "low", "over"])
    return np.select([poor, (told == "complete") | (sheets >= WELL_COVERED * listed)], [POOR, GOOD], FAIR)


def class_gap_part(witness: ArrayLike, victims: ArrayLike) -> Codes:
    """Many see, few tell, from a class's two released bands (0, 1, 2; NaN where hidden)."""
    seen, told = np.asarray(witness, dtype=float), np.asarray(victims, dtype=float)
    known = np.isfinite(seen) & np.isfinite(told)
    alone = told == 0
    return np.select([~known, alone & (seen >= 2), alone & (seen == 1)], [UNKNOWN, POOR, FAIR], GOOD)


def grade_letters(parts: Mapping[str, Sequence[str]] | Mapping[str, Codes], inconclusive: ArrayLike) -> Codes:
    """A to D for each unit. parts: the five codes; inconclusive: nothing can be concluded of the unit anyway.

    D, no conclusion: it is inconclusive, poorly covered, or its sheets are poor by speed, copies or honesty.
    C: the gap is poor, or there are two doubts; a doubt is a part that reads fair or is unknown. B: one doubt. A: none.
    """
    codes = {name: np.asarray(parts[name], dtype=object) for name in PARTS}
    doubts = sum((np.isin(code, [FAIR, UNKNOWN]).astype(np.int64) for code in codes.values()), np.int64(0))
    useless = np.asarray(inconclusive, dtype=bool)
    for name in ("coverage", *SHEETS):
        useless = useless | (codes[name] == POOR)
    return np.select([useless, (codes["gap"] == POOR) | (doubts >= 2), doubts == 1], ["D", "C", "B"], "A")
