"""Rows of the pooled tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.release.cube import NULL
from pipelines.release.pool import Pool, about_r, sign_cuts, table_of
from pipelines.release.rows import window_columns
from pipelines.release.signs import Rules, read_sign
from pipelines.release.values import Windows, take
from pipelines.release.windows import Counts

Tables = dict[str, pd.DataFrame]
NAMES = ("pub_school_pool_indicator", "pub_school_pool_place", "pub_school_pool_signal")


def pool_tables(pool: Pool, withheld: frozenset[str], rules: Rules, policy: Policy) -> Tables:
    """The three tables of one pool."""
    indicators = pub_school_pool_indicator(pool, withheld, policy)
    return {
        "pub_school_pool_indicator": indicators,
        "pub_school_pool_place": pub_school_pool_place(pool, withheld, policy),
        "pub_school_pool_signal": pub_school_pool_signal(pool, indicators, rules),
    }


def pub_school_pool_indicator(pool: Pool, withheld: frozenset[str], policy: Policy) -> pd.DataFrame:
    """One row per pooled school per class-level indicator that it is asked."""
    columns = columns_in(pool, "indicator")
    codes = [pool.columns[column].code for column in columns]
    frame = pool_rows(pool, "indicator", [("indicator", codes)], withheld, policy)
    windows, cuts = take(pool.values.tree[2], columns), sign_cuts(pool, policy)[:, columns]
    second = cuts + policy.count("pool.middle")
    for name, array in (("e1", cuts), ("e2", second), ("band", read_bands(windows, cuts, second))):
        frame[name] = pd.array(array.reshape(-1), dtype="Int64")
        frame.loc[~windows.shown.reshape(-1) | (frame[name] < 0), name] = pd.NA
    return frame[windows.r.reshape(-1) > 0].reset_index(drop=True)


def read_bands(windows: Windows, first: Counts, second: Counts) -> Counts:
    """0, 1 or 2 where the window lies below the first cut, from it, from the second; -1 where it leaves it open."""
    return np.select([windows.low >= second, windows.low >= first, windows.high < first], [2, 1, 0], -1)


def pub_school_pool_place(pool: Pool, withheld: frozenset[str], policy: Policy) -> pd.DataFrame:
    """One row per pooled school per measure per area."""
    cube = pool.terms[1].cube
    if not len(columns_in(pool, "area")):
        return pd.DataFrame()
    return pool_rows(pool, "area", [("measure", list(cube.measures)), ("area", list(cube.areas))], withheld, policy)


def pub_school_pool_signal(pool: Pool, indicators: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """One row per pooled school: the rules over its bands; no conclusion while a carrying indicator has none."""
    carrying = [fact.code for fact in pool.columns if fact.class_level and fact.sign == "carrying"]
    rows = []
    for school, mine in indicators.groupby("school_id", sort=True):
        band = {code: int(value) for code, value in zip(mine["indicator"], mine["band"].fillna(0), strict=True)}
        raised = ",".join(code for code, reached in band.items() if reached) or None
        reason = no_conclusion_reason(mine[mine["indicator"].isin(carrying)])
        sign = read_sign(band, rules) | {"raised": raised}
        if reason:
            sign = dict.fromkeys(sign) | {"level": "no_conclusion"}
        rows.append({"school_id": school} | _waves(pool) | sign | {"reason": reason})
    return pd.DataFrame(rows)


def no_conclusion_reason(carrying: pd.DataFrame) -> str | None:
    """Why a school has no conclusion, from the rows of its carrying indicators."""
    if carrying.empty:
        return "not_asked"
    if carrying["suppression_reason"].notna().any():
        return "withheld" if (carrying["suppression_reason"] == "withheld").any() else "too_small"
    return "open" if carrying["band"].isna().any() else None


def pool_rows(
    pool: Pool, table: str, keys: list[tuple[str, list[str]]], withheld: frozenset[str], policy: Policy
) -> pd.DataFrame:
    """One row per pooled school and combination of keys, in the order of the table's columns."""
    windows = take(pool.values.tree[2], columns_in(pool, table))
    index = pd.MultiIndex.from_product([pool.levels[2].ids, *[codes for _, codes in keys]])
    frame = index.to_frame(index=False, name=["school_id", *[name for name, _ in keys]]).assign(**_waves(pool))
    about = about_r(pool, policy)[:, columns_in(pool, table)]
    frame = frame.assign(**window_columns(windows, policy, 2, about))
    hidden = "withheld" if table in withheld else "too_few"
    frame["suppression_reason"] = np.where(windows.shown.reshape(-1), NULL, hidden)
    return frame


def columns_in(pool: Pool, table: str) -> Counts:
    """Columns that are said in one of the pooled tables."""
    return np.array([column for column, fact in enumerate(pool.columns) if table_of(fact) == table], dtype=np.int64)


def _waves(pool: Pool) -> dict[str, str]:
    earlier, later = pool.terms
    return {"wave": later.cube.wave, "pooled_with": earlier.cube.wave}
