"""Are a class's cuts, bands and sign by what others saw what released numbers give? Worked out from files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.cuts import signal_cut
from models.thresholds import edge_above
from pipelines.audit.faults import Fault
from pipelines.audit.said import Said
from pipelines.cuts import FEATURES, Cuts, Told, class_cuts, told_of
from pipelines.policy import is_house_policy
from pipelines.rules import Rules

TABLE = "pub_class_wave_indicator"


def check_cuts(wordings: Sequence[Said], rules: Rules) -> list[Fault]:
    """Cells whose e1 or bands, and signs by history that, aren't what the rule gives; `wordings` as they were said."""
    faults: list[Fault] = []
    for place, said in enumerate(wordings):
        if not said.tables["pub_class_wave_signal"].empty and is_by_this_policy(said):
            faults += check_wording(said, wordings[:place], rules)
    return faults


def uncut_waves(wordings: Sequence[Said]) -> tuple[str, ...]:
    """Waves whose cuts aren't worked out anew: another version of the house's policy made them, by other rules."""
    return tuple(sorted({said.wave for said in wordings if not is_by_this_policy(said)}))


def is_by_this_policy(said: Said) -> bool:
    """Whether the wording keeps the house's policy of today: other rules, other cuts."""
    return is_house_policy(said.policy.version)


def check_wording(said: Said, before: Sequence[Said], rules: Rules) -> list[Fault]:
    """Faults of one wave in one wording."""
    now = told_of(said.tables, said.wave, said.policy)
    latest = {one.wave: told_of(one.tables, one.wave, one.policy) for one in before if one.wave < said.wave}
    rows, units = said.tables[TABLE], units_of(said)
    cuts = moved(said, now, list(latest.values()), units, rules)
    expected = expected_cuts(said, now, units, cuts, rules)
    kept = first_said([one for one in before if one.wave == said.wave], now)
    keys = pd.MultiIndex.from_frame(rows[["class_id", "indicator"]])
    first = kept.reindex(keys).fillna(expected.reindex(keys)).to_numpy()
    number = np.where(rows["suppression_reason"] == "withheld", 0, band_numbers(said, now, rows["class_id"], first))
    wrong = {
        "e1 is not what the released numbers give": rows["e1"].notna() & (rows["e1"].astype("float64") != first),
        "bands are not as many as the released numbers give": rows["bands"].fillna(0).astype("int64") != number,
    }
    faults = [fault_of(said, row, rule) for rule, broken in wrong.items() for row in rows[broken].itertuples()]
    return faults + check_seen(said, units, cuts, rules) + check_model(said, cuts)


def fault_of(said: Said, row: Any, rule: str) -> Fault:
    where = f"class_id={row.class_id}, wave={said.wave}, indicator={row.indicator}"
    return Fault("all files together", TABLE, where, rule)


def band_numbers(said: Said, now: Told, class_ids: pd.Series, first: np.ndarray) -> np.ndarray:
    """(rows,): how many bands a row of this class with this first cut has; 0 where none is shown."""
    width, top, half = (
        said.policy.count(name) for name in ("class_signal.band_width", "class_signal.top_width", "show.coverage_step")
    )
    coverage = said.tables["pub_class_wave_coverage"].set_index("class_id").reindex(class_ids)
    about = now.classes["r_about"].reindex(class_ids).to_numpy(np.int64)
    room = about - half // 2 - first + 1
    enough = about >= said.policy["class_signal.min_response"] * coverage["enrolled"].to_numpy(float)
    read = enough & (coverage["state"] != "over").to_numpy()
    return np.where(read, np.select([room >= width + top, room >= top], [3, 2], 0), 0)


def check_seen(said: Said, units: pd.DataFrame, cuts: Cuts | None, rules: Rules) -> list[Fault]:
    """Classes with a sign by what others saw that nothing released gives, and those that should have one."""
    if cuts is None or cuts.seen is None:
        return []
    signals = said.tables["pub_class_wave_signal"].set_index("class_id").reindex(units["class_id"])
    by_history = [rule["id"] for rule in rules.rules if rule.get("by_history")]
    has, calm = signals["rule_id"].isin(by_history), signals["level"] == "no_group_signal"
    wrong = signals.index[(has & ~cuts.seen) | (calm & cuts.seen)]
    return [
        Fault(
            "all files together",
            "pub_class_wave_signal",
            f"class_id={class_id}, wave={said.wave}",
            "the sign by what others saw is not what the released numbers give",
        )
        for class_id in wrong
    ]


