"""May this value be said? Each published row is held against contract and policy, from the row alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from pipelines.audit.faults import Fault, faults_of
from pipelines.audit.published import Published, distinct_rows
from pipelines.contracts import TableContract, load_contracts
from pipelines.policy import Policy

# Every number that may be published, and nothing else: a column that is not here has no rule and is a fault.
NUMBERS = {
    "lo", "hi", "r_about", "share_lo", "share_hi", "band", "bands", "e1", "e2", "rate", "enrolled", "submitted_about",
    "window", "value", "reference_ratio",
    "classes", "classes_missing", "position", "grade", "declared_chance", "raised_from", "boys_share", "boarders_share",
    "people", "slots", "pick", "alpha", "omega", "item_total",
    "expected", "low95", "high95", "low998", "high998", "waves",
}  # fmt: skip
WINDOW = ("lo", "hi", "r_about", "share_lo", "share_hi")
Check = Callable[[pd.DataFrame, TableContract, Policy], list[tuple[pd.Series, str]]]


def check_values(published: Published, policy: Policy) -> list[Fault]:
    """Faults of every value of every file; a row that stands in several is looked at once."""
    faults = []
    for name, contract in load_contracts("pub_").items():
        rows = distinct_rows(published.files, name)
        if rows.empty:
            continue
        for broken, rule in broken_rules(rows, contract, policy):
            if broken.any():
                faults += faults_of("", name, rows[broken], contract.key, rule)
    return faults


def broken_rules(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """(rows that break it, rule) of every rule that applies to the table."""
    found = check_contract(rows, contract, policy)
    if {"lo", "hi"} <= set(rows.columns):
        found += check_windows(rows, contract, policy)
    if "suppression_reason" in rows:
        found += check_suppressed(rows, contract, policy)
    if {"band", "bands", "e1"} <= set(rows.columns):
        found += check_bands(rows, contract, policy)
    if {"band", "e1"} <= set(rows.columns) and is_pooled(rows):
        found += check_pooled_bands(rows, contract, policy)
    if "submitted_about" in rows:
        found += check_coverage(rows, contract, policy)
    if {"r_about", "level"} <= set(rows.columns):
        found += check_signals(rows, contract, policy)
    if {"parameter", "value"} <= set(rows.columns):
        found.append((off_step(rows), "a slope is rounded to .05"))
    if "rate" in rows:
        found.append((outside(rows["rate"], 1, 99), "a rate is a whole point from 1 to 99"))
    return found


def check_contract(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """Allowed values, patterns, required columns, numbers with a rule."""
    found = []
    for column, spec in contract.columns.items():
        filled = rows[column].notna()
        if spec.required:
            found.append((~filled, f"{column} is required"))
        if spec.allowed is not None:
            found.append((filled & ~rows[column].isin(spec.allowed), f"{column} is none of the contract's values"))
        if spec.regex is not None:
            found.append((filled & ~rows[column].astype(str).str.match(spec.regex), f"{column} has not its form"))
        if spec.type not in ("text", "boolean") and column not in NUMBERS:
            found.append((filled, f"{column} is a number without a rule of what may be said"))
    return found


def check_windows(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """Windows are wide enough, within r, rounded as policy says, and their shares follow from them."""
    step, pooled = policy.count("show.coverage_step"), is_pooled(rows)
    hidden, widths = (2 if pooled else 1) * (step // 2), "pool" if pooled else "window"
    lo, hi, r = (rows[name].astype("float64") for name in ("lo", "hi", "r_about"))
    shares = rounded_shares(rows, hidden)
    first = policy.count(f"{widths}.first")
    narrow = min(first, *(policy.count(f"{widths}.{name}") for name in ("middle", "last")))
    return [
        ((lo < 0) | (hi > r + hidden), "the window leaves 0 to r"),
        (hi - lo + 1 < narrow, f"the window holds fewer than {narrow} counts"),
        ((lo == 0) & (hi + 1 < first), "the window that holds 0 is too narrow"),
        (r.notna() & (r % step != 0), f"r is not rounded to {step}"),
        (r + hidden < least_answers(contract, policy), "too few answers to show anything"),
        (
            lo.notna() & ((rows["share_lo"] != shares[0]) | (rows["share_hi"] != shares[1])),
            "the shares are not the window's",
        ),
    ]


def is_pooled(rows: pd.DataFrame) -> bool:
    """Whether the table counts the answers of two waves, each rounded."""
    return "pooled_with" in rows


def rounded_shares(rows: pd.DataFrame, hidden: int) -> tuple[pd.Series, pd.Series]:
    """Shares of a window in points, rounded outwards by all that r's rounding hides."""
    lo, hi, r = (rows[name].astype("float64") for name in ("lo", "hi", "r_about"))
    low = np.floor(100 * lo / (r + hidden))
    return low, np.minimum(100, np.ceil(100 * hi / np.maximum(r - hidden, 1) - 1e-9))


