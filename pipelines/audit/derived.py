"""What follows from other rows must follow from them: letters, gaps, patrol sheets, computed anew from the files.

Speed, copies and honesty rest on counts that no file holds; of them only the shape can be checked.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.credibility import SHEETS, class_gap_part, coverage_part, grade_letters
from models.gaps import usual_eyes, witness_gap
from pipelines.audit.faults import Fault, faults_of
from pipelines.audit.published import Published
from pipelines.audit.said import join_audiences, sheets
from pipelines.contracts import load_contract, load_contracts
from pipelines.policy import Policy, is_house_policy
from survey.bands import band_of

Tables = Mapping[str, pd.DataFrame]
CANNOT_CONCLUDE = ("not_surveyed", "over_response", "low_response", "too_small")
NOWHERE = "elsewhere"  # online, placements: nobody can stand there
PATROLLED = {"place_group": "pub_school_wave_place_time", "area": "pub_school_pool_place"}


def check_derived(published: Published, policy: Policy) -> list[Fault]:
    """Faults of every row that says otherwise than the rows it follows from."""
    tables = join_audiences(published)
    faults = []
    for kind, wrong in (("class", wrong_class_letters), ("school", wrong_school_letters)):
        table = f"pub_{kind}_wave_credibility"
        if table in tables:
            for rows, rule in wrong(tables, policy):
                faults += faults_of("", table, rows, load_contract(table).key, rule)
    for table, find, rule in (
        ("pub_school_wave_gap", wrong_gaps, "the gap does not follow from the released windows"),
        ("pub_school_wave_patrol", wrong_patrols, "the plan does not follow from the released windows"),
    ):
        if table in tables:
            faults += faults_of("", table, find(tables, policy), load_contract(table).key, rule)
    return faults + lone_grades(tables, published.manifest.get("policies", {}), policy)


def lone_grades(tables: Tables, policies: Mapping[str, str], policy: Policy) -> list[Fault]:
    """Shown grades of one class: a class's window, and its places. policies: those that other waves were told by."""
    units = tables["pub_unit"].query("unit_kind == 'class'")
    classes = units.groupby(["parent_id", "wave"]).size()
    other = [wave for wave, version in policies.items() if not is_house_policy(version)]
    faults = []
    for name, contract in load_contracts("pub_").items():
        if {"grade_id", "lo"} <= set(contract.columns) and name in tables:
            rows = tables[name][tables[name]["lo"].notna() & ~tables[name]["wave"].isin(other)]
            held = classes.reindex(pd.MultiIndex.from_frame(rows[["grade_id", "wave"]])).fillna(0).to_numpy()
            lone = rows[held < policy.count("show.grade_classes")]
            faults += faults_of("", name, lone, contract.key, "what is said of one class is its band alone")
    return faults


def wrong_class_letters(tables: Tables, policy: Policy) -> list[tuple[pd.DataFrame, str]]:
    """Classes whose coverage, gap, letter or parts aren't what coverage, bands and level give."""
    said = tables["pub_class_wave_credibility"]
    bands = tables["pub_class_wave_indicator"].astype({"band": "Float64"})
    bands = bands.pivot(index=["class_id", "wave"], columns="indicator", values="band").reset_index()
    bands = bands.reindex(columns=["class_id", "wave", "witness", "frequent"])
    rows = beside(said, tables["pub_class_wave_coverage"], ["class_id", "wave"])
    rows = beside(beside(rows, tables["pub_class_wave_signal"], ["class_id", "wave"]), bands, ["class_id", "wave"])
    gap = class_gap_part(
        *(rows[name].astype("Float64").to_numpy(float, na_value=np.nan) for name in ("witness", "frequent"))
    )
    return [
        (rows[rows["gap"] != gap], "the gap does not follow from the released bands"),
        *wrong_letters(rows, rows["reason"].isin(CANNOT_CONCLUDE)),
        *wrong_shapes(rows, policy),
    ]


