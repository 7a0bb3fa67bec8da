"""What the questionnaire itself says about counts: an indicator within another, one that is the union of several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.release.cube import Cube
from pipelines.release.splits import families_of, nested_pairs, splits_of, unions_of
from pipelines.release.windows import Counts

Columns = NDArray[np.int64]
Vector = NDArray[np.int64]  # one column's bounds, (units,)
ROUNDS = 60  # one narrowing seldom takes more than five


@dataclass(frozen=True)
class Relations:
    """Columns of indicators, and the order in which windows are cut.

    within: (part, whole) pairs; unions: a whole and the parts it is made of; exclusive: families of which a student
    can be counted in one at most, being different answers to one question; splits: a whole and the parts that add up
    to it; made: columns that only follow from others, the last ones.
    """

    within: tuple[tuple[int, int], ...]
    unions: tuple[tuple[int, tuple[int, ...]], ...]
    exclusive: tuple[tuple[int, ...], ...]
    splits: tuple[tuple[int, tuple[int, ...]], ...]
    order: tuple[int, ...]
    made: tuple[int, ...] = ()

    @cached_property
    def unsplit(self) -> Relations:
        """The nested pairs, unions and families alone that no split ties, and so says more of."""
        pairs = {(part, whole) for whole, parts in self.splits for part in parts}
        summed = {parts for _, parts in self.splits}
        return replace(
            self,
            within=tuple(pair for pair in self.within if pair not in pairs),
            unions=tuple((whole, parts) for whole, parts in self.unions if parts not in summed),
            exclusive=tuple(family for family in self.exclusive if family not in summed),
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Columns that relations join, however far around, with all that joins them."""
        home = {column: column for column in self.order}

        def find(column: int) -> int:
            while home[column] != column:
                column = home[column]
            return column

        for first, *others in self.links():
            for other in others:
                home[find(other)] = find(first)
        members: dict[int, list[int]] = {}
        for column in sorted(self.order):
            members.setdefault(find(column), []).append(column)
        return tuple(Group(np.array(columns), self.among(columns)) for columns in members.values())

    def links(self) -> Iterable[tuple[int, ...]]:
        """The columns that each relation joins."""
        yield from self.within
        yield from self.exclusive
        yield from ((whole, *parts) for whole, parts in (*self.unions, *self.splits))

    def among(self, columns: list[int]) -> Relations:
        """The relations of a group, which name its columns by their position in it."""
        at = {column: position for position, column in enumerate(columns)}

        def sums(found: tuple[tuple[int, tuple[int, ...]], ...]) -> tuple[tuple[int, tuple[int, ...]], ...]:
            return tuple((at[whole], tuple(at[part] for part in parts)) for whole, parts in found if whole in at)

        return Relations(
            within=tuple((at[part], at[whole]) for part, whole in self.within if part in at),
            unions=sums(self.unions),
            exclusive=tuple(tuple(at[column] for column in family) for family in self.exclusive if family[0] in at),
            splits=sums(self.splits),
            order=tuple(at[column] for column in self.order if column in at),
            made=tuple(at[column] for column in self.made if column in at),
        )


@dataclass(frozen=True)
class Group:
    """Columns that hang together, and their relations by position in the group."""

    columns: Columns
    relations: Relations


def build_relations(cube: Cube) -> Relations:
    """Relations among the cube's columns; those with class bands are cut first, the rest as declared."""
    facts, at = cube.indicators, cube.position()
    order = sorted(range(len(facts)), key=lambda column: (not facts[column].class_level, column))
    return Relations(
        within=tuple(sorted((at[part], at[whole]) for part, whole in nested_pairs(facts))),
        unions=tuple((at[whole], tuple(at[part] for part in parts)) for whole, parts in unions_of(facts)),
        exclusive=tuple(tuple(at[code] for code in family) for family in families_of(facts).values()),
        splits=tuple((at[whole], tuple(at[part] for part in parts)) for whole, parts in splits_of(facts)),
        order=tuple(order),
        made=tuple(column for column, fact in enumerate(facts) if fact.made),
    )


