"""Four friends in each of a fixed sample of classes: what their answers, attacked anew, leave for the others.

What friends tell seldom reaches beyond their school: its own bounds stand, and with them everything around. So the
attack is repeated in the school alone, from what an outsider knew before; only where the school's bounds move, or those
of a unit that a published rate rests on, the whole city is attacked. Stories are told side by side, each in a copy of
its own: an attack takes as many steps for many small trees as for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipelines.release.audit import Knowledge, attack
from pipelines.release.insider import left_for_others, tell, told_candidates
from pipelines.release.slack import FRIENDS
from pipelines.release.tree import Level, sum_children
from pipelines.release.values import BaseRates, Values, Windows, no_base_rates
from pipelines.release.windows import Counts

SAMPLED_CLASSES = 12
SIDE_BY_SIDE = 3000  # classes in all copies of a city that are attacked at once
Rows = list[NDArray[np.int64]]
Story = tuple[int, bool]  # the class of four friends; whether all said yes to everything, or no
Left = tuple[NDArray[np.int64], Counts]


@dataclass(frozen=True)
class Forest:
    """Copies of parts of a city, one per story. Per level: the unit of the city, and the story, of each unit."""

    values: Values
    levels: list[Level]
    unit: Rows
    story: Rows
    seats: NDArray[np.int64]
    yes: NDArray[np.bool_]


def sampled_candidates(values: Values, levels: list[Level], settled: Knowledge | None = None) -> list[Counts]:
    """Fewest candidates (4 at most) that four friends leave for the others in each cell, over the sample.

    settled: what an outsider knows of these values alone, where the attack was made already.
    """
    seats = np.flatnonzero(levels[0].r.max(axis=1, initial=0) > FRIENDS)
    values = replace(values, tree=windows_of(settled or attack(values, levels), levels))
    fewest = []
    for table in values.tree:
        nobody = np.zeros_like(table.r)
        fewest.append(left_for_others(table.low, table.high, table.r, nobody, nobody, values.relations))
    sample = seats[:: max(1, len(seats) // SAMPLED_CLASSES)].tolist()
    for left in friends_leave(values, levels, [(row, yes) for row in sample for yes in (True, False)]):
        for depth, (units, candidates) in enumerate(left):
            np.minimum.at(fewest[depth], units, candidates)
    return fewest


def friends_leave(values: Values, levels: list[Level], stories: Sequence[Story]) -> list[list[Left]]:
    """(units, candidates) per level once the friends of each story told their answers; `values` as settled before.

    A unit may be named several times; one that isn't keeps what it had. A story that no city fits names nothing.
    """
    return one_by_one(partial(schools_leave, values, levels), stories)


def one_by_one(told: Callable[[Sequence[Story]], list[list[Left]]], stories: Sequence[Story]) -> list[list[Left]]:
    """What `told` makes of all stories at once; where no city fits one of them, of each half, until that one is out."""
    try:
        return told(stories) if stories else []
    except ArithmeticError:
        half = len(stories) // 2
        return one_by_one(told, stories[:half]) + one_by_one(told, stories[half:]) if half else []


def schools_leave(values: Values, levels: list[Level], stories: Sequence[Story]) -> list[list[Left]]:
    """The stories told in their schools alone, and in the whole city those that reach beyond.

    Raises ArithmeticError where no city fits one of them.
    """
    homes, schools = [school_rows(levels, row) for row, _ in stories], depth_of_schools(levels) + 1
    forest = plant(values, levels, [rows[:schools] for rows in homes], stories)
    known, seats, said = tell(forest.values, forest.levels, np.repeat(forest.seats, FRIENDS), forest.yes)
    beyond = reach_beyond(values, forest, known)
    found: list[Left] = []
    for depth, level in enumerate(forest.levels):
        left = left_for_others(known.low[depth], known.high[depth], level.r, seats, said, values.relations)
        stays = ~beyond[forest.story[depth]]
        found.append((forest.unit[depth][stays], left[stays]))
        if depth + 1 < schools:
            units = len(forest.levels[depth + 1].ids)
            said, seats = (sum_children(part, level.parent, units) for part in (said, seats))
    for depth in range(schools, len(levels)):  # above the schools nothing moved but what the friends hold themselves
        table, above = values.tree[depth], np.concatenate([rows[depth] for rows in homes])
        left = left_for_others(table.low[above], table.high[above], table.r[above], seats, said, values.relations)
        found.append((above[~beyond], left[~beyond]))
    wide = [story for story, reaches in zip(stories, beyond, strict=True) if reaches]
    at_once = max(1, SIDE_BY_SIDE // len(levels[0].ids))
    parts = [wide[first : first + at_once] for first in range(0, len(wide), at_once)]
    return [found, *(left for part in parts for left in one_by_one(partial(city_leaves, values, levels), part))]


def city_leaves(values: Values, levels: list[Level], stories: Sequence[Story]) -> list[list[Left]]:
    """The stories told in the whole city. Raises ArithmeticError where no city fits one of them."""
    everywhere = [np.arange(len(level.ids)) for level in levels]
    forest = plant(values, levels, [everywhere] * len(stories), stories)
    copies = replace(forest.values, base=copied_rates(values.base, len(stories)))
    told = told_candidates(copies, forest.levels, np.repeat(forest.seats, FRIENDS), forest.yes)
    return [list(zip(forest.unit, told, strict=True))]


def school_rows(levels: list[Level], row: int) -> Rows:
    """Per level the units of the class's school, and above it the one unit that holds it."""
    unit, above = row, []
    for level in levels:
        above.append(np.array([unit]))
        unit = int(level.parent[unit]) if len(level.parent) else 0
    top = depth_of_schools(levels)
    rows = above[top:]
    for level in levels[top - 1 :: -1] if top else []:
        rows.insert(0, np.flatnonzero(np.isin(level.parent, rows[0])))
    return rows


