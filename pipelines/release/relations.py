"""What the questionnaire itself says about counts: an indicator within another, one that is the union of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.release.cube import Cube
from pipelines.release.windows import Counts


@dataclass(frozen=True)
class Relations:
    """Columns of indicators, and the order in which windows are cut.

    within: (part, whole) pairs; unions: a whole and the parts it is made of; exclusive: families of which a student
    can be counted in one at most, being different answers to one question.
    """

    within: tuple[tuple[int, int], ...]
    unions: tuple[tuple[int, tuple[int, ...]], ...]
    exclusive: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]


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
    return Relations(tuple(sorted(within)), tuple(unions), exclusive_families(cube), tuple(order))


def exclusive_families(cube: Cube) -> tuple[tuple[int, ...], ...]:
    """Columns of indicators that are different answers to the same question, two or more together."""
    families: dict[str, list[int]] = {}
    for column, fact in enumerate(cube.indicators):
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
        for part, whole in relations.within:
            low[:, whole] = np.maximum(low[:, whole], low[:, part])
            high[:, part] = np.minimum(high[:, part], high[:, whole])
        for whole, parts in relations.unions:
            columns = list(parts)
            total = high[:, columns].sum(axis=1)
            high[:, whole] = np.minimum(high[:, whole], total)
            spare = total[:, None] - high[:, columns]
            low[:, columns] = np.maximum(low[:, columns], low[:, [whole]] - spare)
        for family in relations.exclusive:
            columns = list(family)
            others = low[:, columns].sum(axis=1, keepdims=True) - low[:, columns]
            high[:, columns] = np.minimum(high[:, columns], r[:, columns] - others)
        if (low > high).any():
            raise ArithmeticError("the counts contradict each other")
        if low.sum() - high.sum() == before:
            return low, high
