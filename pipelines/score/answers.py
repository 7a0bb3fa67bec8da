"""Answers → counts of a unit (a class; without classes, a combination of groups), written once as Ibis expressions.

Only what touches one row per student is here, so that another engine can run it; everything after is small.
Counting is `COUNT(CASE WHEN … THEN 1 END)`: the cheapest form in DuckDB, and 8 bytes of state per unit and count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from pipelines.score.places import Grid
from pipelines.score.rules import Sheets, met, told

if TYPE_CHECKING:
    from survey.indicators import Indicator
    from survey.instrument import Instrument


@dataclass(frozen=True)
class Source:
    """Where a wave's answers stand, and what tells units and bands apart in them."""

    schema: str
    unit: tuple[str, ...]  # ("class_id",), or the group columns of a survey without classes
    bands: tuple[str, ...]
    has_bands: bool  # False: the table has no band column, everyone is of the one band
    weighted: bool  # False: every weight is 1, so sums of weights are counts


def submissions(source: Source, instrument: Instrument) -> Any:
    """The unbound table stg_submission, with the columns that counting needs."""
    answers = {name: "string" if column.kind == "text" else "int8" for name, column in instrument.columns.items()}
    band = {"band": "string"} if source.has_bands else {}
    unit = dict.fromkeys(source.unit, "string")
    columns = {**unit, **band, "weight": "float64", "take_part": "int8", **answers}
    return ibis.table(columns, name="stg_submission", database=source.schema)


def answered_sheets(table: Any, source: Source) -> Any:
    """Submissions that are not blank, of a band that is asked."""
    kept = table.filter(table.take_part != 0)
    return kept.filter(kept.band.isin(source.bands)) if source.has_bands else kept


def count_response(table: Any, source: Source) -> Any:
    """One row per unit: submitted, blanks (of everyone)."""
    return per_unit(table, source).aggregate(submitted=table.count(), blanks=count_where(table.take_part == 0))


def count_indicator(table: Any, source: Source, indicators: tuple[Indicator, ...]) -> Any:
    """One row per unit with an answer: band, r, w and, for each indicator, valid__, yes__ (w_valid__, w_yes__)."""
    sheets = answered_sheets(table, source)
    rows = Sheets(sheets, source.bands, source.has_bands)
    scored = {f"yes__{indicator.code}": met(indicator, rows) for indicator in indicators}
    scored |= {f"valid__{indicator.code}": told(indicator, rows) for indicator in indicators}
    kept = [*source.unit, *(["band"] if source.has_bands else []), *(["weight"] if source.weighted else [])]
    flags = sheets.select(*kept, **scored)
    counts = {name: count_where(flags[name]) for name in scored}
    counts |= {f"w_{name}": sum_where(flags[name], flags.weight) for name in scored} if source.weighted else {}
    return per_unit(flags, source).aggregate(**size(flags, source), **counts)


def count_place(table: Any, source: Source, grid: Grid) -> Any:
    """One row per unit with an answer: band, r, students by place and measure, by coarse place × coarse time."""
    sheets = answered_sheets(table, source)
    conditions = {f"happens__{place}": sheets.place_top == place for place in grid.top}
    conditions |= {f"mentioned__{place}": sheets[f"place__{place}"] == 1 for place in grid.mentioned}
    conditions |= {f"avoided__{place}": sheets[f"avoid__{place}"] == 1 for place in grid.avoided}
    for group, places in grid.avoided_groups.items():
        conditions[f"avoided_group__{group}"] = any_ticked(sheets, [f"avoid__{place}" for place in places])
    for area, places in grid.by_area(grid.avoided).items():
        conditions[f"avoided_area__{area}"] = any_ticked(sheets, [f"avoid__{place}" for place in places])
    for (group, time_group), (places, times) in grid.pairs.items():
        there = sheets.place_top.isin(places)
        conditions[pair_name(group, time_group)] = there & any_ticked(sheets, [f"time__{time}" for time in times])
    counts = {name: count_where(condition) for name, condition in conditions.items()}
    return per_unit(sheets, source).aggregate(**size(sheets, source), **counts)


def count_place_time(table: Any, source: Source, grid: Grid) -> Any:
    """One row per unit per place that somebody named as the one where it happens most: students by time."""
    sheets = answered_sheets(table, source)
    sheets = sheets.filter(sheets.place_top.isin(list(grid.top)))
    counts = {f"time__{time}": count_where(sheets[f"time__{time}"] == 1) for time in grid.times}
    return sheets.group_by([*source.unit, "place_top"]).aggregate(**counts)


def pair_name(place_group: str, time_group: str) -> str:
    return f"pair__{place_group}__{time_group}"


def per_unit(rows: Any, source: Source) -> Any:
    return rows.group_by(source.unit) if source.unit else rows


def size(rows: Any, source: Source) -> dict[str, Any]:
    band = {"band": rows.band.arbitrary()} if source.has_bands else {}
    weight = {"w": rows.weight.sum()} if source.weighted else {}
    return {**band, "r": rows.count(), **weight}


def any_ticked(rows: Any, names: list[str]) -> Any:
    return ibis.or_(*[rows[name] == 1 for name in names])


def count_where(condition: Any) -> Any:
    return condition.ifelse(1, None).count()


def sum_where(condition: Any, weight: Any) -> Any:
    return condition.ifelse(weight, 0.0).sum()
