"""`release(cube, earlier_releases, policy) → tables + record`: the only way out, pure and the same every time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from pipelines.policy import Policy
from pipelines.problems import CannotDo
from pipelines.release.apart import release_apart
from pipelines.release.audit import attack
from pipelines.release.bounds import COLUMNS, build_bounds, with_friends
from pipelines.release.build import build_values
from pipelines.release.columns import PLACE_TABLES
from pipelines.release.coverage import describe_coverage
from pipelines.release.cube import Cube
from pipelines.release.history import with_history
from pipelines.release.likeness import with_likeness
from pipelines.release.made import Release
from pipelines.release.past import build_past, first_grade_units
from pipelines.release.pooling import Pooled, check_not_pooled, pool_waves
from pipelines.release.sampled import sampled_candidates
from pipelines.release.signs import LEVELS, Rules
from pipelines.release.tables import build_tables
from pipelines.release.told import with_told
from pipelines.release.tree import KINDS, Level, at
from pipelines.release.trend import with_trend
from pipelines.release.values import Values, Withheld
from pipelines.release.verdict import build_figures, failed_tables


def release(
    cube: Cube, earlier_releases: Sequence[Release], policy: Policy, rules: Rules, autumn: Cube | None = None
) -> Release:
    """The release of a wave, audited with those made before it; `autumn`: the wave a spring one is pooled with.

    A table that fails the audit is withheld for the whole wave and the rest is built anew; raises CannotDo when the
    rest fails too, when the attack does not settle, when there is nothing to release, or for too few late answers.
    """
    check_can_release(cube)
    check_not_pooled(cube.wave, earlier_releases)
    same_wave = [earlier for earlier in earlier_releases if earlier.wave == cube.wave]
    if same_wave:
        cube = replace(cube, grade_units=first_grade_units(same_wave[0].tables["pub_unit"]))
    cube = with_history(cube, earlier_releases, policy)
    withheld: Withheld = frozenset()
    attacked_for = 0.0  # seconds, building a pool included
    for _ in range(len(KINDS) * (len(cube.indicators) + 1)):
        levels, values, bounds, everything, seconds = attempt(cube, same_wave, policy, withheld, rules)
        attacked_for += seconds
        failed = failed_tables(everything, policy, {fact.code: fact.said_in for fact in values.columns})
        if not failed:
            made, apart = _finish(cube, levels, values, withheld, bounds, earlier_releases, policy, rules)
            started = time.perf_counter()
            pooled = pool_waves(cube, made, (levels, values), autumn, earlier_releases, policy, rules)
            attacked_for += time.perf_counter() - started
            made = with_told(with_pool(made, pooled), cube, same_wave, policy)
            attacked = [
                everything,
                *([] if apart is None else [apart]),
                *([pooled.told.everything()] if pooled.told else []),
            ]
            figures = build_figures(pd.concat(attacked, ignore_index=True), policy, attacked_for)
            return replace(made, record=made.record | {"audit": figures.as_json()})
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


def attempt(
    cube: Cube, same_wave: Sequence[Release], policy: Policy, withheld: Withheld, rules: Rules
) -> tuple[list[Level], Values, pd.DataFrame, pd.DataFrame, float]:
    """What would be said, what the outsider makes of it, and the seconds that took him.

    Fails closed: any doubt raises CannotDo.
    """
    try:
        levels, values = build_values(cube, policy, withheld, rules)
        started = time.perf_counter()
        bounds, everything = audit(levels, values, same_wave, policy)
        return levels, values, bounds, everything, time.perf_counter() - started
    except ArithmeticError as error:
        raise CannotDo(
            f"the disclosure audit could not be finished ({error}), so nothing is released",
            next_step="the last release stays; score the wave again, and report it if this comes back",
        ) from error


def audit(
    levels: list[Level], values: Values, same_wave: Sequence[Release], policy: Policy
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attack what would be said, together with what was said of this wave before.

    Returns the outsider's bounds, and the same with those of the earlier release below them.
    """
    linked = [build_past(same_wave[-1], levels, values, policy)] if same_wave else []
    known = attack(values, levels, linked)
    cells = [fact.code for fact in values.columns]
    seen = [(known, levels, values.relations), *((other.known, other.levels, other.relations) for other in linked)]
    found = [build_bounds(*one, cells) for one in seen]
    if not any(failed_tables(bounds, policy, {}) for bounds in found):  # what an outsider breaks needs no friends
        fewest = sampled_candidates(values, levels, None if linked else known)
        found = [with_friends(bounds, fewest, values.relations) for bounds in found]
    return found[0], pd.concat(found, ignore_index=True) if linked else found[0]


def _finish(
    cube: Cube,
    levels: list[Level],
    values: Values,
    withheld: Withheld,
    bounds: pd.DataFrame,
    earlier_releases: Sequence[Release],
    policy: Policy,
    rules: Rules,
) -> tuple[Release, pd.DataFrame | None]:
    """The release without a pool, and the outsider's bounds of what is stored apart."""
    tables = build_tables(cube, levels, values, rules, policy, withheld)
    said_before = [earlier.tables for earlier in earlier_releases if earlier.wave == cube.wave]
    apart, apart_bounds, apart_withheld = release_apart(cube, said_before, policy)
    tables |= apart
    before = [earlier for earlier in earlier_releases if earlier.wave < cube.wave]
    # Of several releases of the wave before, the last one made is the one that readers see.
    tables = with_trend(tables, sorted(before, key=lambda earlier: earlier.wave)[-1].tables if before else None)
    carrier = next((fact.code for fact in cube.indicators if fact.sign == "carrying"), None)
    tables = with_likeness(tables, before, carrier, policy)
    record = {
        "wave": cube.wave,
        "policy": policy.version,
        "rules": rules.version,
        "instrument": cube.instrument_id,
        "bureau_only": [fact.code for fact in cube.indicators if fact.lowest_level in ("district", "city")],
        "withheld": sorted(f"{kind}/{cell}" for kind, cell in withheld),
        "withheld_apart": apart_withheld,
        "classes": len(cube.classes),
        "coverage": describe_coverage(cube, tables["pub_class_wave_signal"], policy),
        "signals": int(tables["pub_class_wave_signal"]["level"].isin(LEVELS[2:]).sum()),
    }
    return Release(cube.wave, tables, bounds[COLUMNS], record), apart_bounds


def with_pool(made: Release, pooled: Pooled) -> Release:
    """The release with its pooled tables; the bounds are what an outsider has who knows them too."""
    record = made.record | {"pool": pooled.record}
    if pooled.told is None:
        return replace(made, tables=made.tables | pooled.tables, record=record)
    own = made.bounds if pooled.told.later is None else pooled.told.later
    bounds = pd.concat([own[COLUMNS], pooled.told.pool[COLUMNS]], ignore_index=True)
    return replace(made, tables=made.tables | pooled.tables, bounds=bounds, record=record)
