"""Windows as columns of a published table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.release.values import Windows
from pipelines.release.windows import Counts


def window_columns(windows: Windows, policy: Policy, waves: int = 1, about: Counts | None = None) -> pd.DataFrame:
    """lo, hi, r_about, share_lo, share_hi of a table, flattened; NULL where not shown.

    about: r of several waves added up, each rounded, instead of the windows' own.

    Shares are taken against r rounded to the coverage step and widened by what the rounding hides, so that they
    always hold the true share and never give r away.
    """
    step = policy.count("show.coverage_step")
    hidden = waves * (step // 2)
    r, low, high, shown = (array.reshape(-1) for array in (windows.r, windows.low, windows.high, windows.shown))
    about = (r + step // 2) // step * step if about is None else about.reshape(-1)
    share_lo = 100 * low // (about + hidden)
    share_hi = np.minimum(100, -(-100 * high // np.maximum(about - hidden, 1)))
    columns = {"lo": low, "hi": high, "r_about": about, "share_lo": share_lo, "share_hi": share_hi}
    frame = pd.DataFrame({name: pd.array(values, dtype="Int64") for name, values in columns.items()})
    frame[~shown] = pd.NA
    return frame
