"""Windows built from below: intervals of counts whose cuts depend on released numbers only.

A window of a cell with implied bounds [L, U] is cut from L: 6 counts, then 5, 5, …, the last at least 6. Two facts
make it safe without any repair: whoever learns a parent's window can lower no child's ceiling under its own floor
plus 5 (the first window is 6 wide), nor raise its floor above its ceiling minus 5 (the last is at least 6 wide).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Widths:
    """How wide windows are, in counts."""

    first: int = 6
    middle: int = 5
    last: int = 6


def cut_windows(low: Counts, high: Counts, count: Counts, widths: Widths) -> tuple[Counts, Counts]:
    """The window of each count, given the bounds an outsider already has. Shapes (n,), inclusive ends.

    Where [low, high] is too short to hold two windows nothing new is said: the window is [low, high].
    """
    length = high - low + 1
    middles = np.maximum(length - widths.first - widths.last, 0) // widths.middle
    splits = length >= widths.first + widths.last
    step = np.where(count < low + widths.first, 0, 1 + (count - low - widths.first) // widths.middle)
    step = np.minimum(step, middles + 1)
    floor = np.where(step == 0, low, low + widths.first + (step - 1) * widths.middle)
    ceiling = np.where(step == 0, low + widths.first - 1, floor + widths.middle - 1)
    ceiling = np.where(step == middles + 1, high, ceiling)
    return np.where(splits, floor, low), np.where(splits, ceiling, high)


@dataclass(frozen=True)
class Bands:
    """Class bands, shapes (classes, indicators). `number` is 0 where nothing is shown, else 2 or 3.

    `window`: number of the fixed window, finer than the band, of an indicator that moves cuts; -1 where none is said.
    """

    e1: Counts
    e2: Counts
    number: Counts
    band: Counts
    low: Counts
    high: Counts
    window: Counts


def cut_bands(
    r: Counts,
    fewest: Counts,
    count: Counts,
    threshold: Counts,
    may_show: NDArray[np.bool_],
    widths: tuple[int, int, int],
) -> Bands:
    """Band of each class: below e1, from e1, from e2. e1 = max(threshold, first_min), e2 = e1 + width.

    Shapes (classes, indicators); `widths`: first_min, width, top. fewest: the least r that the released number allows;
    two bands if at least `top` counts lie from e1 to it, three if as many lie from e2, else none: [0, r]. So how many
    bands there are tells nothing of r that isn't released.
    """
    first_min, width, top = widths
    e1 = np.maximum(threshold, first_min)
    e2 = e1 + width
    number = np.where(fewest >= e2 + top - 1, 3, np.where(fewest >= e1 + top - 1, 2, 0)) * may_show
    band = np.where(number == 0, 0, (count >= e1).astype(np.int64) + ((count >= e2) & (number == 3)))
    low = np.where(band == 0, 0, np.where(band == 1, e1, e2))
    high = np.where(number == 0, r, np.where(band == 0, e1 - 1, np.where((band == 1) & (number == 3), e2 - 1, r)))
    return Bands(e1, e2, number, band, low, high, np.full_like(band, -1))
