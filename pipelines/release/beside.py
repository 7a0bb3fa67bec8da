"""Rows of the tables beside the indicators: places, places × times, persistent students in calm classes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.release.columns import columns_of
from pipelines.release.cube import NULL, Cube
from pipelines.release.rows import window_columns
from pipelines.release.tree import Level, at, is_whole_school
from pipelines.release.values import Values, Windows, Withheld, take


def pub_school_wave_place(
    cube: Cube, levels: list[Level], values: Values, withheld: Withheld, policy: Policy
) -> pd.DataFrame:
    """One row per school per wave per measure per place group."""
    return place_rows("school", cube, levels, values, withheld, policy)


def pub_grade_wave_place(
    cube: Cube, levels: list[Level], values: Values, withheld: Withheld, policy: Policy
) -> pd.DataFrame:
    """One row per grade per wave per measure per place group; none for a grade that is its whole school."""
    rows = place_rows("grade", cube, levels, values, withheld, policy)
    kept = ~is_whole_school(levels).repeat(len(cube.measures) * len(cube.place_groups))
    return with_school(rows, levels)[kept].reset_index(drop=True)


def with_school(rows: pd.DataFrame, levels: list[Level]) -> pd.DataFrame:
    """Rows of grades, as many of each, with their school."""
    schools = levels[at("grade")].schools()
    rows.insert(0, "school_id", np.repeat(schools, len(rows) // max(1, len(schools))))
    return rows


def place_rows(
    kind: str, cube: Cube, levels: list[Level], values: Values, withheld: Withheld, policy: Policy
) -> pd.DataFrame:
    keys = [("measure", cube.measures), ("place_group", cube.place_groups)]
    return _rows(kind, "place", keys, cube.wave, levels, values, withheld, policy)


def pub_school_wave_place_time(
    cube: Cube, levels: list[Level], values: Values, withheld: Withheld, policy: Policy
) -> pd.DataFrame:
    """One row per school per wave per place group per time group."""
    keys = [("place_group", cube.place_groups), ("time_group", cube.time_groups)]
    return _rows("school", "place_time", keys, cube.wave, levels, values, withheld, policy)


def pub_grade_wave_calm(
    cube: Cube, levels: list[Level], values: Values, withheld: Withheld, policy: Policy
) -> pd.DataFrame:
    """One row per grade per wave: persistent students in its classes without a group signal."""
    if not len(columns_of(values.columns, "calm")):
        return pd.DataFrame()
    rows = with_school(_rows("grade", "calm", [], cube.wave, levels, values, withheld, policy), levels)
    home, grades = levels[0].parent, len(levels[at("grade")].ids)
    rows["classes"] = np.bincount(home, values.calm, grades).astype(np.int64)
    return rows


def _rows(
    kind: str,
    table: str,
    keys: list[tuple[str, tuple[str, ...]]],
    wave: str,
    levels: list[Level],
    values: Values,
    withheld: Withheld,
    policy: Policy,
) -> pd.DataFrame:
    """Windows of a table's columns at one level; the keys name the columns in the order they stand in."""
    windows = take(values.tree[at(kind)], columns_of(values.columns, table))
    hidden = "withheld" if (kind, table) in withheld else "too_few"
    return window_rows(kind, levels[at(kind)], windows, keys, wave, hidden, policy)


def window_rows(
    kind: str,
    level: Level,
    windows: Windows,
    keys: list[tuple[str, tuple[str, ...]]],
    wave: str,
    hidden: str,
    policy: Policy,
) -> pd.DataFrame:
    """One row per unit and combination of keys; `hidden`: the reason where a window isn't shown."""
    lengths, columns = [len(level.ids), *[len(codes) for _, codes in keys]], {}
    for axis, (name, codes) in enumerate([(f"{kind}_id", level.ids), *keys]):
        each, times = math.prod(lengths[axis + 1 :]), math.prod(lengths[:axis])
        columns[name] = np.tile(np.repeat(np.array(codes, dtype=object), each), times)
    reason = np.where(windows.shown.reshape(-1), NULL, hidden)
    told = window_columns(windows, policy)
    return pd.DataFrame({**columns, "wave": wave, **told, "suppression_reason": reason})
