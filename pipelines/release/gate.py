"""`release(cube, earlier_releases, policy) → tables + record`: the only way out, pure and the same every time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.problems import CannotDo
from pipelines.release.apart import release_apart
from pipelines.release.audit import Knowledge, Linked, attack
from pipelines.release.bounds import COLUMNS, build_bounds
from pipelines.release.columns import PLACE_TABLES, with_calm, with_places
from pipelines.release.coverage import describe_coverage
from pipelines.release.cube import Cube
from pipelines.release.insider import FRIENDS, sampled_candidates
from pipelines.release.past import build_past, first_grade_units
from pipelines.release.relations import build_relations
from pipelines.release.sheet import SEVERE, build_sheet
from pipelines.release.signs import LEVELS, Rules, calm_classes, load_rules
from pipelines.release.tables import Tables, build_tables
from pipelines.release.tree import KINDS, Level, at, build_levels
from pipelines.release.trend import with_trend
from pipelines.release.values import (
    BaseRates,
    Values,
    Withheld,
    build_base_rates,
    build_class_bands,
    build_tree_windows,
)
from pipelines.release.verdict import AuditFigures, build_figures, failed_tables
from pipelines.release.windows import Bands


@dataclass(frozen=True)
class Release:
    """One wave as it may be seen: joint tables over all audiences, what an outsider concludes, and the record."""

    wave: str
    tables: Tables
    bounds: pd.DataFrame
    record: dict[str, Any]


def release(cube: Cube, earlier_releases: Sequence[Release], policy: Policy, rules: Rules) -> Release:
    """The release of a wave, audited with those made before it.

    A table that fails the audit is withheld for the whole wave and the rest is built anew; raises CannotDo when the
    rest fails too, when the attack does not settle, when there is nothing to release, or for too few late answers.
    """
    check_can_release(cube)
    same_wave = [earlier for earlier in earlier_releases if earlier.wave == cube.wave]
    if same_wave:
        cube = replace(cube, grade_units=first_grade_units(same_wave[0].tables["pub_unit"]))
    withheld: Withheld = frozenset()
    for _ in range(len(KINDS) * (len(cube.indicators) + 1)):
        levels, values, bounds, everything, figures = attempt(cube, same_wave, policy, withheld, rules)
        failed = failed_tables(everything, policy, {fact.code: fact.said_in for fact in values.columns})
        if not failed:
            return _finish(cube, levels, values, withheld, bounds, figures, earlier_releases, policy, rules)
        if failed <= withheld:
            break
        withheld |= next_withheld(failed - withheld, values)
    raise CannotDo(
        "the disclosure audit fails even with the failing tables withheld, so nothing is released",
        next_step="keep the last release; the record names the tables",
    )


def next_withheld(failed: Withheld, values: Values) -> Withheld:
    """The failing table that was said last: places, then the highest level, there the column that was cut last.

    Taking away one at a time, last said first, keeps what stood before it was said. Published rates join units that
    no table joins: those of failing indicators go before anything that was built with them.
    """
    tables = [values.columns[column].said_in for column in values.relations.order]
    said = said_rates(values)
    rates = said & {("base", code) for _, code in failed}
    if rates:
        return rates
    said_at = {table: position for position, table in enumerate(tables)}
    return frozenset([max(failed, key=lambda table: (table[1] in PLACE_TABLES, at(table[0]), said_at[table[1]]))])


def said_rates(values: Values) -> Withheld:
    """The rates that are published in some band, named as tables."""
    rates = zip(values.columns, values.base.rate.T, strict=True)
    return frozenset(("base", fact.code) for fact, rate in rates if rate.max() >= 0)


def check_can_release(cube: Cube) -> None:
    """Raise CannotDo for a wave that holds no answer of any class."""
    if len(cube.classes) == 0 or int(cube.classes["r"].sum()) == 0:
        raise CannotDo(
            "there are no answers of known classes, so there is nothing to release",
            next_step="load the responses of this wave with a class list, or stop at the core tables",
        )


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
    cube = with_calm(cube, calm)
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


def attempt(
    cube: Cube, same_wave: Sequence[Release], policy: Policy, withheld: Withheld, rules: Rules
) -> tuple[list[Level], Values, pd.DataFrame, pd.DataFrame, AuditFigures]:
    """What would be said, and what the outsider makes of it. Fails closed: any doubt raises CannotDo."""
    try:
        levels, values = build_values(cube, policy, withheld, rules)
        return levels, values, *audit(levels, values, same_wave, policy)
    except ArithmeticError as error:
        raise CannotDo(
            f"the disclosure audit could not be finished ({error}), so nothing is released",
            next_step="the last release stays; score the wave again, and report it if this comes back",
        ) from error


def audit(
    levels: list[Level], values: Values, same_wave: Sequence[Release], policy: Policy
) -> tuple[pd.DataFrame, pd.DataFrame, AuditFigures]:
    """Attack what would be said, together with what was said of this wave before.

    Returns the outsider's bounds, the same with those of the earlier release below them, and the figures over both.
    """
    started = time.perf_counter()
    linked = [build_past(same_wave[-1].bounds, levels, values, policy)] if same_wave else []
    known = attack(values, levels, linked)
    bounds, everything = look_at(known, levels, values, linked, [np.full(level.r.shape, FRIENDS) for level in levels])
    if not failed_tables(everything, policy, {}):  # what an outsider breaks needs no friends
        bounds, everything = look_at(known, levels, values, linked, sampled_candidates(values, levels))
    return bounds, everything, build_figures(everything, policy, time.perf_counter() - started)


def look_at(
    known: Knowledge, levels: list[Level], values: Values, linked: Sequence[Linked], sampled: list[np.ndarray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bounds of this release, and those with the bounds of the releases attacked with it below them."""
    cells = [fact.code for fact in values.columns]
    bounds = build_bounds(known, levels, values.relations, cells, sampled)
    seen = [build_bounds(other.known, other.levels, other.relations, cells, sampled) for other in linked]
    return bounds, pd.concat([bounds, *seen], ignore_index=True) if seen else bounds


def _finish(
    cube: Cube,
    levels: list[Level],
    values: Values,
    withheld: Withheld,
    bounds: pd.DataFrame,
    figures: AuditFigures,
    earlier_releases: Sequence[Release],
    policy: Policy,
    rules: Rules,
) -> Release:
    tables = build_tables(cube, levels, values, rules, policy, withheld)
    said_before = [earlier.tables for earlier in earlier_releases if earlier.wave == cube.wave]
    apart, _, apart_withheld = release_apart(cube, said_before, policy)
    tables |= apart
    before = [earlier for earlier in earlier_releases if earlier.wave < cube.wave]
    # Of several releases of the wave before, the last one made is the one that readers see.
    tables = with_trend(tables, sorted(before, key=lambda earlier: earlier.wave)[-1].tables if before else None)
    record = {
        "wave": cube.wave,
        "policy": policy.version,
        "rules": rules.version,
        "instrument": cube.instrument_id,
        "audit": figures.as_json(),
        "bureau_only": [fact.code for fact in cube.indicators if fact.lowest_level in ("district", "city")],
        "withheld": sorted(f"{kind}/{cell}" for kind, cell in withheld),
        "withheld_apart": apart_withheld,
        "classes": len(cube.classes),
        "coverage": describe_coverage(cube, tables["pub_class_wave_signal"]),
        "signals": int(tables["pub_class_wave_signal"]["level"].isin(LEVELS[2:]).sum()),
    }
    return Release(cube.wave, tables, bounds[COLUMNS], record)
