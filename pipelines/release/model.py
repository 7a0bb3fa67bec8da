"""The city's model of ordinary classes, rounded, or the usual one where the city is small.

It is fitted to true counts: at a rounding edge it could tell of one class to whoever knew all others (docs/dpo.en.md).
"""

from __future__ import annotations

import pandas as pd

from models.fit import USUAL_SLOPE, USUAL_SPREAD
from models.outbreaks import OUTBREAK_SHARE
from models.thresholds import MODEL_STEP, RATE_STEP
from pipelines.cuts import FEATURES, USUAL_EFFECTS, Parameters
from pipelines.policy import Policy
from pipelines.release.cube import Cube

SCALES = ("spread_school", "spread_class", "spread_term", "slope", "power", "share")  # above 0


def usual_model(codes: tuple[str, ...]) -> dict[tuple[str, str], float]:
    """What other cities show."""
    spread = {"school": USUAL_SPREAD.school, "class": USUAL_SPREAD.klass, "term": USUAL_SPREAD.term}
    effects = zip(FEATURES, USUAL_EFFECTS, strict=True)
    return (
        {(f"spread_{part}", ""): sd for part, sd in spread.items()}
        | {("slope", code): USUAL_SLOPE for code in codes}
        | {(f"effect_{name}", ""): effect for name, effect in effects}
        | {("power", ""): 1.0, ("share", ""): OUTBREAK_SHARE}
    )


def is_city_large(cube: Cube, policy: Policy) -> bool:
    """Enough classes with answers and enough schools that the model is the city's, not that of a few."""
    answered = cube.classes[cube.classes["r"] > 0]
    enough = len(answered) >= policy.count("show.model_classes")
    return enough and answered["school_id"].nunique() >= policy.count("show.rate_schools")


def published_model(cube: Cube, codes: tuple[str, ...], policy: Policy) -> Parameters:
    """(parameter, indicator) → value as published: rounded, or the usual one. codes: what moves the carrying one."""
    usual = usual_model(codes)
    fitted = cube.model if is_city_large(cube, policy) else {}
    return {key: rounded(key[0], fitted.get(key, value)) for key, value in usual.items()}


def rounded(parameter: str, value: float) -> float:
    """Spreads, slopes, effects and power to .05, the share of outbreaks to .01; scales stay above 0."""
    step = RATE_STEP if parameter == "share" else MODEL_STEP
    number = round(value / step)
    return round(step * (max(number, 1) if parameter in SCALES else number), 2)


def pub_city_wave_model(cube: Cube, codes: tuple[str, ...], policy: Policy) -> pd.DataFrame:
    """One row per wave per parameter of the city's model (per indicator for slopes)."""
    fitted = cube.model if is_city_large(cube, policy) else {}
    rows = [
        (cube.wave, parameter, code, value, (parameter, code) in fitted)
        for (parameter, code), value in published_model(cube, codes, policy).items()
    ]
    return pd.DataFrame(rows, columns=["wave", "parameter", "indicator", "value", "fitted"])
