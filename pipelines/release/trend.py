"""Up, same or down: the order of two released values. Nothing hidden is looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.release.cube import NULL
from pipelines.release.tables import Tables

KEYS = {
    "pub_class_wave_indicator": ["class_id", "indicator"],
    "pub_grade_wave_indicator": ["grade_id", "indicator"],
    "pub_school_wave_indicator": ["school_id", "indicator"],
    "pub_cluster_wave_indicator": ["cluster_id", "indicator"],
    "pub_district_wave_indicator": ["district_id", "indicator"],
    "pub_city_wave_indicator": ["city_id", "indicator"],
    "pub_grade_wave_place": ["grade_id", "measure", "place_group"],
    "pub_school_wave_place": ["school_id", "measure", "place_group"],
    "pub_class_wave_signal": ["class_id"],
}
CLASS_TABLES = ("pub_class_wave_indicator", "pub_class_wave_signal")
NOISE_SD = 2.0  # shares that chance alone moves apart this far in one of twenty-two units are "same"
LEVEL_ORDER = {"no_group_signal": 0, "watch": 1, "warning": 2, "urgent": 3}


def with_trend(tables: Tables, before: Tables | None) -> Tables:
    """The tables with `trend` filled against the wave before; NULL where there is none or it is not comparable."""
    comparable = before is not None and (
        before["pub_wave"]["instrument_hash"].iloc[0] == tables["pub_wave"]["instrument_hash"].iloc[0]
    )
    done = dict(tables)
    done["pub_wave"] = tables["pub_wave"].assign(comparable=bool(comparable))
    for name, keys in KEYS.items():
        table = tables[name]
        moved_up = name in CLASS_TABLES and before is not None and not is_same_year(before, tables)
        if not comparable or before is None or moved_up or table.empty or before[name].empty:
            done[name] = table.assign(trend=None)
            continue
        lower, upper = _ends(name, table, tables)
        old_lower, old_upper = _ends(name, before[name], before)
        old = before[name][keys].assign(old_lower=old_lower, old_upper=old_upper, old_noise=_noise(before[name]))
        both = table[keys].merge(old, how="left", on=keys)
        noise = NOISE_SD * np.hypot(_noise(table).to_numpy(), both["old_noise"].to_numpy())
        done[name] = table.assign(trend=_order(lower - noise, upper + noise, both["old_lower"], both["old_upper"]))
    return done


def is_same_year(before: Tables, now: Tables) -> bool:
    """Whether both waves lie in one school year (autumn, then spring): only then is a class the same students."""
    return school_year(before["pub_wave"]["wave"].iloc[0]) == school_year(now["pub_wave"]["wave"].iloc[0])


def school_year(wave: str) -> int:
    """The year in which the wave's school year began: 2025-2 and 2026-1 both 2025."""
    year, term = wave.split("-")
    return int(year) if term == "2" else int(year) - 1


def _noise(table: pd.DataFrame) -> pd.Series:
    """Standard error of a released share, in points, taken at the middle of its window; 0 for bands and levels."""
    if "share_lo" not in table:
        return pd.Series(0.0, index=table.index)
    share = (table["share_lo"].astype("float64") + table["share_hi"].astype("float64")) / 200
    return 100 * np.sqrt((share * (1 - share)).clip(lower=0.01) / table["r_about"].astype("float64"))


def _ends(name: str, table: pd.DataFrame, tables: Tables) -> tuple[pd.Series, pd.Series]:
    """Lower and upper end of what each row says, as floats; a level is a point."""
    if name == "pub_class_wave_signal":
        point = table["level"].map(LEVEL_ORDER).astype("float64")
        return point, point
    if name == "pub_class_wave_indicator":
        return _band_ends(table, tables["pub_class_wave_signal"])
    return table["share_lo"].astype("float64"), table["share_hi"].astype("float64")


def _band_ends(table: pd.DataFrame, signals: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Least and largest share of the released answers that a class's band leaves.

    Cuts move between waves and so do answers: bands of different waves have no order, their shares have.
    """
    band, first, second = (table[name].astype("float64") for name in ("band", "e1", "e2"))
    answers = table["class_id"].map(signals.set_index("class_id")["r_about"].astype("float64"))
    low = np.select([band == 0, band == 1, band == 2], [0.0, first, second], np.nan)
    high = np.select([band == 0, band == 1, band == 2], [first - 1, second.fillna(np.inf) - 1, np.inf], np.nan)
    return pd.Series(low, index=table.index) / answers, pd.Series(high, index=table.index) / answers


def _order(lower: pd.Series, upper: pd.Series, old_lower: pd.Series, old_upper: pd.Series) -> np.ndarray:
    up = lower.to_numpy() > old_upper.to_numpy()
    down = upper.to_numpy() < old_lower.to_numpy()
    known = lower.notna().to_numpy() & old_lower.notna().to_numpy()
    return np.where(known, np.where(up, "up", np.where(down, "down", "same")), NULL)
