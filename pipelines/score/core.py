"""Counts of units → the core tables, in plain SQL: by now a row is a class, not a student.

The temporary tables count_response, count_indicator, count_place and count_place_time (pipelines.score.answers) hold
one column per count. Each function here is named after the core table it makes and returns its SELECT, one row per
count, without the wave.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from pipelines.contracts import create_table_sql, literal, load_contract, quoted
from pipelines.score.answers import pair_name
from pipelines.score.places import Bands, Grid, bands_of
from survey.indicators import Indicator

CORE_TABLES = (
    "core_class_wave_response",
    "core_class_wave_indicator",
    "core_class_wave_place",
    "core_class_wave_place_group",
    "core_class_wave_place_area",
    "core_class_wave_place_time",
    "core_class_wave_place_time_group",
    "core_school_wave_apart",
    "core_class_wave_quality",
    "core_group_wave_indicator",
)


@dataclass(frozen=True)
class Count:
    """One count of a unit: the codes it is filed under, the bands that are asked (None: the wide table holds only
    those), its SQL in the wide table."""

    codes: tuple[str, ...]
    bands: Bands | None
    values: tuple[str, ...]


def create_core_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Every core table that is not there yet, from its contract but without its primary key.

    GROUP BY makes keys unique already and a test holds that; an index over millions of rows would cost more than
    the counting.
    """
    query = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND schema_name = 'main'"
    present = {name for (name,) in connection.execute(query).fetchall()}
    for table in CORE_TABLES:
        if table not in present:
            connection.execute(create_table_sql(load_contract(table).model_copy(update={"key": ()})))


def core_class_wave_response(snapshot: str, weighted: bool) -> str:
    """One row per class of the wave's class list: enrolled, submitted, blanks, r, w (0 without a sheet)."""
    return f"""
        SELECT class_id, school_id, grade, registry.band, enrolled, coalesce(submitted, 0) AS submitted,
            coalesce(blanks, 0) AS blanks, coalesce(r, 0) AS r, coalesce({"w" if weighted else "r"}, 0) AS w
        FROM raw_registry AS registry
        LEFT JOIN count_response USING (class_id)
        LEFT JOIN count_indicator USING (class_id)
        WHERE snapshot_id = {literal(snapshot)}"""


def core_class_wave_indicator(indicators: Iterable[Indicator], weighted: bool) -> str:
    """One row per class with an answer per indicator its band is asked: r, valid, yes, w_valid, w_yes."""
    counts = [Count((one.code,), one.bands, indicator_values(one, weighted)) for one in indicators]
    return long_rows("count_indicator", ("class_id",), ("indicator",), ("r", *INDICATOR_VALUES), counts)


INDICATOR_VALUES = ("valid", "yes", "w_valid", "w_yes")


def indicator_values(indicator: Indicator, weighted: bool) -> tuple[str, ...]:
    """Columns of count_indicator behind r, valid, yes, w_valid, w_yes."""
    valid, yes = f"valid__{indicator.code}", f"yes__{indicator.code}"
    weights = (f"w_{valid}", f"w_{yes}") if weighted else (valid, yes)
    return ("r", valid, yes, *weights)


def core_class_wave_place(grid: Grid) -> str:
    """One row per class with an answer per measure per place its band is asked: yes."""
    measures = {"happens": grid.top, "mentioned": grid.mentioned, "avoided": grid.avoided}
    counts = [
        Count((measure, place), bands, (f"{measure}__{place}",))
        for measure, places in measures.items()
        for place, bands in places.items()
    ]
    return long_rows("count_place", ("class_id",), ("measure", "place"), ("yes",), counts)


def core_class_wave_place_group(grid: Grid) -> str:
    """One row per class with an answer per measure per place group its band is asked: yes."""
    counts = joined_places(grid, grid.top_groups, grid.avoided_groups, "avoided_group")
    return long_rows("count_place", ("class_id",), ("measure", "place_group"), ("yes",), counts)


def core_class_wave_place_area(grid: Grid) -> str:
    """One row per class with an answer per measure per area its band is asked: yes."""
    counts = joined_places(grid, grid.by_area(grid.top), grid.by_area(grid.avoided), "avoided_area")
    return long_rows("count_place", ("class_id",), ("measure", "area"), ("yes",), counts)


