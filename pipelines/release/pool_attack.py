"""The attack on a pool, together with the releases of both its waves; and four friends, who hold eight answers.

The pool is attacked first by itself. Only if that tells more of a wave than its own release does, everything is
attacked at once: both releases as they stand, tied to the pool class by class and school by school.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.release.audit import Knowledge, Linked, attack
from pipelines.release.bounds import build_bounds, with_friends
from pipelines.release.columns import columns_of
from pipelines.release.insider import told_candidates
from pipelines.release.past import link_release, rates_said
from pipelines.release.pool import OWN_KINDS, Pool
from pipelines.release.slack import FRIENDS
from pipelines.release.tree import Level, at
from pipelines.release.values import Values, Windows
from pipelines.release.windows import Counts

Built = tuple[list[Level], Values]


@dataclass(frozen=True)
class Told:
    """What an outsider concludes, as rows of bounds: of the pool, of the later wave, of the earlier one.

    The waves' rows are None where the pool tells nothing of them that wasn't known.
    """

    pool: pd.DataFrame
    later: pd.DataFrame | None = None
    earlier: pd.DataFrame | None = None

    def everything(self) -> pd.DataFrame:
        parts = [part for part in (self.pool, self.later, self.earlier) if part is not None]
        return pd.concat(parts, ignore_index=True)


def attack_pool(pool: Pool) -> tuple[Told, bool]:
    """What the pool by itself tells, and whether it tells anything of a single wave's indicators."""
    known = attack(pool.values, pool.levels)
    own = own_columns(pool)
    more = any(
        (known.low[depth] > before.low)[:, own].any() or (known.high[depth] < before.high)[:, own].any()
        for depth, before in enumerate(pool.values.tree[:2])
    )
    return Told(pool_bounds(pool, known)), more


def attack_jointly(pool: Pool, later: Built, later_bounds: pd.DataFrame, earlier: Built) -> Told:
    """The pool and both releases at once. later_bounds: what the later release by itself told."""
    pooled = Linked(_copy(pool.values), pool.levels, pool.values.relations, None, lambda *_: None)
    then = with_rates(link_release(pool.terms[0].bounds, *earlier), pool.terms[0].rates, earlier[1])

    def tie(now: Knowledge, mine: Knowledge) -> None:
        for wave, other, levels in ((0, then.known, earlier[0]), (1, now, later[0])):
            tie_wave(pool, wave, mine, other, levels)

    # What further releases of the later wave told is in its bounds; they narrow the start.
    start = link_release(later_bounds, *later).known
    tree = tuple(
        Windows(low, high, table.r, table.shown)
        for low, high, table in zip(start.low, start.high, later[1].tree, strict=True)
    )
    known = attack(replace(later[1], tree=tree), later[0], [then, replace(pooled, tie=tie)])
    rows = [
        build_bounds(one, levels, values.relations, [fact.code for fact in values.columns])
        for one, (levels, values) in ((known, later), (then.known, earlier))
    ]
    rows[0]["insider"] = np.minimum(rows[0]["insider"], later_bounds["insider"].to_numpy())
    return Told(pool_bounds(pool, pooled.known), *rows)


def with_rates(then: Linked, rates: Counts, values: Values) -> Linked:
    """The release with the rates that it published: what a pool tells of a school may tell more through them.

    rates: of the indicators, which stand first among the columns.
    """
    rate = np.full((len(rates), len(values.columns)), -1)
    rate[:, : rates.shape[1]] = rates
    return replace(then, base=rates_said(rate, then.levels[0].r, values))


def own_columns(pool: Pool) -> Counts:
    """The columns that a wave's own release counts too: indicators, which stand first in both."""
    return columns_of(pool.columns, "")


def tie_wave(pool: Pool, wave: int, mine: Knowledge, other: Knowledge, levels: list[Level]) -> None:
    """The pool's lower levels and one wave's release are about the same counts: narrow both, in place."""
    prefix = f"{pool.terms[wave].cube.wave}/"
    for depth, kind in enumerate(OWN_KINDS):
        rows = np.array([row for row, name in enumerate(pool.levels[depth].ids) if name.startswith(prefix)])
        units = pd.Index(levels[at(kind)].ids).get_indexer(
            [pool.levels[depth].ids[row].removeprefix(prefix) for row in rows]
        )
        own = own_columns(pool)
        here, there = np.ix_(rows, own), np.ix_(units, own)
        low, high = other.low[at(kind)], other.high[at(kind)]
        low[there] = mine.low[depth][here] = np.maximum(low[there], mine.low[depth][here])
        high[there] = mine.high[depth][here] = np.minimum(high[there], mine.high[depth][here])


def pool_bounds(pool: Pool, known: Knowledge) -> pd.DataFrame:
    """Bounds of the pool's tree as rows, with what friends leave."""
    tree = tuple(
        Windows(low, high, level.r, level.shown)
        for low, high, level in zip(known.low, known.high, pool.levels, strict=True)
    )
    left = friends_leave(replace(pool.values, tree=tree), pool.levels)
    cells, answers = [fact.code for fact in pool.columns], (FRIENDS, FRIENDS, 2 * FRIENDS)
    relations = pool.values.relations
    return with_friends(build_bounds(known, pool.levels, relations, cells, answers), left, relations)


def friends_leave(values: Values, levels: list[Level]) -> list[Counts]:
    """Fewest candidates for the others in each cell, once four friends of a class told both their answers.

    Every class of every school has its turn; in each wave they said yes to everything, or no.
    """
    fewest = _unsampled(levels)
    classes = [np.flatnonzero(levels[0].parent == wave) for wave in range(len(levels[1].ids))]
    everyone = np.arange(len(levels[2].ids))
    for turn in range(max((len(rows) for rows in classes), default=0)):
        seats = np.array([rows[turn % len(rows)] for rows in classes])
        for stories in product((True, False), repeat=2):
            found = _told(values, levels, seats, everyone, stories)
            fewest = [np.minimum(so_far, now) for so_far, now in zip(fewest, found, strict=True)]
    return fewest


def _told(
    values: Values, levels: list[Level], seats: Counts, schools: NDArray[np.int64], stories: tuple[bool, ...]
) -> list[Counts]:
    """Candidates once the friends of these schools spoke; a school where no answers fit their story is left out."""
    half = len(seats) // 2
    yes = np.repeat(False, len(levels[0].ids))
    yes[seats[:half]], yes[seats[half:]] = stories
    mine = seats[np.isin(levels[1].parent, schools)]
    try:
        return told_candidates(values, levels, np.repeat(mine, FRIENDS), yes)
    except ArithmeticError:
        if len(schools) == 1:
            return _unsampled(levels)
        parts = [_told(values, levels, seats, part, stories) for part in np.array_split(schools, 2)]
        return [np.minimum(one, other) for one, other in zip(*parts, strict=True)]


def _unsampled(levels: list[Level]) -> list[Counts]:
    return [np.full(level.r.shape, FRIENDS) for level in levels]


def _copy(values: Values) -> Knowledge:
    return Knowledge([table.low.copy() for table in values.tree], [table.high.copy() for table in values.tree])
