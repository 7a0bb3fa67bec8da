"""Where should N people stand at M times, so that what happens there is the largest share of all that happens?

One person stands at one place for one time; two at a place cover no more than one. For chosen times the shares add up
time by time, so each time is best served by its N weightiest places; and the best M times are those whose N weightiest
places weigh most. That is exact, for every N and M, without a solver (a test holds it against every possible plan).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """What is known of each cell: ends of its window, shapes (places, times); covered: places where one can stand."""

    low: Floats
    high: Floats
    places: NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """One plan: the picks as (place, time) positions, weightiest first, and the share of everything they cover."""

    people: int
    slots: int
    picks: tuple[tuple[int, int], ...]
    share_lo: float
    share_hi: float


def plan_patrols(windows: Windows, most_people: int, most_slots: int) -> Iterator[Plan]:
    """The best plan for every number of people and of times, up to the places and times there are.

    Cells weigh their window's midpoint; equal ones come in the order in which they are given.
    """
    weight = np.where(windows.places[:, None], windows.low + windows.high, -1.0)
    order = np.argsort(-weight, axis=0, kind="stable")
    reach = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0)
    for people in range(1, min(most_people, int(windows.places.sum())) + 1):
        times = np.argsort(-reach[people - 1], kind="stable")
        for slots in range(1, min(most_slots, len(times)) + 1):
            picks = tuple((int(place), int(time)) for time in times[:slots] for place in order[:people, time])
            yield Plan(people, slots, picks, *covered_share(windows, picks))


def covered_share(windows: Windows, picks: tuple[tuple[int, int], ...]) -> tuple[float, float]:
    """Least and most share of all cells' counts that the picks can hold, counts lying anywhere in their windows.

    picked / (picked + rest) rises with the picked counts and falls with the others, so both ends are at the ends of
    the windows. 0 to 1 where there may be nothing at all.
    """
    inside = np.zeros(windows.low.shape, dtype=bool)
    inside[tuple(np.array(picks, dtype=np.int64).reshape(-1, 2).T)] = True
    low, high = (float(end[inside].sum()) for end in (windows.low, windows.high))
    rest_low, rest_high = (float(end[~inside].sum()) for end in (windows.low, windows.high))
    least = low / (low + rest_high) if low + rest_high else 0.0
    most = high / (high + rest_low) if high + rest_low else 1.0
    return least, most
