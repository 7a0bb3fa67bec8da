"""What the questionnaire itself says about counts: an indicator within another, one that is the union of several."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.release.cube import Cube, IndicatorFacts
from pipelines.release.windows import Counts

Columns = NDArray[np.int64]


@dataclass(frozen=True)
class Relations:
    """Columns of indicators, and the order in which windows are cut.

    within: (part, whole) pairs; unions: a whole and the parts it is made of; exclusive: families of which a student
    can be counted in one at most, being different answers to one question; splits: a whole and the parts that add up
    to it.
    """

    within: tuple[tuple[int, int], ...]
    unions: tuple[tuple[int, tuple[int, ...]], ...]
    exclusive: tuple[tuple[int, ...], ...]
    splits: tuple[tuple[int, tuple[int, ...]], ...]
    order: tuple[int, ...]

    @cached_property
    def parts_by_whole(self) -> tuple[Columns, Columns, Columns]:
        """All parts in the order of their wholes, each whole once, and where its parts begin."""
        return grouped([(whole, part) for part, whole in self.within])

    @cached_property
    def wholes_by_part(self) -> tuple[Columns, Columns, Columns]:
        return grouped(list(self.within))


def grouped(pairs: list[tuple[int, int]]) -> tuple[Columns, Columns, Columns]:
    """(key, value) pairs as values in the order of their keys, each key once, and where its values begin."""
    keys, values = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    once, first = np.unique(keys, return_index=True)
    return values, once, first


def build_relations(cube: Cube) -> Relations:
    """Relations among the cube's indicators; those with class bands are cut first, the rest as declared."""
    position = cube.position()
    within = {
        (column, position[whole])
        for column, fact in enumerate(cube.indicators)
        for whole in fact.within
        if whole in position
    }
    unions = [
        (column, tuple(position[part] for part in fact.covered_by))
        for column, fact in enumerate(cube.indicators)
        if fact.covered_by and all(part in position for part in fact.covered_by)
    ]
    within |= {(part, whole) for whole, parts in unions for part in parts}
    order = sorted(range(len(cube.indicators)), key=lambda column: (not cube.indicators[column].class_level, column))
    return Relations(
        tuple(sorted(within)), tuple(unions), exclusive_families(cube.indicators), splits_of(cube), tuple(order)
    )


def splits_of(cube: Cube) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """(whole, parts) of columns whose parts add up to the whole."""
    position, parts = cube.position(), dict[str, list[int]]()
    for column, fact in enumerate(cube.indicators):
        if fact.part_of:
            parts.setdefault(fact.part_of, []).append(column)
    return tuple((position[whole], tuple(columns)) for whole, columns in parts.items())


def exclusive_families(columns: tuple[IndicatorFacts, ...]) -> tuple[tuple[int, ...], ...]:
    """Columns that are different answers to the same question, two or more together."""
    families: dict[str, list[int]] = {}
    for column, fact in enumerate(columns):
        if fact.question:
            families.setdefault(fact.question, []).append(column)
    return tuple(tuple(family) for family in families.values() if len(family) > 1)


def tighten(low: Counts, high: Counts, r: Counts, relations: Relations) -> tuple[Counts, Counts]:
    """Bounds (units, indicators) after every relation was drawn on, repeated until nothing moves; r as they.

    Raises ArithmeticError where the bounds contradict the relations: no counts of real answers can do that.
    """
    low, high = low.copy(), high.copy()
    while True:
        before = low.sum() - high.sum()
        nest(low, high, relations)
        for whole, parts in relations.unions:
            columns = list(parts)
            total = high[:, columns].sum(axis=1)
            high[:, whole] = np.minimum(high[:, whole], total)
            spare = total[:, None] - high[:, columns]
            low[:, columns] = np.maximum(low[:, columns], low[:, [whole]] - spare)
        for family in relations.exclusive:
            columns = list(family)
            others = low[:, columns].sum(axis=1, keepdims=True) - low[:, columns]
            high[:, columns] = np.minimum(high[:, columns], r[:, columns].max(axis=1, keepdims=True) - others)
        for whole, parts in relations.splits:
            add_up(low, high, whole, list(parts))
        if (low > high).any():
            raise ArithmeticError("the counts contradict each other")
        if low.sum() - high.sum() == before:
            return low, high


def nest(low: Counts, high: Counts, relations: Relations) -> None:
    """Lift every whole to the highest floor of its parts, press every part under its lowest ceiling, in place."""
    if not relations.within:
        return
    parts, whole, first = relations.parts_by_whole
    low[:, whole] = np.maximum(low[:, whole], np.maximum.reduceat(low[:, parts], first, axis=1))
    wholes, part, first = relations.wholes_by_part
    high[:, part] = np.minimum(high[:, part], np.minimum.reduceat(high[:, wholes], first, axis=1))


def add_up(low: Counts, high: Counts, whole: int, parts: list[int]) -> None:
    """Narrow a whole by the sum of its parts, and each part by the whole less the others, in place."""
    least, most = low[:, parts].sum(axis=1), high[:, parts].sum(axis=1)
    low[:, whole] = np.maximum(low[:, whole], least)
    high[:, whole] = np.minimum(high[:, whole], most)
    high[:, parts] = np.minimum(high[:, parts], high[:, [whole]] - (least[:, None] - low[:, parts]))
    low[:, parts] = np.maximum(low[:, parts], low[:, [whole]] - (most[:, None] - high[:, parts]))
