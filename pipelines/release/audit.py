"""The outsider: someone with every audience's file, the rule and all r, who draws every integer conclusion.

On a tree whose values are intervals, one pass up and one pass down give the exact integer bounds. Linked tables
(base rates across districts, nested indicators, places, another release of the wave) are iterated to a fixpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.release.relations import Relations, tighten
from pipelines.release.tree import Level, sum_children
from pipelines.release.values import BaseRates, Values
from pipelines.release.windows import Counts

ROUNDS = 60


@dataclass
class Knowledge:
    """What the outsider knows: bounds per tree level, shapes (units, columns). Narrowed in place, round by round."""

    low: list[Counts]
    high: list[Counts]

    def is_contradicted(self) -> bool:
        """Some cell has no candidate left: the counts were not those of real answers."""
        return any((low > high).any() for low, high in zip(self.low, self.high, strict=True))

    def size(self) -> int:
        """Total width of everything; stops falling when nothing more can be concluded."""
        return int(sum((high - low).sum() for low, high in zip(self.low, self.high, strict=True)))


@dataclass
class Linked:
    """Another release that shares respondents with the one attacked: its own sums, and what ties it to the new one.

    `tie` narrows both from each other, in place.
    """

    known: Knowledge
    levels: list[Level]
    relations: Relations
    base: BaseRates | None
    tie: Callable[[Knowledge, Knowledge], None]


def attack(values: Values, levels: list[Level], linked: Sequence[Linked] = ()) -> Knowledge:
    """Bounds of every cell after the attack; `linked` releases are attacked together with it.

    Raises ArithmeticError if bounds contradict each other or still move after `ROUNDS` rounds.
    """
    known = Knowledge([table.low.copy() for table in values.tree], [table.high.copy() for table in values.tree])
    everything = [known, *(other.known for other in linked)]
    for _ in range(ROUNDS):
        before = sum(one.size() for one in everything)
        narrow(known, levels, values.relations, values.base)
        for other in linked:
            narrow(other.known, other.levels, other.relations, other.base)
            other.tie(known, other.known)
        if sum(one.size() for one in everything) == before:
            return known
    raise ArithmeticError("the attack did not settle")


def narrow(known: Knowledge, levels: list[Level], relations: Relations, base: BaseRates | None) -> None:
    """One round over one release: relations, up, down, rates. Raises ArithmeticError on a contradiction."""
    for depth, level in enumerate(levels):
        known.low[depth], known.high[depth] = tighten(known.low[depth], known.high[depth], level.r, relations)
    pass_up(known, levels)
    pass_down(known, levels)
    if base is not None:
        read_base_rates(known, base)
    if known.is_contradicted():
        raise ArithmeticError("the counts contradict each other")


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
