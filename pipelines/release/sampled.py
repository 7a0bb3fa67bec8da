"""Four friends in each of a fixed sample of classes: what their answers, attacked anew, leave for the others.

What friends tell seldom reaches beyond their school: its own bounds stand, and with them everything around. So the
attack is repeated in the school alone, from what an outsider knew before; only where the school's bounds move, or those
of a unit that a published rate rests on, the whole city is attacked.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipelines.release.audit import Knowledge, attack
from pipelines.release.insider import friends_candidates, left_for_others, tell
from pipelines.release.slack import FRIENDS
from pipelines.release.tree import Level, sum_children
from pipelines.release.values import Values, Windows, no_base_rates
from pipelines.release.windows import Counts

SAMPLED_CLASSES = 12
Rows = list[NDArray[np.int64]]


def sampled_candidates(values: Values, levels: list[Level]) -> list[Counts]:
    """Fewest candidates (4 at most) that four friends leave for the others in each cell, over the sample."""
    seats = np.flatnonzero(levels[0].r.max(axis=1, initial=0) > FRIENDS)
    settled = attack(values, levels)
    values = replace(values, tree=windows_of(settled, levels))
    fewest = []
    for table in values.tree:
        nobody = np.zeros_like(table.r)
        fewest.append(left_for_others(table.low, table.high, table.r, nobody, nobody, values.relations))
    for row in seats[:: max(1, len(seats) // SAMPLED_CLASSES)]:
        for yes in (True, False):
            for depth, (rows, left) in enumerate(friends_leave(values, levels, row, yes)):
                fewest[depth][rows] = np.minimum(fewest[depth][rows], left)
    return fewest


def friends_leave(values: Values, levels: list[Level], row: int, yes: bool) -> list[tuple[NDArray[np.int64], Counts]]:
    """(units, candidates) per level once four friends of a class told their answers; `values` as settled before.

    Units that aren't named keep what they had. Nothing is named where no city fits the story.
    """
    rows = school_rows(levels, row)
    mine, school = school_alone(values, levels, rows)
    seat = np.repeat(np.searchsorted(rows[0], row), FRIENDS)
    try:
        known, seats, said = tell(mine, school, seat, np.array([yes]))
    except ArithmeticError:
        return []
    if reaches_beyond(values, known, rows):
        return [
            (np.arange(len(left)), left) for left in friends_candidates(values, levels, np.repeat(row, FRIENDS), yes)
        ]
    found = []
    for depth, units in enumerate(rows):
        table = values.tree[depth]
        ends = (known.low[depth], known.high[depth]) if depth < len(school) else (table.low[units], table.high[units])
        found.append((units, left_for_others(*ends, table.r[units], seats, said, values.relations)))
        if depth + 1 < len(school):
            home, above = school[depth].parent, len(rows[depth + 1])
            said, seats = (sum_children(part, home, above) for part in (said, seats))
    return found


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


def school_alone(values: Values, levels: list[Level], rows: Rows) -> tuple[Values, list[Level]]:
    """The tree of one school, with the bounds it has."""
    top, school = depth_of_schools(levels), []
    for depth in range(top + 1):
        level, mine = levels[depth], rows[depth]
        home = np.searchsorted(rows[depth + 1], level.parent[mine]) if depth < top else np.zeros(1, np.int64)
        names = tuple(level.ids[unit] for unit in mine)
        school.append(Level(level.kind, names, names, home, level.r[mine], level.count[mine], level.shown[mine]))
    tree = tuple(
        Windows(table.low[mine], table.high[mine], table.r[mine], table.shown[mine])
        for table, mine in zip(values.tree[: top + 1], rows, strict=False)
    )
    return replace(values, base=no_base_rates(school), tree=tree), school


def reaches_beyond(values: Values, known: Knowledge, rows: Rows) -> bool:
    """The school's bounds moved, or those of a unit that a published rate rests on."""
    top = len(known.low) - 1
    for depth, (low, high) in enumerate(zip(known.low, known.high, strict=True)):
        before, mine = values.tree[depth], rows[depth]
        moved = ((low != before.low[mine]) | (high != before.high[mine])).any(axis=1)
        if moved[(values.base.covers[depth][mine] >= 0) | (depth == top)].any():
            return True
    return False


def windows_of(known: Knowledge, levels: list[Level]) -> tuple[Windows, ...]:
    """Bounds as windows."""
    return tuple(
        Windows(low, high, level.r, level.shown) for low, high, level in zip(known.low, known.high, levels, strict=True)
    )
