"""Two waves told together: what a pool says of a small school, bound to both waves' own unknowns.

A pool counts the answers of both waves, so its unknowns lie in no wave's tree; each is the sum of one count of either
wave. Areas are said of pools alone: they are bound to `avoids` of both waves and to all their answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from pipelines.audit.grid import Grid
from pipelines.audit.program import UNBOUNDED
from pipelines.audit.said import Said
from pipelines.audit.unknown import POOLED, Unknown

INDICATORS, AREAS = "pub_school_pool_indicator", "pub_school_pool_place"


def add_pools(grid: Grid, wordings: Sequence[Said]) -> None:
    """The pools of every wording, each with the last wording of the wave it was pooled with."""
    last = {said.wave: said for said in wordings}
    for said in wordings:
        for row in rows_of(said, INDICATORS):
            name = pooled_name(said, row, "indicator", row["indicator"])
            grid.unknown(name, int(row["lo"]), int(row["hi"]))
            grid.bind(counts_of(grid, said, last, row, row["indicator"]), [name], 0, 0)
        add_areas(grid, said, last)


def add_areas(grid: Grid, said: Said, last: Mapping[str, Said]) -> None:
    """One area a student where it happens; avoided areas lie within `avoids` of both waves, which they cover."""
    areas: dict[tuple[str, str], list[Unknown]] = {}
    rows = {row["school_id"]: row for row in rows_of(said, AREAS)}
    for row in rows_of(said, AREAS):
        name = pooled_name(said, row, "place", row["measure"], row["area"])
        grid.unknown(name, int(row["lo"]), int(row["hi"]))
        areas.setdefault((row["school_id"], row["measure"]), []).append(name)
    for (school, measure), names in areas.items():
        if measure == "happens":
            most = sum(one.answers("school", school)[1] for one in both(said, last, rows[school]))
            grid.bind(names, [], -UNBOUNDED, most)
            continue
        whole = counts_of(grid, said, last, rows[school], "avoids")
        for name in names:
            grid.bind([name], whole, -UNBOUNDED, 0)
        if len(names) == len(shown_areas(said)):
            grid.bind(whole, names, -UNBOUNDED, 0)


def shown_areas(said: Said) -> set[str]:
    """Areas that the wave speaks of."""
    return set(said.tables[AREAS]["area"])


def rows_of(said: Said, table: str) -> Iterator[dict[str, Any]]:
    """Rows of a pooled table that say something, if both waves are at hand to be told about."""
    frame = said.tables.get(table, pd.DataFrame())
    yield from [] if frame.empty else frame[frame["lo"].notna()].to_dict("records")


def pooled_name(said: Said, row: Mapping[str, Any], *cell: str) -> Unknown:
    """The unknown of a pool's row, named by its later wave."""
    return Unknown(said.wave, said.version, "school", row["school_id"], (POOLED + cell[0], *cell[1:]))


def both(said: Said, last: Mapping[str, Said], row: Mapping[str, Any]) -> tuple[Said, Said]:
    """The wording of the pool's later wave, and the last one of its earlier. Raises ArithmeticError without it."""
    if row["pooled_with"] not in last:
        raise ArithmeticError(f"{said.wave} was pooled with {row['pooled_with']}, whose tables are not at hand")
    return said, last[row["pooled_with"]]


def counts_of(
    grid: Grid, said: Said, last: Mapping[str, Said], row: Mapping[str, Any], indicator: str
) -> list[Unknown]:
    """The school's count of an indicator in either wave; 0 to all its answers where no row says more."""
    names = []
    for one in both(said, last, row):
        name = Unknown(one.wave, one.version, "school", row["school_id"], ("indicator", indicator))
        most = one.answers("school", row["school_id"], one.asked[indicator])[1]
        if most:
            grid.unknown(name, 0, most)
            names.append(name)
    return names


def waves_joined(wordings: Sequence[Said]) -> dict[str, str]:
    """Wave → the name under which it is solved: a pool joins the counts of both its waves."""
    joined = {said.wave: said.wave for said in wordings}
    for said in wordings:
        for row in rows_of(said, INDICATORS):
            joined[row["pooled_with"]] = joined[said.wave]
    return joined
