"""The two gaps of a school, from released windows and rates, and from what the school itself reported."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.gaps import reported_gap, usual_eyes, witness_gap
from pipelines.policy import Policy
from pipelines.release.cube import Cube

Tables = dict[str, pd.DataFrame]
SEEN, TOLD, WEEKLY = "witness", "frequent", "persistent"


def pub_school_wave_gap(cube: Cube, tables: Tables, policy: Policy) -> pd.DataFrame:
    """One row per school per wave."""
    table = cube.schools[["school_id"]].assign(wave=cube.wave)
    rows = tables["pub_school_wave_indicator"]
    seen, told, weekly = (window_of(rows, code, table["school_id"]) for code in (SEEN, TOLD, WEEKLY))
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


def window_of(rows: pd.DataFrame, indicator: str, schools: pd.Series) -> NDArray[np.float64]:
    """(schools, 3): lo, hi, r_about of a school's released window; NaN where hidden."""
    mine = rows[rows["indicator"] == indicator].set_index("school_id")[["lo", "hi", "r_about"]]
    return mine.astype("Float64").astype("float64").reindex(schools).to_numpy()


def school_rates(cube: Cube, base: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Published rates (0–1) of the bands that a school's class list holds, weighed by the enrolled; NaN if one is
    missing.
    """
    found = {}
    for code in (SEEN, TOLD):
        rate = base[base["indicator"] == code].set_index("band")["rate"].astype("Float64").astype("float64") / 100
        classes = cube.classes.assign(rate=cube.classes["band"].map(rate), weight=cube.classes["enrolled"])
        sums = classes.assign(sum=classes["rate"] * classes["weight"]).groupby("school_id")
        mean = sums["sum"].sum(min_count=1) / sums["weight"].sum()
        missing = sums["rate"].apply(lambda rates: rates.isna().any())
        found[code] = mean.mask(missing).reindex(cube.schools["school_id"]).to_numpy(float)
    return found
