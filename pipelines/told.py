"""What a release tells of one wave's classes, as far as a cut rests on it; and laid beside the classes of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.latent import Floats, Ints
from models.thresholds import fixed_window
from pipelines.policy import Policy

BANDS = ("g34", "g56", "jr", "sr", "voc")
FEATURES = ("rural", "boarding", "boys")
NOTHING = pd.DataFrame(columns=["low", "high", "window"])


@dataclass(frozen=True)
class Told:
    """What a release tells of one wave's classes, as far as a cut rests on it.

    classes: by class_id, grade and r_about (answers rounded to 5); rates: (band, indicator) → share, the published one
    or the policy's; windows: indicator → by class_id, low and high of what is shown.
    """

    wave: str
    instrument: str
    classes: pd.DataFrame
    rates: Mapping[tuple[str, str], float]
    windows: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Classes:
    """Those whose cuts are wanted, in their order: band, its number, number of the school, make-up (FEATURES)."""

    band: NDArray[np.object_]
    number: Ints
    school: Ints
    mix: Floats


@dataclass(frozen=True)
class Held:
    """Windows of an indicator, (classes,): both ends and the number of the fixed one, where anything is shown."""

    low: Ints
    high: Ints
    window: Ints
    shown: NDArray[np.bool_]


@dataclass(frozen=True)
class Laid:
    """What a wave's release tells, class by class: grade (NaN where it says nothing), rounded answers, windows."""

    wave: str
    grade: Floats
    about: Ints
    rates: Mapping[tuple[str, str], float]
    held: Mapping[str, Held]


def told_of(tables: Mapping[str, pd.DataFrame], wave: str, policy: Policy) -> Told:
    """What the joint tables tell of a wave."""
    of_wave = {name: table[table["wave"] == wave] for name, table in tables.items() if "wave" in table}
    signals = of_wave["pub_class_wave_signal"].set_index("class_id")
    units = of_wave["pub_unit"].query("unit_kind == 'class'").set_index("unit_id")
    classes = pd.DataFrame({"grade": units["grade"].astype("int64"), "r_about": signals["r_about"].astype("int64")})
    facts = tables["pub_indicator"].set_index("indicator")["reference_ratio"]
    base = of_wave["pub_band_wave_base"]
    rates = {
        (row.band, row.indicator): rate_of(row.points, row.band, float(facts[row.indicator]), policy)
        for row in base[base["indicator"].isin(facts.index)].assign(points=base["rate"].astype("float64")).itertuples()
    }
    shown = of_wave["pub_class_wave_indicator"].dropna(subset=["band"])
    windows = {
        code: windows_of(rows.set_index("class_id"), classes["r_about"]) for code, rows in shown.groupby("indicator")
    }
    return Told(wave, str(of_wave["pub_wave"]["instrument_hash"].iloc[0]), classes, rates, windows)


def rate_of(points: float | None, band: str, ratio: float, policy: Policy) -> float:
    """A band's published rate, or the policy's reference rate scaled to the indicator."""
    if points is None or np.isnan(points):
        return float(min(0.9, policy.reference_rate[band] * ratio))
    return points / 100


def windows_of(rows: pd.DataFrame, r_about: pd.Series) -> pd.DataFrame:
    """low, high of each shown class: its band, or the fixed window where that is released."""
    about = r_about.reindex(rows.index).to_numpy(np.int64)
    band, first = rows["band"].to_numpy(np.int64), rows["e1"].to_numpy(np.int64)
    second = rows["e2"].fillna(np.iinfo(np.int32).max).to_numpy(np.int64)
    top = np.maximum(about, first)
    low = np.where(band == 0, 0, np.where(band == 1, first, second))
    high = np.where(band == 0, first - 1, np.where(band == 1, np.minimum(second - 1, top), np.maximum(top, low)))
    number = rows["window"].fillna(-1).to_numpy(np.int64)
    fixed = fixed_window(np.maximum(number, 0), about)
    low, high = np.where(number >= 0, fixed.low, low), np.where(number >= 0, fixed.high, high)
    return pd.DataFrame({"low": low, "high": high, "window": number}, index=rows.index)


def classes_of(units: pd.DataFrame) -> Classes:
    band = units["band"].to_numpy(object)
    number = np.array([BANDS.index(name) for name in band], dtype=np.int64)
    school = np.unique(units["school_id"].to_numpy(str), return_inverse=True)[1].astype(np.int64)
    features = units[list(FEATURES)].astype("float64")
    return Classes(band, number, school, features.fillna(features.mean()).fillna(0.0).to_numpy())


def lay_beside(units: pd.DataFrame, told: Told, codes: Sequence[str]) -> Laid:
    """What a wave's release tells of the classes in `units`, in their order."""
    ids = pd.Index(units["class_id"])
    place = told.classes.index.get_indexer(ids)
    grade, about = (np.append(told.classes[name].to_numpy(float), np.nan)[place] for name in ("grade", "r_about"))
    held = {}
    for code in codes:
        rows = told.windows.get(code, NOTHING)
        row = rows.index.get_indexer(ids)
        low, high, window = (np.append(rows[name].to_numpy(np.int64), 0)[row] for name in NOTHING)
        held[code] = Held(low, high, window, row >= 0)
    return Laid(told.wave, grade, np.nan_to_num(about).astype(np.int64), told.rates, held)