def least_answers(contract: TableContract, policy: Policy) -> int:
    """Answers below which the table's unit shows nothing."""
    if "pooled_with" in contract.columns:
        return policy.count("pool.r")
    if "place" in contract.table:
        return policy.count("show.grade_r" if "grade_id" in contract.columns else "show.place_r")
    if "grade_id" in contract.columns:
        return policy.count("show.grade_r")
    return policy.count("show.school_r")


def check_suppressed(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """A hidden value is NULL in all its columns, with a reason; a shown one has none.

    A pool's window may leave its band open; check_pooled_bands says when.
    """
    columns = ("rate",) if "rate" in rows else (*WINDOW, "band", "bands", "e1", "e2", "compared")
    others = [name for name in columns if name in rows]
    whole = [name for name in others if name not in ("e2", "compared", *(["band"] if is_pooled(rows) else []))]
    hidden, reason = rows[whole[0]].isna(), rows["suppression_reason"].notna()
    filled = rows[others].notna().any(axis=1)
    return [
        (hidden & ~reason, "a hidden value has no reason"),
        (reason & filled, "a suppressed value is filled in"),
        (~hidden & rows[whole].isna().any(axis=1), "half a value is shown"),
    ]


def check_bands(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """A class is a band among two or three, with cuts as far apart as policy says."""
    band, bands, e1, e2 = (rows[name].astype("float64") for name in ("band", "bands", "e1", "e2"))
    return [
        (band >= bands, "the class has fewer bands than this"),
        (e1 < policy.count("class_signal.first_cut_min"), "the lowest band is too narrow"),
        (
            (bands == 3) & (e2 - e1 != policy.count("class_signal.band_width")),
            "the middle band is not as wide as it must be",
        ),
        ((bands == 2) & e2.notna(), "two bands have one cut"),
    ]


def check_pooled_bands(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """A pooled school's band is read off its window; where the window leaves it open there is none, and no cut."""
    band, lo, hi, e1, e2 = (rows[name].astype("float64") for name in ("band", "lo", "hi", "e1", "e2"))
    read = np.select([lo >= e2, lo >= e1, hi < e1], [2.0, 1.0, 0.0], np.nan)
    return [
        (lo.notna() & e1.isna(), "a shown window without a cut"),
        (e1.notna() & (e2 - e1 != policy.count("pool.middle")), "the middle band is not as wide as it must be"),
        (band.ne(read) & ~(band.isna() & np.isnan(read)), "the band is not what the window says"),
    ]


def check_signals(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """Of a class: answers rounded as coverage is, a declared chance to five points and never a certainty."""
    step, chance = policy.count("show.coverage_step"), rows["declared_chance"].astype("float64")
    exact = (chance * 20 - (chance * 20).round()).abs() > 1e-6
    return [
        (rows["r_about"] % step != 0, f"answers are not rounded to {step}"),
        (exact | outside(chance, 0.05, 0.95), "a declared chance is a whole five points from 5 to 95"),
        (chance.notna() & rows["rule_id"].isna(), "a chance without a sign"),
    ]


def off_step(rows: pd.DataFrame) -> pd.Series:
    """Slopes that say more than they may; all other parameters are constants, which recut compares."""
    steps = 20 * rows["value"].astype("float64")
    return rows["parameter"].eq("slope") & ((steps - steps.round()).abs() > 1e-6)


def check_coverage(rows: pd.DataFrame, contract: TableContract, policy: Policy) -> list[tuple[pd.Series, str]]:
    """Sheets are rounded, and the state says no more than the rounded number does."""
    step = policy.count("show.coverage_step")
    about, enrolled = rows["submitted_about"], rows["enrolled"]
    # Rounding alone adds up to half a step.
    over = about > np.maximum(policy["class_signal.max_response"] * enrolled, enrolled + step // 2)
    low = about < policy["class_signal.min_response"] * enrolled
    state = np.select([over, enrolled - about < step, low], ["over", "complete", "low"], "partial")
    told = rows["state"].ne("missing")
    return [
        ((about % step != 0) & (about != enrolled), f"sheets are not rounded to {step}"),
        (told & (rows["state"] != state), "the state does not follow from the rounded number"),
        (~told & (about != 0), "missing, and yet there are sheets"),
    ]


def outside(column: pd.Series, least: float, most: float) -> pd.Series:
    number = column.astype("float64")
    return (number < least) | (number > most)
