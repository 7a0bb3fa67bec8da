"""What an outsider can conclude of a release, kept as rows, so that a further release of the wave meets it again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.release.audit import Knowledge
from pipelines.release.cube import Cube
from pipelines.release.tree import Level
from pipelines.release.values import Values
from pipelines.release.windows import Counts

COLUMNS = ["kind", "unit_id", "cell", "r", "low", "high"]


def build_bounds(known: Knowledge, levels: list[Level], values: Values, cube: Cube) -> pd.DataFrame:
    """One row per unit per cell (an indicator, a place, a place × time): r and the outsider's bounds."""
    codes = [fact.code for fact in cube.indicators]
    schools = list(levels[2].ids)
    places = [f"{measure}/{group}" for measure in cube.measures for group in cube.place_groups]
    cells = [f"{place}/{time}" for place in cube.place_groups for time in cube.time_groups]
    frames = [
        _rows(level.kind, list(level.ids), codes, level.r, low, high)
        for level, low, high in zip(levels, known.low, known.high, strict=True)
    ]
    frames.append(_rows("place", schools, places, values.place.r, *known.place))
    frames.append(_rows("place_time", schools, cells, values.place_time.r, *known.cells))
    return pd.concat(frames, ignore_index=True)


def _rows(kind: str, ids: list[str], cells: list[str], r: Counts, low: Counts, high: Counts) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": kind,
            "unit_id": np.repeat(np.array(ids, dtype=object), len(cells)),
            "cell": np.tile(np.array(cells, dtype=object), len(ids)),
            "r": r.reshape(-1),
            "low": low.reshape(-1),
            "high": high.reshape(-1),
        }
    )


def meet_earlier(bounds: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Bounds of both releases after they were laid side by side: columns of `bounds` plus old_low, old_high, more.

    Answers are only ever added: with `more` = new r less old r, old ≤ new ≤ old + more. Without a partner: NaN.
    """
    both = bounds.merge(earlier.rename(columns={"r": "old_r", "low": "old_low", "high": "old_high"}), how="left")
    both["more"] = both["r"] - both["old_r"]
    low = both[["low", "old_low"]].max(axis=1)
    high = np.fmin(both["high"], both["old_high"] + both["more"])
    both["old_low"] = np.fmax(both["old_low"], both["low"] - both["more"])
    both["old_high"] = np.fmin(both["old_high"], both["high"])
    return both.assign(low=low.astype("int64"), high=high.astype("int64"))
