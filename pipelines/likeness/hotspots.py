"""Where and when does a school have more than its like? Read off released windows; it adds nothing to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.hotspots import LEAST_EXPECTED, Lifts, Mentions, find_hotspots, merge
from pipelines.policy import Policy

Tables = Mapping[str, pd.DataFrame]
NULL = np.array(None, dtype=object)
LEVELS = ("primary", "junior", "senior", "vocational")
CELL = ["place_group", "time_group"]
STEPS = (1.0, 1.5, 2.0, 4.0)
WORDS = np.array(["under_1", "from_1", "from_1_5", "from_2", "from_4"], dtype=object)


def pub_school_wave_hotspot(tables: Tables, before: Sequence[Tables], policy: Policy) -> pd.DataFrame:
    """One row per school per wave per place group per time group; `before`: earlier comparable waves, latest last."""
    now = tables["pub_school_wave_place_time"]
    if now.empty:
        return pd.DataFrame()
    waves = [*before[-(policy.count("hotspot.waves") - 1) :], tables]
    schools = list(dict.fromkeys(now["school_id"]))
    cells = pd.MultiIndex.from_frame(now[CELL].drop_duplicates())
    grids = [window_grids(tables, schools, cells) for tables in waves]
    mentions = read_mentions(waves, grids, schools, level_of(tables, schools))
    frame = pd.DataFrame(
        {
            "school_id": np.repeat(np.array(schools, dtype=object), len(cells)),
            "wave": now["wave"].iloc[0],
            **{name: np.tile(cells.get_level_values(name).to_numpy(object), len(schools)) for name in CELL},
        }
    )
    pooled = np.bincount(mentions.school, minlength=len(schools))
    shown_now = is_shown(grids[-1])
    frame["waves"] = np.repeat(np.where(shown_now, pooled, 0), len(cells))
    # One school has no city to differ from, and nothing is said of it.
    lifts = find_hotspots(mentions, policy["hotspot.false_cells"]) if np.count_nonzero(pooled) > 1 else None
    return with_lifts(frame, lifts, pooled, shown_now, cells)


def read_mentions(
    waves: Sequence[Tables], grids: Sequence[np.ndarray], schools: list[str], levels: np.ndarray
) -> Mentions:
    """Windows of every school in every wave in which all its cells are shown."""
    parts = []
    for tables, grid in zip(waves, grids, strict=True):
        rows = np.flatnonzero(is_shown(grid))
        parts.append((*grid[:, rows], levels[rows], boarders_of(tables, schools)[rows], rows))
    low, high, kind, boards, school = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Mentions(low, high, kind, boards, school)


def window_grids(tables: Tables, schools: list[str], cells: pd.MultiIndex) -> np.ndarray:
    """(2, schools, cells): lo and hi of the place × time table; NaN where hidden."""
    grid, table = np.full((2, len(schools), len(cells)), np.nan), tables["pub_school_wave_place_time"]
    if not table.empty:
        school = pd.Index(schools).get_indexer(table["school_id"])
        cell = cells.get_indexer(pd.MultiIndex.from_frame(table[CELL]))
        known = (school >= 0) & (cell >= 0)
        for name, part in zip(("lo", "hi"), grid, strict=True):
            part[school[known], cell[known]] = table[name].to_numpy("float64", na_value=np.nan)[known]
    return grid


def is_shown(grids: np.ndarray) -> np.ndarray:
    """(schools,): all the cells are shown."""
    return np.asarray(np.isfinite(grids[0]).all(axis=1))


def level_of(tables: Tables, schools: list[str]) -> np.ndarray:
    """(schools,): number of the level, by which schools are alike."""
    facts = _facts(tables, schools)["level"]
    return np.array([LEVELS.index(level) if level in LEVELS else 0 for level in facts], dtype=np.int64)


def boarders_of(tables: Tables, schools: list[str]) -> np.ndarray:
    """(schools,): share of boarders; where the class list doesn't say, the mean of schools that board, or none."""
    facts = _facts(tables, schools)
    share = facts["boarders_share"].astype("float64") / 100
    usual = share[share > 0].mean() if (share > 0).any() else 0.5
    return share.fillna(facts["boarding"].fillna(False).astype("float64") * usual).to_numpy()


def _facts(tables: Tables, schools: list[str]) -> pd.DataFrame:
    units = tables["pub_unit"]
    return units[units["unit_kind"] == "school"].set_index("unit_id").reindex(schools)


def with_lifts(
    frame: pd.DataFrame, lifts: Lifts | None, pooled: np.ndarray, shown: np.ndarray, cells: pd.MultiIndex
) -> pd.DataFrame:
    """The rows with level, lift and the reason where there is none."""
    told = np.repeat(shown & (lifts is not None), len(cells))
    level, lift, of = (np.full(len(frame), None, dtype=object) for _ in range(3))
    if lifts is not None:
        schools = len(pooled)
        raised = padded(lifts.raised.astype(float), schools).ravel() > 0
        level = np.where(raised, "raised", "none").astype(object)
        lift, of = lift_words(lifts, schools, cells)
    frame["level"] = np.where(told, level, NULL)
    frame["lift"], frame["lift_of"] = np.where(told, lift, NULL), np.where(told, of, NULL)
    frame["reason"] = np.where(told, NULL, np.where(np.repeat(shown, len(cells)), "no_like_schools", "hidden"))
    return frame


def lift_words(lifts: Lifts, schools: int, cells: pd.MultiIndex) -> tuple[np.ndarray, np.ndarray]:
    """(schools × cells,): lift in coarse steps; what it is of: the cell, or where too little is expected, the place."""
    place = pd.factorize(cells.get_level_values("place_group"))[0]
    count, expected = merge(lifts.count, place)[:, place], merge(lifts.expected, place)[:, place]
    of_place = Lifts(count, expected, lifts.tail, lifts.raised, lifts.dispersion).lift
    own = lifts.lift
    value = padded(np.where(np.isfinite(own), own, of_place), schools).ravel()
    of = padded(np.where(lifts.expected >= LEAST_EXPECTED, 1.0, 2.0), schools).ravel()
    words = WORDS[np.searchsorted(STEPS, np.nan_to_num(value), side="right")]
    known = np.isfinite(value) & (value > 0)
    return np.where(known, words, NULL), np.where(known, np.where(of == 1, "cell", "place"), NULL)


def padded(values: np.ndarray, schools: int) -> np.ndarray:
    """(schools, cells): rows for the last schools too, though none of their windows is shown."""
    full = np.zeros((schools, values.shape[1]))
    full[: len(values)] = values
    return full
