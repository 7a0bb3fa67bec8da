"""Everything that would be said of a wave, with the withheld tables left out before anything is built on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipelines.policy import Policy
from pipelines.release.columns import with_calm, with_places
from pipelines.release.cube import Cube
from pipelines.release.relations import build_relations
from pipelines.release.sheet import SEVERE, build_sheet
from pipelines.release.signs import Rules, calm_classes, load_rules
from pipelines.release.splits import with_splits
from pipelines.release.tree import Level, build_levels
from pipelines.release.values import (
    BaseRates,
    Values,
    Withheld,
    build_base_rates,
    build_class_bands,
    build_tree_windows,
)
from pipelines.release.windows import Bands


def build_values(
    cube: Cube, policy: Policy, withheld: Withheld, rules: Rules | None = None
) -> tuple[list[Level], Values]:
    """Everything that would be said, with the withheld tables left out before anything is built on them.

    Which classes are calm is read off the bands, so these are cut first; then every column is there.
    """
    rules = rules or load_rules()
    cube = with_places(cube)
    levels, base, bands = build_bands(cube, policy, withheld)
    calm = calm_classes(cube, bands, rules, policy, withheld)
    cube = with_splits(with_calm(cube, calm))
    levels, base, bands = build_bands(cube, policy, withheld)
    relations = build_relations(cube)
    sheet = None if ("school", SEVERE) in withheld else build_sheet(cube, levels, base.rate, policy)
    tree = build_tree_windows(levels, bands, sheet, relations, policy)
    return levels, Values(base, bands, tree, sheet, calm, cube.indicators, relations)


def build_bands(cube: Cube, policy: Policy, withheld: Withheld) -> tuple[list[Level], BaseRates, Bands]:
    """The tree of units, the city's rates, and the bands of the classes."""
    levels = [_without(level, cube, withheld) for level in build_levels(cube, policy)]
    base = build_base_rates(cube, levels, policy, withheld)
    bands = build_class_bands(cube, levels[0], base, policy)
    for column, fact in enumerate(cube.indicators):
        if ("class", fact.code) in withheld:
            bands.number[:, column], bands.low[:, column] = 0, 0
            bands.high[:, column] = levels[0].r[:, column]
    return levels, base, bands


def _without(level: Level, cube: Cube, withheld: Withheld) -> Level:
    hidden = np.array([(level.kind, fact.said_in) in withheld for fact in cube.indicators], dtype=bool)
    return replace(level, shown=level.shown & ~hidden)