def depth_of_schools(levels: list[Level]) -> int:
    return next(depth for depth, level in enumerate(levels) if level.kind.endswith("school"))


def plant(values: Values, levels: list[Level], homes: Sequence[Rows], stories: Sequence[Story]) -> Forest:
    """A tree for each story: from classes up the units in `homes`, with the bounds they have and no rates."""
    forest: list[Level] = []
    units = [np.concatenate(part) for part in zip(*homes, strict=True)]
    story = [np.repeat(np.arange(len(homes)), [len(rows) for rows in part]) for part in zip(*homes, strict=True)]
    for depth, mine in enumerate(units):
        level, parent = levels[depth], np.zeros(len(mine), np.int64)
        if depth + 1 < len(units):
            parent = places(homes, depth + 1, [level.parent[rows[depth]] for rows in homes])
        names = tuple(level.ids[unit] for unit in mine)
        forest.append(Level(level.kind, names, names, parent, level.r[mine], level.count[mine], level.shown[mine]))
    tree = tuple(
        Windows(table.low[mine], table.high[mine], table.r[mine], table.shown[mine])
        for table, mine in zip(values.tree, units, strict=False)
    )
    seats = places(homes, 0, [np.array([row]) for row, _ in stories])
    yes = np.array([told for _, told in stories])[story[0]]
    return Forest(replace(values, base=no_base_rates(forest), tree=tree), forest, units, story, seats, yes)


def places(homes: Sequence[Rows], depth: int, wanted: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Where units of the city stand among all trees' units of a level, each looked for in its own tree."""
    starts = np.cumsum([0, *(len(rows[depth]) for rows in homes)])
    found = [np.searchsorted(rows[depth], units) for rows, units in zip(homes, wanted, strict=True)]
    return np.concatenate([units + start for units, start in zip(found, starts, strict=False)])


def copied_rates(base: BaseRates, copies: int) -> BaseRates:
    """The city's rates once for each copy."""
    bands = len(base.low)
    covers = tuple(
        np.concatenate([np.where(cover < 0, -1, cover + bands * copy) for copy in range(copies)])
        for cover in base.covers
    )
    rate, low, high = (np.tile(part, (copies, 1)) for part in (base.rate, base.low, base.high))
    return BaseRates(rate, low, high, np.tile(base.band_of_class, copies), covers)


def reach_beyond(values: Values, forest: Forest, known: Knowledge) -> NDArray[np.bool_]:
    """(stories,): the school's bounds moved, or those of a unit that a published rate rests on."""
    found, top = np.zeros(forest.story[0].max(initial=-1) + 1, dtype=bool), len(known.low) - 1
    for depth, (low, high) in enumerate(zip(known.low, known.high, strict=True)):
        before, mine = values.tree[depth], forest.unit[depth]
        moved = ((low != before.low[mine]) | (high != before.high[mine])).any(axis=1)
        matters = (values.base.covers[depth][mine] >= 0) | (depth == top)
        np.logical_or.at(found, forest.story[depth], moved & matters)
    return found


def windows_of(known: Knowledge, levels: list[Level]) -> tuple[Windows, ...]:
    """Bounds as windows."""
    return tuple(
        Windows(low, high, level.r, level.shown) for low, high, level in zip(known.low, known.high, levels, strict=True)
    )
