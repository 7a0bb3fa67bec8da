"""Who was reached: sheets rounded to 5, so that nobody can see who stayed away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.policy import Policy
from pipelines.release.cube import Cube
from pipelines.release.windows import Counts


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


def about_counts(answers: Counts, policy: Policy) -> Counts:
    """Answers rounded to 5, as they are released."""
    step = policy.count("show.coverage_step")
    return (answers + step // 2) // step * step


def fewest_answers(about: Counts, policy: Policy) -> Counts:
    """The least number of answers that is rounded to this one."""
    return about - policy.count("show.coverage_step") // 2


def unread_reasons(classes: pd.DataFrame, policy: Policy) -> NDArray[np.object_]:
    """(classes,): low_response or over_response where nothing can be read, else "".

    Read off the rounded numbers, as the state is: an exact limit would tell on which side of it the exact number lies.
    """
    about = about_counts(classes["r"].to_numpy(np.int64), policy)
    low = about < policy["class_signal.min_response"] * classes["enrolled"].to_numpy(float)
    over = (_coverage(classes, policy)["state"] == "over").to_numpy()
    return np.where(over, "over_response", np.where(low, "low_response", "")).astype(object)


def _coverage(units: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """enrolled, submitted_about, state: sheets rounded to 5, complete where by that fewer than 5 are missing.

    The state is read off the rounded number: beside it, an exact one would undo the rounding.
    """
    step = policy.count("show.coverage_step")
    enrolled, submitted = units["enrolled"].to_numpy(np.int64), units["submitted"].to_numpy(np.int64)
    rounded = about_counts(submitted, policy)
    # Rounding alone adds up to 2: a small class that is complete must not read as too many.
    over = rounded > np.maximum(policy["class_signal.max_response"] * enrolled, enrolled + step // 2)
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