def wrong_school_letters(tables: Tables, policy: Policy) -> list[tuple[pd.DataFrame, str]]:
    """Schools whose coverage, gap or letter isn't what coverage and the gap's table give."""
    rows = beside(tables["pub_school_wave_credibility"], tables["pub_school_wave_coverage"], ["school_id", "wave"])
    rows = beside(rows, tables["pub_school_wave_gap"], ["school_id", "wave"])
    gap = rows["witness_gap"].map({"more": "poor", "usual": "good", "cannot_say": "unknown"})
    few = rows["submitted_about"] < policy.count("show.school_r")
    return [(rows[rows["gap"] != gap], "the gap is not the one of its own table"), *wrong_letters(rows, few)]


def wrong_letters(rows: pd.DataFrame, inconclusive: pd.Series) -> list[tuple[pd.DataFrame, str]]:
    """Rows (a unit's parts beside its coverage) whose coverage or letter doesn't follow."""
    coverage = coverage_part(rows["state"], rows["submitted_about"], rows["enrolled"])
    letters = grade_letters({name: rows[name] for name in ("coverage", *SHEETS, "gap")}, inconclusive.to_numpy(bool))
    return [
        (rows[rows["coverage"] != coverage], "coverage does not follow from the released sheets"),
        (rows[rows["letter"] != letters], "the letter does not follow from its parts"),
    ]


def wrong_shapes(rows: pd.DataFrame, policy: Policy) -> list[tuple[pd.DataFrame, str]]:
    """Classes too small for two level sets of any count, of which something is said all the same."""
    most = [sheets(int(row.submitted_about), int(row.enrolled), policy)[1] for row in rows.itertuples()]
    small = np.array(most, dtype=np.int64) < policy.count("window.first") + policy.count("window.last") - 1
    told = rows[list(SHEETS)].ne("unknown").any(axis=1)
    return [(rows[small & told], "too few sheets to say anything of them")]


def wrong_gaps(tables: Tables, policy: Policy) -> pd.DataFrame:
    """Schools whose witness gap is another, or whose reported gap is said though the window is hidden."""
    said, keys = tables["pub_school_wave_gap"], ["school_id", "wave"]
    ends = tables["pub_school_wave_indicator"]
    found = said.merge(usual_rates(tables), how="left", on=keys)
    for code in ("witness", "frequent", "persistent"):
        mine = ends.loc[ends["indicator"] == code, [*keys, "lo", "hi", "r_about"]]
        found = found.merge(
            mine.rename(columns={name: f"{name}_{code}" for name in ("lo", "hi", "r_about")}), how="left", on=keys
        )
    number = found.drop(columns=said.columns).astype("Float64").astype("float64")
    gap = witness_gap(
        number[["lo_witness", "hi_witness"]].to_numpy(), number[["lo_frequent", "hi_frequent"]].to_numpy(),
        number["r_about_witness"], usual_eyes(number["rate_witness"], number["rate_frequent"]),
        policy["compare.school_sd"], policy["gap.limit_z"],
    )  # fmt: skip
    hidden = number["lo_persistent"].isna() & (found["reported_gap"] != "not_known")
    return said[((found["witness_gap"] != gap) | hidden).to_numpy()]


def usual_rates(tables: Tables) -> pd.DataFrame:
    """school_id, wave, rate_witness, rate_frequent: published rates (0–1) of the bands on each school's class list."""
    classes = tables["pub_unit"].query("unit_kind == 'class'").assign(one=1)
    classes["band"] = [
        band_of(level, int(grade)) for level, grade in zip(classes["level"], classes["grade"], strict=True)
    ]
    classes["school_id"] = classes["parent_id"].str.rsplit(":", n=1).str[0]
    found = classes[["school_id", "wave"]].drop_duplicates()
    for code in ("witness", "frequent"):
        base = tables["pub_band_wave_base"].query("indicator == @code").astype({"rate": "Float64"})
        mine = classes.merge(base[["band", "wave", "rate"]], how="left", on=["band", "wave"])
        mine["part"] = mine["rate"].astype("float64") / 100 * mine["enrolled"]
        sums = mine.groupby(["school_id", "wave"])[["part", "enrolled"]].agg(lambda values: values.sum(skipna=False))
        sums[f"rate_{code}"] = sums["part"] / sums["enrolled"]
        found = found.merge(sums[[f"rate_{code}"]].reset_index(), how="left", on=["school_id", "wave"])
    return found


