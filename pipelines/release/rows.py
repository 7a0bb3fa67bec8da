"""Windows as columns of a published table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.arrays import IntegerArray

from pipelines.policy import Policy
from pipelines.release.values import Windows
from pipelines.release.windows import Counts


def window_columns(
    windows: Windows, policy: Policy, waves: int = 1, about: Counts | None = None
) -> dict[str, IntegerArray]:
    """lo, hi, r_about, share_lo, share_hi of a table, flattened; NULL where not shown.

    about: r of several waves added up, each rounded, instead of the windows' own.

    Shares are taken against r rounded to the coverage step and widened by what the rounding hides, so that they
    always hold the true share and never give r away.
    """
    step = policy.count("show.coverage_step")
    hidden = waves * (step // 2)
    r, low, high = (array.reshape(-1) for array in (windows.r, windows.low, windows.high))
    about = (r + step // 2) // step * step if about is None else about.reshape(-1)
    share_lo = 100 * low // (about + hidden)
    share_hi = np.minimum(100, -(-100 * high // np.maximum(about - hidden, 1)))
    columns: dict[str, Counts] = {"lo": low, "hi": high, "r_about": about, "share_lo": share_lo, "share_hi": share_hi}
    return {name: nullable(values, windows.shown.reshape(-1)) for name, values in columns.items()}


def nullable(values: Counts, told: NDArray[np.bool_]) -> IntegerArray:
    """The numbers as a column, NULL where they aren't told."""
    return IntegerArray(np.where(told, values, 0).astype(np.int64), ~told)


def told_of_units(
    rows: pd.DataFrame, indicators: Sequence[str], key: str, units: pd.Series, names: Sequence[str]
) -> NDArray[np.float64]:
    """(indicators, units, names): numbers of a published table; NaN where hidden or not asked."""
    found = np.full((len(indicators), len(units), len(names)), np.nan)
    if len(rows):
        code, unit = pd.Index(indicators).get_indexer(rows["indicator"]), pd.Index(units).get_indexer(rows[key])
        wanted = (code >= 0) & (unit >= 0)
        numbers = [rows[name].to_numpy("float64", na_value=np.nan)[wanted] for name in names]
        found[code[wanted], unit[wanted]] = np.stack(numbers, axis=1)
    return found