def joined_places(grid: Grid, top: dict[str, list[str]], avoided: dict[str, list[str]], counted: str) -> list[Count]:
    """Counts of places put together. A student names one place where it happens most, so those add up; avoided
    ones are counted once, in the columns that begin with `counted`.
    """
    happens = [
        Count(("happens", code), bands_of(grid.top, places), (" + ".join(f"happens__{place}" for place in places),))
        for code, places in top.items()
    ]
    return happens + [
        Count(("avoided", code), bands_of(grid.avoided, places), (f"{counted}__{code}",))
        for code, places in avoided.items()
    ]


def core_class_wave_place_time(grid: Grid) -> str:
    """One row per class per place per time with at least one answer: yes."""
    counts = [Count((time,), None, (f"time__{time}",)) for time in grid.times]
    rows = long_rows("count_place_time", ("class_id", "place_top AS place"), ("time",), ("yes",), counts)
    return f"SELECT * FROM ({rows}) WHERE yes > 0"


def core_class_wave_place_time_group(grid: Grid) -> str:
    """One row per class with an answer per place group per time group its band is asked: yes."""
    counts = [
        Count(pair, both_bands(grid, places, times), (pair_name(*pair),))
        for pair, (places, times) in grid.pairs.items()
    ]
    return long_rows("count_place", ("class_id",), ("place_group", "time_group"), ("yes",), counts)


def both_bands(grid: Grid, places: list[str], times: list[str]) -> Bands:
    """Bands that are asked one of the places and one of the times."""
    timed = bands_of(grid.times, times)
    return tuple(band for band in bands_of(grid.top, places) if band in timed)


def core_group_wave_indicator(core_class_wave_indicator: str) -> str:
    """One row per indicator for the total of all classes: n, valid, yes, w_valid, w_yes. Reads the wave's rows."""
    return f"SELECT 'total' AS group_kind, 'all' AS group_value, {GROUP_SUMS} FROM {core_class_wave_indicator}" + (
        " GROUP BY indicator"
    )


GROUP_SUMS = "indicator, sum(r) AS n, " + ", ".join(f"sum({value}) AS {value}" for value in INDICATOR_VALUES)


def core_group_wave_indicator_without_classes(
    groups: tuple[str, ...], indicators: Iterable[Indicator], weighted: bool
) -> str:
    """One row per value of each group column per indicator, and the total; no row for answers without a value."""
    counts = [Count((one.code,), None, indicator_values(one, weighted)) for one in indicators]
    rows = long_rows("count_indicator", groups, ("indicator",), ("r", *INDICATOR_VALUES), counts)
    kinds = [f"SELECT 'total' AS group_kind, 'all' AS group_value, {GROUP_SUMS} FROM rows GROUP BY indicator"]
    for group in groups:
        kinds.append(
            f"SELECT {literal(group)}, {quoted(group)}, {GROUP_SUMS} FROM rows "
            f"WHERE {quoted(group)} <> '' GROUP BY {quoted(group)}, indicator"
        )
    return f"WITH rows AS ({rows}) " + " UNION ALL ".join(kinds)


def long_rows(
    wide: str, unit: tuple[str, ...], code_names: tuple[str, ...], value_names: tuple[str, ...], counts: list[Count]
) -> str:
    """SELECT of one row per unit and count."""
    return "\nUNION ALL\n".join(long_row(wide, unit, code_names, value_names, count) for count in counts)


def long_row(
    wide: str, unit: tuple[str, ...], code_names: tuple[str, ...], value_names: tuple[str, ...], count: Count
) -> str:
    codes = [f"{literal(code)} AS {name}" for code, name in zip(count.codes, code_names, strict=True)]
    values = [f"{value} AS {name}" for value, name in zip(count.values, value_names, strict=True)]
    asked = "" if count.bands is None else f" WHERE band IN ({', '.join(map(literal, count.bands))})"
    return f"SELECT {', '.join([*unit, *codes, *values])} FROM {wide}{asked}"
