"""Everything that would be said of a wave, with the withheld tables left out before anything is built on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipelines.policy import Policy
from pipelines.release.columns import with_calm, with_places
from pipelines.release.cube import Cube
from pipelines.release.cuts import Moved, at_edges, keep_first, moved_cuts, with_windows
from pipelines.release.relations import build_relations
from pipelines.release.sheet import SEVERE, build_sheet
from pipelines.release.signs import Rules, calm_classes, load_rules
from pipelines.release.splits import with_splits
from pipelines.release.tree import Level, build_levels, class_level
from pipelines.release.values import (
    BaseRates,
    Values,
    Withheld,
    build_base_rates,
    build_class_bands,
    build_tree_windows,
    class_thresholds,
)
from pipelines.release.windows import Bands, Counts


def build_values(
    cube: Cube, policy: Policy, withheld: Withheld, rules: Rules | None = None
) -> tuple[list[Level], Values]:
    """Everything that would be said, with the withheld tables left out before anything is built on them.

    Which classes are calm is read off the bands, so these are cut first; then every column is there.
    """
    rules = rules or load_rules()
    cube = with_places(cube)
    classes = class_level(cube)
    base = build_base_rates(cube, [classes], policy, withheld)
    bands, moved = build_bands(cube, classes, base, policy, withheld, rules)
    risen = moved.risen(bands)
    calm = calm_classes(cube, bands, rules, policy, withheld, moved.seen)
    cube = with_splits(with_calm(cube, calm))
    levels = [_without(level, cube, withheld) for level in build_levels(cube, policy)]
    base = build_base_rates(cube, levels, policy, withheld)
    bands, _ = build_bands(cube, levels[0], base, policy, withheld, rules, moved)
    relations = build_relations(cube)
    sheet = None if ("school", SEVERE) in withheld else build_sheet(cube, levels, base.rate, policy)
    tree = build_tree_windows(levels, bands, sheet, relations, policy)
    said = Values(base, bands, tree, sheet, calm, cube.indicators, relations, risen, moved.seen, moved.model)
    return levels, said


def build_bands(
    cube: Cube,
    classes: Level,
    base: BaseRates,
    policy: Policy,
    withheld: Withheld,
    rules: Rules,
    moved: Moved | None = None,
) -> tuple[Bands, Moved]:
    """The bands of the classes. What moves the carrying indicator's cuts is cut before it; `moved`: done already."""
    thresholds = at_edges(class_thresholds(cube, classes.r, base, policy, rules), cube, rules)
    thresholds = keep_first(thresholds, cube)
    if moved is None:
        bands = cut_classes(cube, classes, thresholds, policy, withheld, rules)
        moved = moved_cuts(cube, base.rate, bands, rules, policy)
    if moved.cuts is not None:
        thresholds[:, moved.column] = moved.cuts.first
        thresholds = keep_first(thresholds, cube)
    return cut_classes(cube, classes, thresholds, policy, withheld, rules), moved


def cut_classes(
    cube: Cube, classes: Level, thresholds: Counts, policy: Policy, withheld: Withheld, rules: Rules
) -> Bands:
    """Bands at these thresholds, nothing of what is withheld."""
    bands = build_class_bands(cube, classes, thresholds, policy)
    for column, fact in enumerate(cube.indicators):
        if ("class", fact.code) in withheld:
            bands.number[:, column], bands.low[:, column] = 0, 0
            bands.high[:, column] = classes.r[:, column]
    return with_windows(bands, cube, rules)


def _without(level: Level, cube: Cube, withheld: Withheld) -> Level:
    hidden = np.array([(level.kind, fact.said_in) in withheld for fact in cube.indicators], dtype=bool)
    return replace(level, shown=level.shown & ~hidden)