def expected_cuts(said: Said, now: Told, units: pd.DataFrame, cuts: Cuts | None, rules: Rules) -> pd.Series:
    """(class_id, indicator) → e1, for every class and class-level indicator; cuts: of the carrying one."""
    least, facts = said.policy.count("class_signal.first_cut_min"), said.tables["pub_indicator"].query("class_level")
    everywhere, found = moving(said, rules), {}
    for row in facts.itertuples():
        first = plain_cuts(said, now, units, str(row.indicator), rules.alarm(row.indicator, row.sign), everywhere)
        if cuts is not None and row.indicator == carrier_of(facts):
            first = cuts.first
        found[row.indicator] = pd.Series(np.maximum(first, least), units["class_id"])
    return pd.concat(found).swaplevel() if found else pd.Series(dtype="float64")


def carrier_of(facts: pd.DataFrame) -> str:
    """The first indicator that carries a sign."""
    carrying = facts[facts["sign"] == "carrying"].sort_values("position")
    return "" if carrying.empty else str(carrying["indicator"].iloc[0])


def moving(said: Said, rules: Rules) -> tuple[str, ...]:
    """Indicators whose windows are released."""
    return tuple(code for code in rules.moved_by if is_asked_everywhere(said, code))


def moved(said: Said, now: Told, before: Sequence[Told], units: pd.DataFrame, rules: Rules) -> Cuts | None:
    """Cuts of the carrying indicator; None where there is none."""
    carrier = carrier_of(said.tables["pub_indicator"].query("class_level"))
    if not carrier:
        return None
    return class_cuts(units, [*before, now], carrier, moving(said, rules), said.policy)


def check_model(said: Said, cuts: Cuts | None) -> list[Fault]:
    """Parameters of the model that aren't what was released before gives."""
    rows, wanted = said.tables["pub_city_wave_model"], {} if cuts is None else cuts.model
    told = {(row.parameter, row.indicator or ""): float(row.value) for row in rows.itertuples()}
    return [
        Fault(
            "all files together",
            "pub_city_wave_model",
            f"wave={said.wave}, parameter={parameter}, indicator={code}",
            "the model is not what the released numbers give",
        )
        for parameter, code in sorted(set(told) | set(wanted))
        if told.get((parameter, code)) != wanted.get((parameter, code))
    ]


def plain_cuts(
    said: Said, now: Told, units: pd.DataFrame, code: str, alarm: str, everywhere: tuple[str, ...]
) -> np.ndarray:
    """(classes,): cut by size and base rate; on the next edge where windows are released."""
    about = now.classes["r_about"].reindex(units["class_id"]).fillna(0).to_numpy(np.int64)
    rate = np.array([now.rates.get((band, code), 0.5) for band in units["band"]])
    policy = said.policy
    cut = signal_cut(about, rate, policy["class_signal.class_sd"], policy[f"class_signal.false_alarm.{alarm}"])
    if code in everywhere:
        return edge_above(cut, about)
    return cut


def is_asked_everywhere(said: Said, code: str) -> bool:
    """Every surveyed band was asked; as the release has it."""
    return code in said.asked and set(said.band.values()) - {""} <= set(said.asked[code])


def units_of(said: Said) -> pd.DataFrame:
    """class_id, band, school_id and make-up of every class, as pub_unit has them."""
    units = said.tables["pub_unit"]
    schools = units[units["unit_kind"] == "school"].set_index("unit_id")
    ids = sorted(said.band)
    home = [said.parent["grade", said.parent["class", unit]] for unit in ids]
    frame = pd.DataFrame({"class_id": ids, "band": [said.band[unit] for unit in ids], "school_id": home})
    facts = {"rural": "rural", "boarding": "boarders_share", "boys": "boys_share"}
    for name in FEATURES:
        scale = 1.0 if name == "rural" else 100.0
        frame[name] = frame["school_id"].map(schools[facts[name]].astype("float64")) / scale
    return frame


def first_said(earlier: Sequence[Said], now: Told) -> pd.Series:
    """(class_id, indicator) → e1 of the wave's wording before, of classes that gained no answer since."""
    if not earlier:
        return pd.Series(dtype="float64", index=pd.MultiIndex.from_arrays([[], []]))
    tables: Mapping[str, pd.DataFrame] = earlier[-1].tables
    shown = tables[TABLE].dropna(subset=["e1"])
    about = tables["pub_class_wave_signal"].set_index("class_id")["r_about"]
    same = shown["class_id"].map(about) == shown["class_id"].map(now.classes["r_about"])
    kept = shown[same]
    return pd.Series(kept["e1"].to_numpy(np.float64), pd.MultiIndex.from_frame(kept[["class_id", "indicator"]]))
