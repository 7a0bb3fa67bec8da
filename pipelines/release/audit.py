"""The outsider: someone with every audience's file, the rule and all r, who draws every integer conclusion.

On a tree whose values are intervals, one pass up and one pass down give the exact integer bounds. Linked tables
(base rates across districts, nested indicators, places) are iterated to a fixpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.release.cube import Cube
from pipelines.release.relations import Relations, tighten
from pipelines.release.tree import Level, at, sum_children
from pipelines.release.values import BaseRates, Values
from pipelines.release.windows import Counts

ROUNDS = 60


@dataclass
class Knowledge:
    """What the outsider knows: bounds per tree level, per place table. Narrowed in place, round by round."""

    low: list[Counts]
    high: list[Counts]
    place: tuple[Counts, Counts]
    cells: tuple[Counts, Counts]

    def is_contradicted(self) -> bool:
        """Some cell has no candidate left: the counts were not those of real answers."""
        pairs = [*zip(self.low, self.high, strict=True), self.place, self.cells]
        return any((low > high).any() for low, high in pairs)

    def size(self) -> int:
        """Total width of everything; stops falling when nothing more can be concluded."""
        pairs = [*zip(self.low, self.high, strict=True), self.place, self.cells]
        return int(sum((high - low).sum() for low, high in pairs))


def attack(
    values: Values, levels: list[Level], cube: Cube, relations: Relations, past: Past | None = None
) -> Knowledge:
    """Bounds of every cell after the attack; with a `past`, both releases of the wave are attacked together.

    Raises ArithmeticError if bounds contradict each other or still move after `ROUNDS` rounds.
    """
    known = Knowledge(
        [table.low.copy() for table in values.tree],
        [table.high.copy() for table in values.tree],
        (values.place.low.copy(), values.place.high.copy()),
        (values.place_time.low.copy(), values.place_time.high.copy()),
    )
    for _ in range(ROUNDS):
        before = known.size() + (past.known.size() if past else 0)
        narrow(known, levels, cube, relations, values.place.r)
        read_base_rates(known, values.base)
        if past:
            narrow(past.known, past.levels, cube, relations, past.place_r)
            meet(known, past)
        if known.size() + (past.known.size() if past else 0) == before:
            return known
    raise ArithmeticError("the attack did not settle")


def narrow(known: Knowledge, levels: list[Level], cube: Cube, relations: Relations, size: Counts) -> None:
    """One round over one release: relations, up, down, places. Raises ArithmeticError on a contradiction."""
    for depth, level in enumerate(levels):
        known.low[depth], known.high[depth] = tighten(known.low[depth], known.high[depth], level.r, relations)
    pass_up(known, levels)
    pass_down(known, levels)
    read_places(known, cube, size)
    if known.is_contradicted():
        raise ArithmeticError("the counts contradict each other")


@dataclass
class Past:
    """An earlier release of the same wave, unit by unit beside the new one: what was known, and its answers."""

    known: Knowledge
    levels: list[Level]
    place_r: Counts
    more: list[Counts]
    more_place: Counts
    more_cells: Counts


def meet(known: Knowledge, past: Past) -> None:
    """Answers are only ever added: old ≤ new ≤ old + more, cell by cell."""
    pairs = [
        ((known.low[d], known.high[d]), (past.known.low[d], past.known.high[d]), past.more[d])
        for d in range(len(known.low))
    ]
    pairs += [(known.place, past.known.place, past.more_place), (known.cells, past.known.cells, past.more_cells)]
    for (low, high), (old_low, old_high), more in pairs:
        np.maximum(low, old_low, out=low)
        np.minimum(high, old_high + more, out=high)
        np.maximum(old_low, low - more, out=old_low)
        np.minimum(old_high, high, out=old_high)


def pass_up(known: Knowledge, levels: list[Level]) -> None:
    """A parent lies between the sums of its children's bounds."""
    for depth in range(1, len(levels)):
        parent, units = levels[depth - 1].parent, len(levels[depth].ids)
        known.low[depth] = np.maximum(known.low[depth], sum_children(known.low[depth - 1], parent, units))
        known.high[depth] = np.minimum(known.high[depth], sum_children(known.high[depth - 1], parent, units))


def pass_down(known: Knowledge, levels: list[Level]) -> None:
    """A child is its parent less what its siblings can be."""
    for depth in range(len(levels) - 1, 0, -1):
        narrow_children(known, depth - 1, levels[depth - 1].parent, known.low[depth], known.high[depth])


def narrow_children(known: Knowledge, depth: int, parent: Counts, low: Counts, high: Counts) -> None:
    """Narrow the units of one level by totals over groups of them; `parent` names each unit's group."""
    child_low, child_high = known.low[depth], known.high[depth]
    least, most = sum_children(child_low, parent, len(low)), sum_children(child_high, parent, len(low))
    known.high[depth] = np.minimum(child_high, high[parent] - (least[parent] - child_low))
    known.low[depth] = np.maximum(child_low, low[parent] - (most[parent] - child_high))


def read_base_rates(known: Knowledge, base: BaseRates) -> None:
    """A band's published rate bounds the sum of the units that cover the band, whatever level they stand on."""
    bands = len(base.low)
    homes = [np.where(cover < 0, bands, cover) for cover in base.covers]
    least, most = (
        np.sum([sum_children(bound[depth], home, bands + 1) for depth, home in enumerate(homes)], axis=0)
        for bound in (known.low, known.high)
    )
    rest = np.zeros_like(base.low[:1])
    floor, ceiling = np.vstack([base.low, rest]), np.vstack([base.high, rest])
    for depth, home in enumerate(homes):
        covers = (home < bands)[:, None]
        low, high = known.low[depth], known.high[depth]
        known.high[depth] = np.where(covers, np.minimum(high, ceiling[home] - (least[home] - low)), high)
        known.low[depth] = np.where(covers, np.maximum(low, floor[home] - (most[home] - high)), low)


def read_places(known: Knowledge, cube: Cube, size: Counts) -> None:
    """One place a student, cells within their place, avoided places within `avoids` and covering it."""
    if not cube.place_groups or not cube.time_groups:
        return
    r = size[:, 0, 0]
    place_low, place_high = known.place
    cell_low, cell_high = known.cells
    np.maximum(place_low[:, 0], cell_low.max(axis=2), out=place_low[:, 0])
    np.minimum(cell_high, place_high[:, 0][:, :, None], out=cell_high)
    spare = r[:, None] - (place_low[:, 0].sum(axis=1, keepdims=True) - place_low[:, 0])
    np.minimum(place_high[:, 0], spare, out=place_high[:, 0])
    if "avoids" not in cube.position():
        return
    school, column = at("school"), cube.position()["avoids"]
    whole_low, whole_high = known.low[school][:, column], known.high[school][:, column]
    np.minimum(place_high[:, 1], whole_high[:, None], out=place_high[:, 1])
    np.maximum(whole_low, place_low[:, 1].max(axis=1), out=whole_low)
    total = place_high[:, 1].sum(axis=1)
    np.minimum(whole_high, total, out=whole_high)
    np.maximum(place_low[:, 1], whole_low[:, None] - (total[:, None] - place_high[:, 1]), out=place_low[:, 1])
