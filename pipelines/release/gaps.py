"""The two gaps of a school, from released windows and rates, and from what the school itself reported."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.gaps import reported_gap, usual_eyes, witness_gap
from pipelines.policy import Policy
from pipelines.release.cube import Cube
from pipelines.release.rows import told_of_units

Tables = dict[str, pd.DataFrame]
SEEN, TOLD, WEEKLY = "witness", "frequent", "persistent"


def pub_school_wave_gap(cube: Cube, tables: Tables, policy: Policy) -> pd.DataFrame:
    """One row per school per wave."""
    table = cube.schools[["school_id"]].assign(wave=cube.wave)
    rows = tables["pub_school_wave_indicator"]
    ends = ("lo", "hi", "r_about")
    seen, told, weekly = told_of_units(rows, (SEEN, TOLD, WEEKLY), "school_id", table["school_id"], ends)
    rates = school_rates(cube, tables["pub_band_wave_base"])
    table["witness_gap"] = witness_gap(
        seen[:, :2], told[:, :2], seen[:, 2], usual_eyes(rates[SEEN], rates[TOLD]),
        policy["compare.school_sd"], policy["gap.limit_z"],
    )  # fmt: skip
    reports, unknown = cube.reported or {}, np.nan if cube.reported is None else 0
    incidents = np.array([reports.get(school, unknown) for school in table["school_id"]], dtype=float)
    table["reported_gap"] = reported_gap(
        weekly[:, 0], weekly[:, 1], weekly[:, 2], incidents,
        policy["safeguarding.false_yes"], policy["gap.chance"], policy.count("gap.per_incident"),
    )  # fmt: skip
    return table


def school_rates(cube: Cube, base: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Published rates (0–1) of the bands that a school's class list holds, weighed by the enrolled; NaN if one is
    missing.
    """
    points = base["rate"].to_numpy("float64", na_value=np.nan) / 100
    rates = dict(zip(zip(base["band"], base["indicator"], strict=True), points.tolist(), strict=True))
    weight, home, schools = cube.classes["enrolled"].to_numpy(float), cube.homes(), len(cube.schools)
    found = {}
    for code in (SEEN, TOLD):
        rate = np.array([rates.get((band, code), np.nan) for band in cube.classes["band"]])
        whole = np.bincount(home, weight, schools)
        found[code] = np.bincount(home, rate * weight, schools) / np.where(whole > 0, whole, np.nan)
    return found
