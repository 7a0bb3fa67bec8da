"""The peer of the Ibis expressions: the same four tables of counts in SQL written by hand for DuckDB.

It knows the instrument only as lists of columns and thresholds, and shares no code with pipelines.score.rules, so that
equal checksums mean something. Bench only: the product counts with Ibis.
"""

from __future__ import annotations

import duckdb

from pipelines.score.answers import Source
from pipelines.score.places import Grid
from survey.columns import Column
from survey.indicators import AnyOf, Clause, Indicator
from survey.instrument import Instrument


def count_answers_sql(
    connection: duckdb.DuckDBPyConnection, source: Source, instrument: Instrument, grid: Grid
) -> None:
    """Make count_response, count_indicator, count_place and count_place_time of a wave with classes, weight 1."""
    sheets = f"{source.schema}.stg_submission"
    kept = f"{sheets} WHERE take_part <> 0 AND band IN ({quoted_list(source.bands)})"
    counts = [named(indicator, source.bands) for indicator in instrument.indicators.values()]
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE count_response AS
        SELECT class_id, count(*) AS submitted, count(CASE WHEN take_part = 0 THEN 1 END) AS blanks
        FROM {sheets} GROUP BY class_id""")
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE count_indicator AS
        SELECT class_id, any_value(band) AS band, count(*) AS r, {", ".join(counts)} FROM {kept} GROUP BY class_id""")
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE count_place AS
        SELECT class_id, any_value(band) AS band, count(*) AS r, {", ".join(place_counts(grid))}
        FROM {kept} GROUP BY class_id""")
    times = ", ".join(f"count(CASE WHEN time__{time} = 1 THEN 1 END) AS time__{time}" for time in grid.times)
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE count_place_time AS
        SELECT class_id, place_top, {times} FROM {kept} AND place_top IN ({quoted_list(grid.top)})
        GROUP BY class_id, place_top""")


def named(indicator: Indicator, bands: tuple[str, ...]) -> str:
    yes = any_clause(indicator.numerator, bands)
    base = f" AND ({any_clause(indicator.denominator, bands)})" if indicator.denominator else ""
    known = f"({enough(indicator, bands)} OR {yes})"
    return (
        f"count(CASE WHEN ({yes}){base} THEN 1 END) AS yes__{indicator.code}, "
        f"count(CASE WHEN {known}{base} THEN 1 END) AS valid__{indicator.code}"
    )


def any_clause(rule: AnyOf, bands: tuple[str, ...]) -> str:
    return " OR ".join(clause_sql(clause, bands) for clause in rule.clauses)


def clause_sql(clause: Clause, bands: tuple[str, ...]) -> str:
    hits = [column_in(column, clause.counted(column), bands) for column in clause.columns]
    if clause.count == 1:
        return "(" + " OR ".join(hits) + ")"
    return f"({added(hits)} >= {clause.count})"


def enough(indicator: Indicator, bands: tuple[str, ...]) -> str:
    columns = indicator.numerator.columns
    if len(columns) == 1:
        return column_in(columns[0], columns[0].answers, bands)
    by_band = " ".join(f"WHEN '{band}' THEN {indicator.least_answered(band)}" for band in indicator.bands)
    return f"{added([column_in(column, column.answers, bands) for column in columns])} >= CASE band {by_band} END"


def column_in(column: Column, codes: tuple[int | str, ...], bands: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{code}'" if isinstance(code, str) else str(code) for code in codes)
    run = len(codes) > 1 and list(codes) == list(range(int(codes[0]), int(codes[0]) + len(codes)))
    found = f"{column.name} BETWEEN {codes[0]} AND {codes[-1]}" if run else f"{column.name} IN ({listed})"
    return f"({found})" if set(bands) <= set(column.bands) else f"({found} AND band IN ({quoted_list(column.bands)}))"


def added(conditions: list[str]) -> str:
    return "(" + " + ".join(f"CASE WHEN {one} THEN 1::TINYINT ELSE 0::TINYINT END" for one in conditions) + ")"


def place_counts(grid: Grid) -> list[str]:
    conditions = {f"happens__{place}": f"place_top = '{place}'" for place in grid.top}
    conditions |= {f"mentioned__{place}": f"place__{place} = 1" for place in grid.mentioned}
    conditions |= {f"avoided__{place}": f"avoid__{place} = 1" for place in grid.avoided}
    for group, places in grid.avoided_groups.items():
        conditions[f"avoided_group__{group}"] = " OR ".join(f"avoid__{place} = 1" for place in places)
    for area, places in grid.by_area(grid.avoided).items():
        conditions[f"avoided_area__{area}"] = " OR ".join(f"avoid__{place} = 1" for place in places)
    for (group, time_group), (places, times) in grid.pairs.items():
        ticked = " OR ".join(f"time__{time} = 1" for time in times)
        conditions[f"pair__{group}__{time_group}"] = f"place_top IN ({quoted_list(places)}) AND ({ticked})"
    return [f"count(CASE WHEN {condition} THEN 1 END) AS {name}" for name, condition in conditions.items()]


def quoted_list(codes: object) -> str:
    return ", ".join(f"'{code}'" for code in codes)  # type: ignore[attr-defined]
