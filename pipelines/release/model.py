"""The model of ordinary classes that moved cuts were read by: a function of released numbers (pipelines.cuts)."""

from __future__ import annotations

import pandas as pd

from pipelines.cuts import Parameters


def pub_city_wave_model(wave: str, model: Parameters) -> pd.DataFrame:
    """One row per wave per parameter of the model (per indicator for slopes)."""
    rows = [(wave, parameter, code, value) for (parameter, code), value in model.items()]
    return pd.DataFrame(rows, columns=["wave", "parameter", "indicator", "value"])