def wrong_patrols(tables: Tables, policy: Policy) -> pd.DataFrame:
    """Rows of plans that aren't the best for their people and times, or whose share isn't what the windows leave."""
    said, unit = tables["pub_school_wave_patrol"], ["school_id", "wave"]
    plan, cells = [*unit, "people", "slots"], patrolled_cells(tables)
    picks = said.assign(place=said["place_group"].fillna(said["area"]), time=said["time_group"].fillna(""))
    picks = picks.merge(cells, how="left", on=[*unit, "place", "time"])
    picks["spot"] = picks["place"] + "/" + picks["time"]
    found = picks.groupby(plan).agg(
        low=("lo", "sum"), high=("hi", "sum"), picks=("weight", "count"), spots=("spot", "nunique"),
        share_lo=("share_lo", "min"), share_hi=("share_hi", "max"), one=("share_lo", "nunique"),
    ).reset_index()  # fmt: skip
    totals = cells.groupby(unit)[["lo", "hi"]].sum().reset_index()
    found = found.merge(totals, how="left", on=unit).merge(best_weights(cells), how="left", on=plan)
    least = found["low"] / (found["low"] + found["hi"] - found["high"])
    most = found["high"] / (found["high"] + found["lo"] - found["low"])
    held = (
        (found["picks"] == found["people"] * found["slots"]) & (found["spots"] == found["picks"]) & (found["one"] == 1)
    )
    held &= found["low"] + found["high"] == found["best"]
    held &= (found["share_lo"] == np.floor(100 * least + 1e-9)) & (found["share_hi"] == np.ceil(100 * most - 1e-9))
    wrong = found.loc[~held, plan]
    return said.merge(wrong, on=plan) if len(wrong) else said.iloc[:0]


def patrolled_cells(tables: Tables) -> pd.DataFrame:
    """school_id, wave, place, time, lo, hi, weight (twice the midpoint; none where nobody can stand) of shown cells."""
    unit, frames = ["school_id", "wave"], []
    for kind, table in PATROLLED.items():
        rows = tables.get(table)
        if rows is not None:
            rows = rows[rows["lo"].notna() & (rows["measure"] == "happens" if "measure" in rows else True)]
            rows = rows.assign(place=rows[kind], time=rows["time_group"] if kind == "place_group" else "")
            frames.append(rows[[*unit, "place", "time", "lo", "hi"]].astype({"lo": float, "hi": float}))
    cells = pd.concat(frames, ignore_index=True)
    return cells.assign(weight=(cells["lo"] + cells["hi"]).where(cells["place"] != NOWHERE))


def best_weights(cells: pd.DataFrame) -> pd.DataFrame:
    """school_id, wave, people, slots, best: the largest weight that so many people can cover at so many times."""
    unit, time = ["school_id", "wave"], ["school_id", "wave", "time"]
    here = cells.dropna(subset=["weight"]).sort_values("weight", ascending=False)
    here = here.assign(people=here.groupby(time).cumcount() + 1, reach=here.groupby(time)["weight"].cumsum())
    here = here.sort_values("reach", ascending=False)
    served = here.groupby([*unit, "people"])
    return here.assign(slots=served.cumcount() + 1, best=served["reach"].cumsum())[[*unit, "people", "slots", "best"]]


def beside(rows: pd.DataFrame, others: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows with what others have of the same key; columns both have stay as they are."""
    fresh = [column for column in others if column in key or column not in rows]
    return rows.merge(others[fresh], how="left", on=key)
