"""Is a school told apart from its like? Read off released numbers and the class list; it adds nothing to them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.compare import HIGHER, LIMITS, LOWER, Funnel, Schools, build_funnel, compare_window, funnel_limits
from pipelines.policy import Policy
from survey.bands import band_of

Tables = Mapping[str, pd.DataFrame]
NULL = np.array(None, dtype=object)
# log odds of a rural school, of boarding, of boys: what studies found (CEPS); size: they disagree.
USUAL = np.array([0.18, 0.26, 0.34, 0.0])
LIKELY, POSSIBLE = 0.5, 0.1
NUMBERS = ("expected", "low95", "high95", "low998", "high998")


def pub_school_wave_comparison(tables: Tables, policy: Policy) -> pd.DataFrame:
    """One row per school per wave per indicator."""
    values = tables["pub_school_wave_indicator"]
    if values.empty:
        return pd.DataFrame()
    directions = tables["pub_indicator"].set_index("indicator")["direction"]
    schools, rates = school_facts(tables), expected_rates(tables)
    frames = []
    for code, rows in values.groupby("indicator", sort=False):
        known = rows[["school_id", "lo", "hi", "r_about", "suppression_reason"]].merge(schools, on="school_id")
        expected = known["school_id"].map(rates.get(code, pd.Series(dtype=float)))
        found = read_schools(known, expected.to_numpy(float))
        frame = compare_rows(found, str(directions.get(code, "neutral")), policy)
        frame.insert(0, "school_id", known["school_id"].to_numpy())
        frame = frame.assign(wave=rows["wave"].iloc[0], indicator=code)
        frames.append(with_reason(frame, known["lo"].isna().to_numpy()))
    return pd.concat(frames, ignore_index=True)


def school_facts(tables: Tables) -> pd.DataFrame:
    """One row per school: school_id and its make-up, a missing number taken as the mean of the others."""
    units = tables["pub_unit"]
    schools = units[units["unit_kind"] == "school"]
    enrolled = schools["enrolled"].astype("float64")
    facts = {
        "rural": schools["rural"].astype("float64"),
        "boarders": schools["boarders_share"].astype("float64") / 100,
        "boys": schools["boys_share"].astype("float64") / 100,
        "size": np.log(enrolled / enrolled.mean()),
    }
    filled = {name: column.fillna(column.mean()).fillna(0.0) for name, column in facts.items()}
    return pd.DataFrame({"school_id": schools["unit_id"], **filled})


def expected_rates(tables: Tables) -> dict[str, pd.Series]:
    """Indicator → share (0–1) that each school's grades give at the city's rates, its classes weighed by enrolment.

    Bands that aren't asked don't count; NaN for a school with a band whose rate isn't published.
    """
    units = tables["pub_unit"]
    classes = units[units["unit_kind"] == "class"][["unit_id", "parent_id", "level", "grade", "enrolled"]]
    bands = [band_of(level, int(grade)) for level, grade in zip(classes["level"], classes["grade"], strict=True)]
    classes = classes.assign(band=bands, school_id=classes["parent_id"].str.rsplit(":", n=1).str[0])
    weight = classes.groupby(["school_id", "band"])["enrolled"].sum().astype("float64").reset_index()
    found = {}
    for code, rates in tables["pub_band_wave_base"].groupby("indicator"):
        both = weight.merge(rates[["band", "rate"]], on="band")
        both["yes"] = both["enrolled"] * both["rate"].astype("float64") / 100
        sums = both.groupby("school_id")[["yes", "enrolled"]].agg(lambda part: part.sum(skipna=False))
        found[str(code)] = sums["yes"] / sums["enrolled"]
    return found


def read_schools(known: pd.DataFrame, expected: np.ndarray) -> Schools:
    """The model's input from rows with lo, hi, r_about and the make-up."""
    low, high, r = (known[name].astype("float64").to_numpy() for name in ("lo", "hi", "r_about"))
    mix = known[["rural", "boarders", "boys", "size"]].to_numpy(float)
    return Schools(low, high, np.nan_to_num(r), expected, mix, USUAL)


def compare_rows(found: Schools, direction: str, policy: Policy) -> pd.DataFrame:
    """Expected share, limits, place and chance of each school, in its order; NULL where nothing is known."""
    funnel = build_funnel(found, policy["compare.school_sd"], direction != "higher_is_better")
    known = np.isfinite(found.low) & np.isfinite(funnel.expected)
    columns = {"expected": funnel.expected}
    for name, z in LIMITS.items():
        columns[f"low{name}"], columns[f"high{name}"] = funnel_limits(found.r, funnel.expected, funnel.spread, z)
    frame = pd.DataFrame({name: np.where(known, np.round(100 * part, 1), np.nan) for name, part in columns.items()})
    frame["place"] = np.where(known, places(found, funnel), NULL)
    frame["worst_tenth"] = NULL if direction == "neutral" else chance_bands(funnel.worst)
    return frame


def places(found: Schools, funnel: Funnel) -> np.ndarray:
    """Where each window lies, by the outermost limit that it is wholly beyond."""
    told = {
        name: compare_window(found.low, found.high, found.r, funnel.expected, funnel.spread, z)
        for name, z in LIMITS.items()
    }
    beyond = [(f"{word}_{name}", told[name] == side) for name in ("998", "95") for word, side in SIDES]
    return np.select([rows for _, rows in beyond], [word for word, _ in beyond], "inside").astype(object)


SIDES = (("above", HIGHER), ("below", LOWER))


def chance_bands(chance: np.ndarray) -> np.ndarray:
    said = np.select([chance >= LIKELY, chance >= POSSIBLE, chance < POSSIBLE], ["likely", "possible", "unlikely"], "")
    return np.where(said == "", NULL, said.astype(object))


def with_reason(frame: pd.DataFrame, hidden: np.ndarray) -> pd.DataFrame:
    """The rows with the reason why a school isn't compared."""
    reason = np.where(frame["place"].notna(), NULL, np.where(hidden, "hidden", "no_city_rate"))
    return frame.assign(reason=reason)


def compared(comparison: pd.DataFrame) -> pd.Series:
    """'higher', 'cannot_tell' or 'lower' by school and indicator: outside the 99.8 % limits or not."""
    words = {"above_998": HIGHER, "below_998": LOWER, "above_95": "cannot_tell", "below_95": "cannot_tell"}
    said = comparison.set_index(["school_id", "indicator"])["place"]
    return said.map(words | {"inside": "cannot_tell"}).astype(object).where(said.notna(), None)
