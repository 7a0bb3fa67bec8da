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
    facts = school_facts(tables)
    values = tables["pub_school_wave_indicator"]
    values = values[values["school_id"].isin(facts.index)] if len(values) else values
    if values.empty:
        return pd.DataFrame()
    schools, directions = read_schools(values, facts, expected_rates(tables)), read_directions(tables)
    number, codes = pd.factorize(values["indicator"])
    parts = [np.flatnonzero(number == code) for code in range(len(codes))]
    compared = [
        compare_rows(pick(schools, rows), directions.get(code, "neutral"), policy)
        for code, rows in zip(codes, parts, strict=True)
    ]
    order = np.concatenate(parts)
    frame = pd.DataFrame({name: np.concatenate([part[name] for part in compared]) for name in compared[0]})
    frame.insert(0, "school_id", values["school_id"].to_numpy()[order])
    frame = frame.assign(wave=values["wave"].iloc[0], indicator=values["indicator"].to_numpy()[order])
    return with_reason(frame, np.isnan(schools.low)[order])


def read_directions(tables: Tables) -> dict[str, str]:
    """Indicator → which way is worse."""
    rows = tables["pub_indicator"]
    return dict(zip(rows["indicator"], rows["direction"], strict=True))


def school_facts(tables: Tables) -> pd.DataFrame:
    """One row per school, by school_id: its make-up, a missing number taken as the mean of the others."""
    units = tables["pub_unit"]
    schools = units[units["unit_kind"] == "school"]
    enrolled = schools["enrolled"].astype("float64")
    facts = {
        "rural": schools["rural"].astype("float64"),
        "boarders": schools["boarders_share"].astype("float64") / 100,
        "boys": schools["boys_share"].astype("float64") / 100,
        "size": np.log(enrolled / enrolled.mean()),
    }
    filled = {name: column.fillna(column.mean()).fillna(0.0).to_numpy() for name, column in facts.items()}
    return pd.DataFrame(filled, index=pd.Index(schools["unit_id"].to_numpy()))


def expected_rates(tables: Tables) -> pd.DataFrame:
    """Share (0–1) by school and indicator that a school's grades give at the city's rates, its classes weighed by
    enrolment.

    Bands that aren't asked don't count; NaN for a school with a band whose rate isn't published.
    """
    units = tables["pub_unit"]
    classes = units[units["unit_kind"] == "class"]
    bands = [band_of(level, int(grade)) for level, grade in zip(classes["level"], classes["grade"], strict=True)]
    homes = classes["parent_id"].str.rsplit(":", n=1).str[0].to_numpy()
    enrolled = classes["enrolled"].astype("float64").to_numpy()
    weight = pd.Series(enrolled).groupby([homes, np.array(bands, dtype=object)]).sum().unstack()
    base = tables["pub_band_wave_base"]
    asked = base.assign(rate=base["rate"].astype("float64").fillna(-1)).pivot(
        index="band", columns="indicator", values="rate"
    )
    asked = asked.reindex(weight.columns)
    mass, rate = weight.fillna(0.0).to_numpy(), asked.to_numpy()
    silent = (mass > 0).astype(float) @ (rate < 0)  # how many of a school's bands have no rate
    yes, whole = mass @ np.maximum(np.nan_to_num(rate), 0) / 100, mass @ np.isfinite(rate).astype(float)
    share = np.divide(yes, whole, out=np.full_like(yes, np.nan), where=(whole > 0) & (silent == 0))
    return pd.DataFrame(share, index=weight.index, columns=asked.columns)


def read_schools(values: pd.DataFrame, facts: pd.DataFrame, rates: pd.DataFrame) -> Schools:
    """The model's input, one row per row of `values`."""
    low, high, r = (values[name].astype("float64").to_numpy() for name in ("lo", "hi", "r_about"))
    school, indicator = rates.index.get_indexer(values["school_id"]), rates.columns.get_indexer(values["indicator"])
    padded = np.pad(rates.to_numpy(), (0, 1), constant_values=np.nan)  # what has no rate is found at -1
    mix = facts.to_numpy()[facts.index.get_indexer(values["school_id"])]
    return Schools(low, high, np.nan_to_num(r), padded[school, indicator], mix, USUAL)


def pick(found: Schools, rows: np.ndarray) -> Schools:
    """Some of the rows."""
    return Schools(found.low[rows], found.high[rows], found.r[rows], found.expected[rows], found.mix[rows], found.usual)


def compare_rows(found: Schools, direction: str, policy: Policy) -> dict[str, np.ndarray]:
    """Expected share, limits, place and chance of each school, in its order; NULL where nothing is known."""
    funnel = build_funnel(found, policy["compare.school_sd"], direction != "higher_is_better")
    known = np.isfinite(found.low) & np.isfinite(funnel.expected)
    columns = {"expected": funnel.expected}
    for name, z in LIMITS.items():
        columns[f"low{name}"], columns[f"high{name}"] = funnel_limits(found.r, funnel.expected, funnel.spread, z)
    rounded = {name: np.where(known, np.round(100 * part, 1), np.nan) for name, part in columns.items()}
    worst = np.full(len(known), None) if direction == "neutral" else chance_bands(funnel.worst)
    return {**rounded, "place": np.where(known, places(found, funnel), NULL), "worst_tenth": worst}


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
