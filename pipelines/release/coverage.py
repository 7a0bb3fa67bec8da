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
    keys = {"school_id": cube.classes["school_id"], "class_id": cube.classes["class_id"], "wave": cube.wave}
    enrolled, submitted = (cube.classes[name].to_numpy(np.int64) for name in ("enrolled", "submitted"))
    return pd.DataFrame(keys | _coverage(enrolled, submitted, policy)).reset_index(drop=True)


def pub_school_wave_coverage(cube: Cube, policy: Policy) -> pd.DataFrame:
    """One row per school per wave."""
    enrolled, submitted = (cube.classes[name].to_numpy(np.int64) for name in ("enrolled", "submitted"))
    sums = (cube.by_school(part) for part in (enrolled, submitted, np.ones_like(enrolled), submitted == 0))
    whole, sheets, classes, missing = sums
    keys = {"school_id": cube.schools["school_id"], "wave": cube.wave}
    counted = {"classes": classes, "classes_missing": missing}
    return pd.DataFrame(keys | _coverage(whole, sheets, policy) | counted)


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
    enrolled, submitted, r = (classes[name].to_numpy(np.int64) for name in ("enrolled", "submitted", "r"))
    low = about_counts(r, policy) < policy["class_signal.min_response"] * enrolled
    over = _coverage(enrolled, submitted, policy)["state"] == "over"
    return np.where(over, "over_response", np.where(low, "low_response", "")).astype(object)


def _coverage(enrolled: Counts, submitted: Counts, policy: Policy) -> dict[str, NDArray[Any]]:
    """enrolled, submitted_about, state: sheets rounded to 5, complete where by that fewer than 5 are missing.

    The state is read off the rounded number: beside it, an exact one would undo the rounding.
    """
    step = policy.count("show.coverage_step")
    rounded = about_counts(submitted, policy)
    # Rounding alone adds up to 2: a small class that is complete must not read as too many.
    over = rounded > np.maximum(policy["class_signal.max_response"] * enrolled, enrolled + step // 2)
    state = np.select(
        [submitted == 0, over, enrolled - rounded < step, rounded < policy["class_signal.min_response"] * enrolled],
        ["missing", "over", "complete", "low"],
        "partial",
    )
    about = np.where(over, rounded, np.minimum(rounded, enrolled))
    return {"enrolled": enrolled, "submitted_about": about, "state": state}


def describe_coverage(cube: Cube, signals: pd.DataFrame, policy: Policy) -> dict[str, Any]:
    """For the record: share of the enrolled who handed in, to a whole point, and classes without a conclusion.

    Sheets enter as the classes' coverage tells them: in a small city a whole point of the exact share is the number.
    """
    enrolled, submitted = (cube.classes[name].to_numpy(np.int64) for name in ("enrolled", "submitted"))
    about = _coverage(enrolled, submitted, policy)["submitted_about"]
    return {
        "share": round(100 * int(about.sum()) / max(int(enrolled.sum()), 1)),
        "no_conclusion": int((signals["level"] == "no_conclusion").sum()),
    }
