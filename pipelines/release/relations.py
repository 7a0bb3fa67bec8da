"""What the questionnaire itself says about counts: an indicator within another, one that is the union of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.release.cube import Cube
from pipelines.release.windows import Counts


@dataclass(frozen=True)
class Relations:
    """Columns of indicators: (part, whole) pairs, (whole, parts) unions, and the order in which windows are cut."""

    within: tuple[tuple[int, int], ...]
    unions: tuple[tuple[int, tuple[int, ...]], ...]
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
    return Relations(tuple(sorted(within)), tuple(unions), tuple(order))


def tighten(low: Counts, high: Counts, relations: Relations) -> tuple[Counts, Counts]:
    """Bounds (units, indicators) after every relation was drawn on, repeated until nothing moves.

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
        if (low > high).any():
            raise ArithmeticError("the counts contradict each other")
        if low.sum() - high.sum() == before:
            return low, high
