"""Who was reached: sheets rounded to 5, so that nobody can see who stayed away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.release.cube import Cube


def pub_class_wave_coverage(cube: Cube, policy: Policy) -> pd.DataFrame:
    """One row per class per wave."""
    frame = cube.classes[["school_id", "class_id"]].assign(wave=cube.wave).reset_index(drop=True)
    return frame.join(_coverage(cube.classes, policy))


def pub_school_wave_coverage(cube: Cube, policy: Policy) -> pd.DataFrame:
    """One row per school per wave."""
    classes = cube.classes.assign(missing=cube.classes["submitted"] == 0, one=1)
    sums = classes.groupby("school_id", sort=True)[["enrolled", "submitted", "one", "missing"]].sum().reset_index()
    frame = sums[["school_id"]].assign(wave=cube.wave).join(_coverage(sums, policy))
    return frame.assign(classes=sums["one"], classes_missing=sums["missing"].astype(int))


def _coverage(units: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """enrolled, submitted_about, state: sheets rounded to 5, complete where by that fewer than 5 are missing.

    The state is read off the rounded number: beside it, an exact one would undo the rounding.
    """
    step = policy.count("show.coverage_step")
    enrolled, submitted = units["enrolled"].to_numpy(np.int64), units["submitted"].to_numpy(np.int64)
    rounded = (submitted + step // 2) // step * step
    # By every number that is rounded to this one: else a small class that is complete would read as too many.
    over = rounded - step // 2 > policy["class_signal.max_response"] * enrolled
    state = np.select(
        [submitted == 0, over, enrolled - rounded < step, rounded < policy["class_signal.min_response"] * enrolled],
        ["missing", "over", "complete", "low"],
        "partial",
    )
    about = np.where(over, rounded, np.minimum(rounded, enrolled))
    return pd.DataFrame({"enrolled": enrolled, "submitted_about": about, "state": state})


def describe_coverage(cube: Cube, signals: pd.DataFrame) -> dict[str, Any]:
    """For the record: share of the enrolled who handed in, to a whole point, and classes without a conclusion."""
    enrolled, submitted = (int(cube.classes[name].sum()) for name in ("enrolled", "submitted"))
    return {
        "share": round(100 * submitted / max(enrolled, 1)),
        "no_conclusion": int((signals["level"] == "no_conclusion").sum()),
    }
