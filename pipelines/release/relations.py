"""What the questionnaire itself says about counts: an indicator within another, one that is the union of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.release.cube import Cube
from pipelines.release.splits import families_of, nested_pairs, splits_of, unions_of
from pipelines.release.windows import Counts

Columns = NDArray[np.int64]
Vector = NDArray[np.int64]  # one column's bounds, (units,)
Step = tuple[Callable[..., None], tuple[Any, ...], tuple[int, ...]]  # what narrows, by what, the columns it joins
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
    def steps(self) -> tuple[Step, ...]:
        """Every relation as a way to narrow bounds, and the columns that it joins."""
        loose = self.unsplit
        return (
            *((nest, pair, pair) for pair in loose.within),
            *((cover, union, (union[0], *union[1])) for union in loose.unions),
            *((exclude, (family,), family) for family in loose.exclusive),
            *((add_up, split, (split[0], *split[1])) for split in self.splits),
        )

    @cached_property
    def steps_at(self) -> dict[int, list[int]]:
        """By column, the steps that it takes part in."""
        found: dict[int, list[int]] = {column: [] for column in self.order}
        for number, (_, _, columns) in enumerate(self.steps):
            for column in columns:
                found[column].append(number)
        return found

    def steps_of(self, columns: Iterable[int]) -> list[Step]:
        """The steps in which any of the columns takes part, in their order."""
        return [self.steps[number] for number in sorted({number for at in columns for number in self.steps_at[at]})]

    @cached_property
    def group_of(self) -> dict[int, tuple[Group, int]]:
        """By column, its group and its position there."""
        return {column: (group, place) for group in self.groups for place, column in enumerate(group.columns.tolist())}

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


def tighten_around(column: int, low: Counts, high: Counts, r: Counts, relations: Relations) -> None:
    """Tighten bounds that were tight before those of one column moved, in place: what it hangs together with alone."""
    group, place = relations.group_of[column]
    if len(group.columns) > 1:
        parts = [np.ascontiguousarray(bound[:, group.columns].T) for bound in (low, high, r)]
        settle(parts[0], parts[1], parts[2], group.relations, [place])
        low[:, group.columns], high[:, group.columns] = parts[0].T, parts[1].T
    if (low[:, group.columns] > high[:, group.columns]).any():
        raise ArithmeticError("the counts contradict each other")


def settle(
    floors: Counts, ceilings: Counts, r: Counts, relations: Relations, moved: Iterable[int] | None = None
) -> None:
    """Narrow the bounds of a group until nothing moves, in place; each (columns, units), a column in one piece.

    A relation none of whose columns moved has nothing new to say. moved: what did since they were settled; None: all.
    """
    low, high = list(floors), list(ceilings)
    for _ in range(ROUNDS):
        due = relations.steps if moved is None else relations.steps_of(moved)
        before = ceilings.sum(axis=1) - floors.sum(axis=1)
        for step, what, _ in due:
            step(low, high, r, *what)
        moved = np.flatnonzero(ceilings.sum(axis=1) - floors.sum(axis=1) != before).tolist()
        if not moved:
            return


def nest(low: list[Vector], high: list[Vector], r: Counts, part: int, whole: int) -> None:
    """A part has no more than its whole; in place."""
    np.maximum(low[whole], low[part], out=low[whole])
    np.minimum(high[part], high[whole], out=high[part])


def cover(low: list[Vector], high: list[Vector], r: Counts, whole: int, parts: tuple[int, ...]) -> None:
    """A union has no more than its parts together, and each part what the others leave of it; in place."""
    total = sum_of(high, parts)
    np.minimum(high[whole], total, out=high[whole])
    for part in parts:
        np.maximum(low[part], low[whole] - (total - high[part]), out=low[part])


def exclude(low: list[Vector], high: list[Vector], r: Counts, family: tuple[int, ...]) -> None:
    """All answers to a question together are r at most; in place."""
    total, most = sum_of(low, family), r[list(family)].max(axis=0)
    for column in family:
        np.minimum(high[column], most - (total - low[column]), out=high[column])


def add_up(low: list[Vector], high: list[Vector], r: Counts, whole: int, parts: tuple[int, ...]) -> None:
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
