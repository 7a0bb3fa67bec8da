"""Pool a spring wave with the autumn before it, once its own release stands.

A pool is said last, so it alone is withheld where it fails; what was said of it stays as it was. The waves of a pool
are closed: late answers would tell the difference, so those of a pooled school are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pipelines.policy import Policy
from pipelines.problems import CannotDo
from pipelines.release.build import build_values
from pipelines.release.cube import Cube
from pipelines.release.history import with_history
from pipelines.release.made import Release
from pipelines.release.past import arrays_of, first_grade_units
from pipelines.release.pool import (
    KINDS,
    TABLES,
    Pool,
    Term,
    autumn_before,
    build_pool,
    build_term,
    pool_levels,
    pool_values,
    pooled_schools,
)
from pipelines.release.pool_attack import Built, Told, attack_jointly, attack_pool
from pipelines.release.pool_tables import NAMES, pool_tables
from pipelines.release.signs import Rules
from pipelines.release.values import Windows
from pipelines.release.verdict import failed_tables

Tables = dict[str, pd.DataFrame]
EMPTY: Tables = {name: pd.DataFrame() for name in NAMES}
KEEP = "keep the last release"


@dataclass(frozen=True)
class Pooled:
    """The pooled tables, what the attack on them found (None where nothing is said), and what goes to the record."""

    tables: Tables
    told: Told | None
    record: dict[str, Any]


def pool_waves(
    cube: Cube,
    made: Release,
    later: Built,
    autumn: Cube | None,
    earlier_releases: Sequence[Release],
    policy: Policy,
    rules: Rules,
) -> Pooled:
    """The pool of the wave with the autumn before it. `made`: its release without the pool; later: how it was built.

    Raises CannotDo where a pool was said before and late answers changed one of its schools.
    """
    before = [one for one in earlier_releases if one.wave == autumn_before(cube.wave)]
    said = [one for one in earlier_releases if one.wave == cube.wave and is_pooled(one)]
    if said and autumn is None:
        raise CannotDo("the counts of the autumn wave that this wave is pooled with are not at hand", next_step=KEEP)
    if autumn is None or not before or autumn.instrument_hash != cube.instrument_hash:
        return Pooled(EMPTY, None, {"with": None, "schools": 0, "withheld": []})
    autumn = replace(autumn, grade_units=first_grade_units(before[0].tables["pub_unit"]))
    terms = (
        build_term(autumn, before[-1].bounds, before[-1].tables),
        build_term(cube, made.bounds, made.tables),
    )
    withheld = frozenset(tuple(name.split("/", 1)) for name in before[-1].record["withheld"])

    def earlier() -> Built:
        """The autumn as it was released: which of its classes are calm follows from its history."""
        return build_values(with_history(autumn, earlier_releases, policy), policy, withheld, rules)

    if said:
        return keep_pool(terms, said[-1], later, made, earlier, policy)
    return new_pool(terms, later, made, earlier, policy, rules)


def new_pool(
    terms: tuple[Term, Term],
    later: Built,
    made: Release,
    earlier: Callable[[], Built],
    policy: Policy,
    rules: Rules,
) -> Pooled:
    """A pool said for the first time; a table that fails is withheld for the whole wave, the last said first."""
    schools, waves = pooled_schools(terms, policy), terms[0].cube.wave
    if not schools:
        return Pooled(EMPTY, None, {"with": waves, "schools": 0, "withheld": []})
    for keep in range(len(TABLES), -1, -1):
        withheld = frozenset(TABLES[keep:])
        record = {"with": waves, "schools": len(schools), "withheld": sorted(withheld)}
        try:
            pool = build_pool(terms, schools, policy, withheld)
            told = attack_all(pool, later, made, earlier) if keep else None
        except ArithmeticError:  # the counts contradict each other: nothing is said of them
            continue
        if told is None or not failed_tables(told.everything(), policy, {}):
            return Pooled(pool_tables(pool, withheld, rules, policy), told, record)
    return Pooled(EMPTY, None, {"with": waves, "schools": 0, "withheld": list(TABLES)})


def attack_all(pool: Pool, later: Built, made: Release, earlier: Callable[[], Built]) -> Told:
    """The pool by itself and, where that tells more of a wave than its release, all of it at once."""
    told, more = attack_pool(pool)
    return attack_jointly(pool, later, made.bounds, earlier()) if more else told


def keep_pool(
    terms: tuple[Term, Term],
    said: Release,
    later: Built,
    made: Release,
    earlier: Callable[[], Built],
    policy: Policy,
) -> Pooled:
    """The pool as it was said, attacked together with the further release. Raises CannotDo where they don't fit."""
    pool = said_pool(terms, said.bounds, policy)
    try:
        told = attack_jointly(pool, later, made.bounds, earlier())
    except ArithmeticError as error:
        raise CannotDo(f"the pooled tables could not be audited anew ({error})", next_step=KEEP) from error
    if failed_tables(told.everything(), policy, {}):
        raise CannotDo(
            "this release and what was said of the pooled waves would together tell too much", next_step=KEEP
        )
    return Pooled({name: said.tables[name] for name in NAMES}, told, said.record["pool"])


def said_pool(terms: tuple[Term, Term], bounds: pd.DataFrame, policy: Policy) -> Pool:
    """A pool out of the bounds it was kept with; raises CannotDo where late answers came in for its schools."""
    schools = sorted(bounds.loc[bounds["kind"] == KINDS[2], "unit_id"].astype(str).unique())
    levels = pool_levels(terms, schools, policy, frozenset())
    codes = [fact.code for fact in terms[1].cube.indicators]
    kept = [arrays_of(bounds, level, codes) for level in levels]
    changed = (levels[0].r != kept[0][0]).any(axis=1)
    homes = levels[1].parent[levels[0].parent]
    if changed.any():
        names = sorted({schools[home] for home in homes[changed]})
        raise CannotDo(
            f"{len(names)} schools whose waves were pooled have other answers now ({', '.join(names[:3])}"
            f"{' …' if len(names) > 3 else ''}), so the difference could be read",
            next_step="leave out the late answers of these schools; those of all other schools can be released",
        )
    tree = tuple(Windows(low, high, r, level.shown) for (r, low, high), level in zip(kept, levels, strict=True))
    return Pool(terms, levels, pool_values(levels, tree, terms[1].cube))


def is_pooled(release: Release) -> bool:
    """Something was said of two waves together."""
    return bool((release.bounds["kind"] == KINDS[2]).any())


def check_not_pooled(wave: str, earlier_releases: Sequence[Release]) -> None:
    """Raise CannotDo for a further release of a wave that a later one was pooled with."""
    for release in earlier_releases:
        if is_pooled(release) and release.record["pool"]["with"] == wave:
            raise CannotDo(
                f"wave {wave} was pooled with {release.wave} for small schools, so late answers to it could be read"
                " out of the difference",
                next_step=f"{KEEP} of {wave}; answers that came after {release.wave} was released stay out",
            )
