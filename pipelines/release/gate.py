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
from pipelines.release.audit import attack
from pipelines.release.bounds import COLUMNS, build_bounds
from pipelines.release.cube import Cube
from pipelines.release.insider import sampled_candidates
from pipelines.release.past import build_past
from pipelines.release.relations import build_relations
from pipelines.release.signs import LEVELS, Rules
from pipelines.release.tables import Tables, build_tables
from pipelines.release.tree import KINDS, Level, at, build_levels
from pipelines.release.trend import with_trend
from pipelines.release.values import (
    BaseRates,
    Values,
    Withheld,
    build_base_rates,
    build_class_bands,
    build_place,
    build_place_time,
    build_tree_windows,
)
from pipelines.release.verdict import AuditFigures, build_figures, failed_tables


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
    withheld: Withheld = frozenset()
    for _ in range(len(KINDS) * (len(cube.indicators) + 1)):
        levels, values, bounds, everything, figures = attempt(cube, same_wave, policy, withheld)
        failed = failed_tables(everything, policy)
        if not failed:
            return _finish(cube, levels, values, withheld, bounds, figures, earlier_releases, policy, rules)
        if failed <= withheld:
            break
        withheld |= {next_withheld(failed - withheld, said_rates(cube, values.base), build_relations(cube).order, cube)}
    raise CannotDo(
        "the disclosure audit fails even with the failing tables withheld, so nothing is released",
        next_step="keep the last release; the record names the tables",
    )


def next_withheld(failed: Withheld, said: Withheld, order: tuple[int, ...], cube: Cube) -> tuple[str, str]:
    """The failing table that was said last: places, then the highest level, there the indicator that was cut last.

    Taking away one at a time, last said first, keeps what stood before it was said.
    """
    codes = [cube.indicators[column].code for column in order]
    kinds = [*KINDS, "place_time", "place"]
    # A published rate joins units that no table joins: it goes before anything built with it does.
    rates = sorted(code for kind, code in failed if ("base", code) in said)
    if rates:
        return "base", rates[0]
    return max(failed, key=lambda table: (kinds.index(table[0]), codes.index(table[1]) if table[1] in codes else 0))


def said_rates(cube: Cube, base: BaseRates) -> Withheld:
    """The rates that are published in some band, named as tables."""
    return frozenset(
        ("base", fact.code) for fact, rate in zip(cube.indicators, base.rate.T, strict=True) if rate.max() >= 0
    )


def check_can_release(cube: Cube) -> None:
    """Raise CannotDo for a wave that holds no answer of any class."""
    if len(cube.classes) == 0 or int(cube.classes["r"].sum()) == 0:
        raise CannotDo(
            "there are no answers of known classes, so there is nothing to release",
            next_step="load the responses of this wave with a class list, or stop at the core tables",
        )


def build_values(cube: Cube, policy: Policy, withheld: Withheld) -> tuple[list[Level], Values]:
    """Everything that would be said, with the withheld tables left out before anything is built on them."""
    relations = build_relations(cube)
    levels = [_without(level, cube, withheld) for level in build_levels(cube, policy)]
    base = build_base_rates(cube, levels, policy, withheld)
    bands = build_class_bands(cube, levels[0], base, policy)
    for column, fact in enumerate(cube.indicators):
        if ("class", fact.code) in withheld:
            bands.number[:, column], bands.low[:, column] = 0, 0
            bands.high[:, column] = levels[0].r[:, column]
    tree = build_tree_windows(levels, bands, relations, policy)
    school_r = _school_answers(cube, levels)
    cells = build_place_time(cube, school_r, policy)
    if ("place_time", "*") in withheld:
        cells = replace(cells, low=np.zeros_like(cells.low), high=cells.r.copy(), shown=np.zeros_like(cells.shown))
    place = build_place(
        cube, school_r, cells, _avoids(cube, tree[at("school")].low, tree[at("school")].high, school_r), policy
    )
    if ("place", "*") in withheld:
        place = replace(place, low=np.zeros_like(place.low), high=place.r.copy(), shown=np.zeros_like(place.shown))
    return levels, Values(base, bands, tree, place, cells)


def _without(level: Level, cube: Cube, withheld: Withheld) -> Level:
    hidden = np.array([(level.kind, fact.code) in withheld for fact in cube.indicators], dtype=bool)
    return replace(level, shown=level.shown & ~hidden)


def _school_answers(cube: Cube, levels: list[Level]) -> np.ndarray:
    """(schools,) opened answers of each school, in the order of its level."""
    by_school = cube.classes.groupby("school_id")["r"].sum()
    return by_school.loc[list(levels[at("school")].ids)].to_numpy(np.int64)


def _avoids(cube: Cube, low: np.ndarray, high: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    column = cube.position().get("avoids")
    return (np.zeros_like(r), r) if column is None else (low[:, column], high[:, column])


def attempt(
    cube: Cube, same_wave: Sequence[Release], policy: Policy, withheld: Withheld
) -> tuple[list[Level], Values, pd.DataFrame, pd.DataFrame, AuditFigures]:
    """What would be said, and what the outsider makes of it. Fails closed: any doubt raises CannotDo."""
    try:
        levels, values = build_values(cube, policy, withheld)
        return levels, values, *audit(cube, levels, values, same_wave, policy)
    except ArithmeticError as error:
        raise CannotDo(
            f"the disclosure audit could not be finished ({error}), so nothing is released",
            next_step="the last release stays; score the wave again, and report it if this comes back",
        ) from error


def audit(
    cube: Cube, levels: list[Level], values: Values, same_wave: Sequence[Release], policy: Policy
) -> tuple[pd.DataFrame, pd.DataFrame, AuditFigures]:
    """Attack what would be said, together with what was said of this wave before.

    Returns the outsider's bounds, the same with those of the earlier release below them, and the figures over both.
    """
    started = time.perf_counter()
    past = build_past(same_wave[-1].bounds, levels, values, cube, policy) if same_wave else None
    known = attack(values, levels, cube, build_relations(cube), past)
    sampled = sampled_candidates(values, levels, cube, build_relations(cube))
    bounds = build_bounds(known, levels, values.place.r, values.place_time.r, cube, sampled)
    seen = [bounds]
    if past:
        old_cells = values.place_time.r - past.more_cells
        seen.append(build_bounds(past.known, past.levels, past.place_r, old_cells, cube, sampled))
    everything = pd.concat(seen, ignore_index=True)
    return bounds, everything, build_figures(everything, policy, time.perf_counter() - started)


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
        "classes": len(cube.classes),
        "signals": int(tables["pub_class_wave_signal"]["level"].isin(LEVELS[2:]).sum()),
    }
    return Release(cube.wave, tables, bounds[COLUMNS], record)
