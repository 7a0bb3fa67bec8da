"""Scale quality for the bureau: figures of whole bands, in steps of .05, item bias and drift in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scales import NOT_KNOWN, bias_code
from pipelines.policy import Policy
from pipelines.release.cube import Cube

FIGURES = ("alpha", "omega", "item_total")
STEP = 5


def pub_city_wave_scale(cube: Cube, policy: Policy) -> pd.DataFrame:
    """One row per band of enough answers and schools per scale per item, and one for the whole scale."""
    if cube.scales is None or cube.scales.empty:
        return pd.DataFrame()
    kept = (cube.scales["n"] >= policy.count("scale.r")) & (cube.scales["schools"] >= policy.count("show.rate_schools"))
    rows = cube.scales[kept].reset_index(drop=True)
    table = rows[["band", "scale", "item"]].assign(city_id="city", wave=cube.wave)
    for name in FIGURES:
        figure = rows[name].astype(float).mul(100 / STEP).round().mul(STEP).replace([np.inf, -np.inf], np.nan)
        table[name] = figure.astype("Int64")
    limits = policy["scale.dif_moderate"], policy["scale.dif_large"]
    table["dif_school"] = [bias_code(value, *limits) for value in rows["dif_school"].astype(float)]
    drift = [bias_code(value, *limits) for value in rows["drift"].astype(float)]
    first = rows["comparable"].isna()
    table["drift"] = np.select(
        [first, ~rows["comparable"].fillna(False).astype(bool)], [NOT_KNOWN, "not_comparable"], drift
    )
    table.loc[table["item"] == "", ["dif_school", "drift"]] = None
    return table
