"""Rows of the tables beside the indicators: places, places × times, persistent students in calm classes."""

from __future__ import annotations

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
    kept = rows["grade_id"].isin(np.array(levels[at("grade")].ids, dtype=object)[~is_whole_school(levels)])
    rows.insert(0, "school_id", rows["grade_id"].str.rsplit(":", n=1).str[0])
    return rows[kept].reset_index(drop=True)


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
    rows = _rows("grade", "calm", [], cube.wave, levels, values, withheld, policy)
    rows.insert(0, "school_id", rows["grade_id"].str.rsplit(":", n=1).str[0])
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
    index = pd.MultiIndex.from_product([level.ids, *[codes for _, codes in keys]])
    frame = index.to_frame(index=False, name=[f"{kind}_id", *[name for name, _ in keys]])
    frame.insert(1, "wave", wave)
    frame = pd.concat([frame, window_columns(windows, policy)], axis=1)
    frame["suppression_reason"] = np.where(windows.shown.reshape(-1), NULL, hidden)
    return frame
