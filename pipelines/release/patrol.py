"""Patrol sheets: the best places and times for N people and M times, solved from released windows alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.patrol import Plan, Windows, plan_patrols
from pipelines.policy import Policy

Tables = dict[str, pd.DataFrame]
# Online, placements, elsewhere: nobody can stand there. It counts in what a plan can't cover.
NOWHERE = "elsewhere"
COLUMNS = ["school_id", "wave", "people", "slots", "pick", "time_group", "place_group", "area", "share_lo", "share_hi"]


def pub_school_wave_patrol(tables: Tables, policy: Policy) -> pd.DataFrame:
    """One row per school per wave per number of people per number of time groups per pick.

    A school with a place × time table stands on it; one of two pooled waves on its areas; any other has no row.
    """
    grids = [*time_grids(tables.get("pub_school_wave_place_time")), *area_grids(tables.get("pub_school_pool_place"))]
    rows = [row for keys, axes, windows in grids for row in plan_rows(keys, axes, windows, policy)]
    return pd.DataFrame(rows, columns=COLUMNS)


Grid = tuple[tuple[str, str], tuple[str, list[str], list[str]], Windows]


def time_grids(rows: pd.DataFrame | None) -> Iterator[Grid]:
    """(school, wave), (kind of place, places, times), windows of every school whose cells are shown."""
    if rows is None or rows.empty:
        return
    for keys, cells in rows.groupby(["school_id", "wave"], sort=True):
        if cells["lo"].notna().any():
            places, times = (list(dict.fromkeys(cells[name])) for name in ("place_group", "time_group"))
            yield keys, ("place_group", places, times), windows_of(cells, len(places), len(times), places)


def area_grids(rows: pd.DataFrame | None) -> Iterator[Grid]:
    """The same of pooled schools: areas where it happens most, and no times."""
    if rows is None or rows.empty:
        return
    for keys, cells in rows[rows["measure"] == "happens"].groupby(["school_id", "wave"], sort=True):
        if cells["lo"].notna().any():
            places = list(cells["area"])
            yield keys, ("area", places, [""]), windows_of(cells, len(places), 1, places)


def windows_of(cells: pd.DataFrame, places: int, times: int, codes: list[str]) -> Windows:
    """Cells as a grid; a hidden one (a place nobody was asked about) holds nothing."""
    low, high = (cells[name].fillna(0).to_numpy(float).reshape(places, times) for name in ("lo", "hi"))
    shown = cells["lo"].notna().to_numpy().reshape(places, times).any(axis=1)
    return Windows(low, high, shown & np.array([code != NOWHERE for code in codes]))


def plan_rows(
    keys: tuple[str, str], axes: tuple[str, list[str], list[str]], windows: Windows, policy: Policy
) -> Iterator[dict[str, object]]:
    """A row for each pick of each plan."""
    kind, places, times = axes
    for plan in plan_patrols(windows, policy.count("patrol.people"), policy.count("patrol.slots")):
        shares = {"share_lo": math.floor(100 * plan.share_lo), "share_hi": min(100, math.ceil(100 * plan.share_hi))}
        for number, (place, time) in enumerate(plan.picks, start=1):
            spot: dict[str, object] = {"place_group": None, "area": None, "time_group": times[time] or None}
            spot[kind] = places[place]
            yield {"school_id": keys[0], "wave": keys[1]} | head_of(plan, number) | spot | shares


def head_of(plan: Plan, pick: int) -> dict[str, object]:
    return {"people": plan.people, "slots": plan.slots, "pick": pick}
