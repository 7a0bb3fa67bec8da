"""May a part of a union get a ceiling? Only while four friends can't use it up, whatever they answered.

`frequent` is the union of words, body and mind, `avoids` that of the avoided places: a whole's floor and its parts'
ceilings bound each other. Four friends who gave every answer take four from each ceiling. If what is left of the
ceilings only just reached the whole's floor, each of the others would be told. So a ceiling is said only where, in the
unit and in all below it, the ceilings exceed the floor by one even then. All of it is read off released numbers, and
of the windows that may be said the lowest is assumed: the count itself is not looked at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.release.relations import Relations
from pipelines.release.tree import Level, sum_children
from pipelines.release.windows import Counts

FRIENDS = 4


def may_say_ceiling(
    column: int,
    lowest: Counts,
    low: list[Counts],
    high: list[Counts],
    levels: list[Level],
    relations: Relations,
    friends: int = FRIENDS,
) -> NDArray[np.bool_]:
    """(units,) of the topmost of `levels`: a window of `column` that ends at `lowest` leaves room for four friends.

    low, high: bounds of each of the levels so far, the topmost last. friends: how many answers they hold together.
    """
    allowed = np.ones(len(lowest), dtype=bool)
    for whole, parts in relations.unions:
        if column in parts:
            columns = list(parts)
            top = high[-1][:, columns].copy()
            top[:, columns.index(column)] = lowest
            allowed &= leaves_room(top, low, high, levels, whole, columns, friends)
    return allowed


def leaves_room(
    top: Counts,
    low: list[Counts],
    high: list[Counts],
    levels: list[Level],
    whole: int,
    parts: list[int],
    friends: int,
) -> NDArray[np.bool_]:
    """(units,) of the topmost level, whose parts' ceilings are `top`, shape (units, parts)."""
    floor = highest_floor(low[-1][:, whole], high[-1][:, whole])
    allowed = (floor == 0) | ((top - friends).sum(axis=1) > floor - friends)
    ceilings, home = [top, top - friends], np.arange(len(top))  # friends in the unit below, or beside it
    for depth in range(len(levels) - 2, -1, -1):
        parent = levels[depth].parent
        least = sum_children(low[depth][:, parts], parent, len(levels[depth + 1].ids))
        room = least[parent] - low[depth][:, parts]
        ceilings = [np.minimum(high[depth][:, parts], ceiling[parent] - room) for ceiling in ceilings]
        home = home[parent]
        floor = highest_floor(low[depth][:, whole], high[depth][:, whole])
        inside = (ceilings[0] - friends).sum(axis=1) > floor - friends
        beside = ceilings[1].sum(axis=1) > floor
        np.logical_and.at(allowed, home, (floor == 0) | (inside & beside))
    return allowed


def highest_floor(low: Counts, high: Counts) -> Counts:
    """The floor of a whole once every window above it is said: those leave five counts under its ceiling."""
    return np.where(low > 0, np.maximum(low, high - 5), 0)