def tighten(low: Counts, high: Counts, r: Counts, relations: Relations) -> tuple[Counts, Counts]:
    """Bounds (units, indicators) after every relation was drawn on, repeated until nothing moves; r as they.

    Raises ArithmeticError where the bounds contradict the relations: no counts of real answers can do that.
    """
    low, high = follow(low, high, r, relations)
    if (low > high).any():
        raise ArithmeticError("the counts contradict each other")
    return low, high


def follow(low: Counts, high: Counts, r: Counts, relations: Relations) -> tuple[Counts, Counts]:
    """The same, and where bounds contradict the relations a floor ends above its ceiling."""
    low, high = low.copy(), high.copy()
    for group in relations.groups:
        if len(group.columns) > 1:
            parts = [np.ascontiguousarray(bound[:, group.columns].T) for bound in (low, high, r)]
            settle(parts[0], parts[1], parts[2], group.relations)
            low[:, group.columns], high[:, group.columns] = parts[0].T, parts[1].T
    return low, high


def settle(floors: Counts, ceilings: Counts, r: Counts, relations: Relations) -> None:
    """Narrow the bounds of a group until nothing moves, in place; each (columns, units), a column in one piece."""
    loose, low, high = relations.unsplit, list(floors), list(ceilings)
    for _ in range(ROUNDS):
        before = floors.sum() - ceilings.sum()
        for part, whole in loose.within:
            np.maximum(low[whole], low[part], out=low[whole])
            np.minimum(high[part], high[whole], out=high[part])
        for whole, parts in loose.unions:
            cover(low, high, whole, parts)
        for family in loose.exclusive:
            exclude(low, high, family, r[list(family)].max(axis=0))
        for whole, parts in relations.splits:
            add_up(low, high, whole, parts)
        if floors.sum() - ceilings.sum() == before:
            return


def cover(low: list[Vector], high: list[Vector], whole: int, parts: tuple[int, ...]) -> None:
    """A union has no more than its parts together, and each part what the others leave of it; in place."""
    total = sum_of(high, parts)
    np.minimum(high[whole], total, out=high[whole])
    for part in parts:
        np.maximum(low[part], low[whole] - (total - high[part]), out=low[part])


def exclude(low: list[Vector], high: list[Vector], family: tuple[int, ...], r: Vector) -> None:
    """All answers to a question together are r at most; in place."""
    total = sum_of(low, family)
    for column in family:
        np.minimum(high[column], r - (total - low[column]), out=high[column])


def add_up(low: list[Vector], high: list[Vector], whole: int, parts: tuple[int, ...]) -> None:
    """Narrow a whole by the sum of its parts, and each part by the whole less the others, in place."""
    least, most = sum_of(low, parts), sum_of(high, parts)
    np.maximum(low[whole], least, out=low[whole])
    np.minimum(high[whole], most, out=high[whole])
    if len(parts) == 2:  # nearly all splits are of two, and this takes half the steps
        one, other = parts
        np.maximum(low[one], low[whole] - high[other], out=low[one])
        np.minimum(high[one], high[whole] - low[other], out=high[one])
        np.maximum(low[other], low[whole] - high[one], out=low[other])
        np.minimum(high[other], high[whole] - low[one], out=high[other])
        return
    for part in parts:
        others = least - low[part], most - high[part]
        np.minimum(high[part], high[whole] - others[0], out=high[part])
        np.maximum(low[part], low[whole] - others[1], out=low[part])


def sum_of(columns: list[Vector], which: tuple[int, ...]) -> Vector:
    total = columns[which[0]] + columns[which[1]] if len(which) > 1 else columns[which[0]].copy()
    for column in which[2:]:
        total += columns[column]
    return total
