"""From released values to the rows of the published tables of one wave, joint over all audiences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.release.beside import (
    pub_grade_wave_calm,
    pub_grade_wave_place,
    pub_school_wave_place,
    pub_school_wave_place_time,
)
from pipelines.release.columns import SURVEY_BANDS
from pipelines.release.coverage import pub_class_wave_coverage, pub_school_wave_coverage, unread_reasons
from pipelines.release.cube import NULL, Cube
from pipelines.release.model import pub_city_wave_model
from pipelines.release.rows import window_columns
from pipelines.release.sheet import pub_school_wave_sheet
from pipelines.release.signs import Rules, pub_class_wave_signal
from pipelines.release.tree import Level, at, is_whole_school
from pipelines.release.values import Values, Windows, Withheld, take
from pipelines.rules import rule_labels

Tables = dict[str, pd.DataFrame]


def build_tables(
    cube: Cube, levels: list[Level], values: Values, rules: Rules, policy: Policy, withheld: Withheld
) -> Tables:
    """Every pub_ table of the wave but pub_release; hidden values are NULL with a reason."""
    shown = values.tree[0].shown
    joint = (cube, levels, values, withheld, policy)
    tables = {
        "pub_wave": pub_wave(cube),
        "pub_unit": pub_unit(cube, levels),
        "pub_indicator": pub_indicator(cube),
        "pub_label": pd.concat([cube.labels, rule_labels(rules)], ignore_index=True),
        "pub_band_wave_base": pub_band_wave_base(cube, values),
        "pub_class_wave_indicator": pub_class_wave_indicator(cube, values, policy, withheld),
        "pub_class_wave_signal": pub_class_wave_signal(
            cube, values.bands, shown, rules, policy, withheld, values.risen, values.seen
        ),
        "pub_city_wave_model": pub_city_wave_model(cube.wave, values.model),
        "pub_class_wave_coverage": pub_class_wave_coverage(cube, policy),
        "pub_school_wave_coverage": pub_school_wave_coverage(cube, policy),
        "pub_school_wave_place": pub_school_wave_place(*joint),
        "pub_grade_wave_place": pub_grade_wave_place(*joint),
        "pub_school_wave_place_time": pub_school_wave_place_time(*joint),
        "pub_grade_wave_calm": pub_grade_wave_calm(*joint),
        "pub_school_wave_sheet": pub_school_wave_sheet(cube.wave, levels, values.sheet),
    }
    for level, windows in zip(levels[1:], values.tree[1:], strict=True):
        if level.kind == "segment":
            continue
        tables[f"pub_{level.kind}_wave_indicator"] = unit_wave_indicator(cube, level, windows, withheld, policy)
    tables["pub_grade_wave_indicator"] = _only_parts(tables["pub_grade_wave_indicator"], levels)
    return tables


def pub_wave(cube: Cube) -> pd.DataFrame:
    """One row per wave."""
    row = {"wave": cube.wave, "instrument_id": cube.instrument_id, "instrument_hash": cube.instrument_hash}
    return pd.DataFrame([row | {"comparable": False, "anonymous": cube.anonymous}])


def pub_unit(cube: Cube, levels: list[Level]) -> pd.DataFrame:
    """One row per unit per wave. A school's parent is its district; its cluster stands beside it.

    Clusters that stand for no cluster are left out.
    """
    frames = []
    for depth, level in enumerate(levels):
        above = levels[depth + 1] if depth + 1 < len(levels) else None
        frame = pd.DataFrame({"wave": cube.wave, "unit_kind": level.kind, "unit_id": level.ids, "name": level.names})
        frame["parent_kind"] = above.kind if above else None
        frame["parent_id"] = [above.ids[index] for index in level.parent] if above else None
        if level.kind == "grade":
            frame["parent_kind"], frame["parent_id"] = "school", _grade_school(frame["unit_id"])
        frames.append(frame[~frame["unit_id"].str.contains("~")])
    units = pd.concat(frames, ignore_index=True).merge(_unit_facts(cube), how="left", on=["unit_kind", "unit_id"])
    schools = units["unit_kind"] == "school"
    district = units.loc[schools, "unit_id"].map(cube.schools.set_index("school_id")["district_id"])
    units.loc[schools, ["parent_kind", "parent_id"]] = pd.DataFrame({"parent_kind": "district", "parent_id": district})
    return units


def _unit_facts(cube: Cube) -> pd.DataFrame:
    """level, boarding, rural, grade and enrolled of classes and schools, as the class list has them."""
    classes = cube.classes.merge(cube.schools[["school_id", "boarding", "rural"]], on="school_id")
    by_class = classes.assign(
        unit_kind="class", unit_id=classes["class_id"], cluster_id=None, boys_share=pd.NA, boarders_share=pd.NA
    )
    enrolled = cube.classes.groupby("school_id")["enrolled"].sum()
    by_school = cube.schools.assign(unit_kind="school", unit_id=cube.schools["school_id"], grade=pd.NA)
    by_school["enrolled"] = by_school["school_id"].map(enrolled)
    whole = dict.fromkeys(("grade", "boys_share", "boarders_share"), "Int64")
    columns = ["unit_kind", "unit_id", "cluster_id", "level", "boarding", "rural", "enrolled", *whole]
    return pd.concat([by_class[columns].astype(whole), by_school[columns].astype(whole)])


def pub_indicator(cube: Cube) -> pd.DataFrame:
    """One row per indicator."""
    return pd.DataFrame(
        [
            {
                "indicator": fact.code,
                "direction": fact.direction,
                "bands": ",".join(fact.bands),
                "class_level": fact.class_level,
                "sign": fact.sign,
                "reference_ratio": fact.reference_ratio,
                "position": position,
            }
            for position, fact in enumerate(cube.indicators)
        ]
    )


def pub_band_wave_base(cube: Cube, values: Values) -> pd.DataFrame:
    """One row per band per wave per indicator that the band is asked."""
    rows = []
    for row, band in enumerate(SURVEY_BANDS):
        for column, fact in enumerate(cube.indicators):
            rate = int(values.base.rate[row, column])
            if band in fact.bands:
                rows.append((band, cube.wave, fact.code, rate if rate >= 0 else None, None if rate >= 0 else "too_few"))
    frame = pd.DataFrame(rows, columns=["band", "wave", "indicator", "rate", "suppression_reason"])
    return frame.astype({"rate": "Int64"})


def pub_class_wave_indicator(cube: Cube, values: Values, policy: Policy, withheld: Withheld) -> pd.DataFrame:
    """One row per class per wave per class-level indicator that its band is asked."""
    bands, shown, asked = values.bands, values.tree[0].shown, cube.asked()
    unread = unread_reasons(cube.classes, policy)
    reasons = np.where(unread == "", "too_few", unread)
    columns = [column for column, fact in enumerate(cube.indicators) if fact.class_level]
    frames = []
    for column in columns:
        code = cube.indicators[column].code
        frame = cube.classes[["school_id", "class_id"]].assign(wave=cube.wave, indicator=code)
        for name, array in (("band", bands.band), ("bands", bands.number), ("e1", bands.e1), ("e2", bands.e2)):
            frame[name] = pd.array(array[:, column], dtype="Int64")
            frame.loc[~shown[:, column], name] = pd.NA
        frame.loc[bands.number[:, column] == 2, "e2"] = pd.NA
        frame["window"] = pd.array(bands.window[:, column], dtype="Int64")
        frame.loc[bands.window[:, column] < 0, "window"] = pd.NA
        hidden = "withheld" if ("class", code) in withheld else reasons
        frame["suppression_reason"] = np.where(shown[:, column], NULL, hidden)
        frames.append(frame[asked[:, column]])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def unit_wave_indicator(cube: Cube, level: Level, windows: Windows, withheld: Withheld, policy: Policy) -> pd.DataFrame:
    """One row per unit of the level per wave per indicator; the id column is named after the level."""
    width = len(cube.indicators)
    windows = take(windows, np.arange(width))
    kept = np.array([not unit.startswith("~") for unit in level.ids]).repeat(width)
    if level.kind == "cluster":
        kept &= windows.shown.any(axis=1).repeat(width)
    lowest = [at(fact.lowest_level) <= at(level.kind) for fact in cube.indicators]
    kept &= np.tile(lowest, len(level.ids))
    codes = [fact.code for fact in cube.indicators]
    frame = pd.DataFrame({f"{level.kind}_id": np.repeat(np.array(level.ids, dtype=object), width), "wave": cube.wave})
    frame["indicator"] = np.tile(np.array(codes, dtype=object), len(level.ids))
    frame = pd.concat([frame, window_columns(windows, policy)], axis=1)
    few = "few_schools" if level.kind in ("district", "city") else "too_few"
    reasons = np.array(["withheld" if (level.kind, code) in withheld else few for code in codes], dtype=object)
    hidden = np.where(windows.r.reshape(-1) == 0, "not_asked", np.tile(reasons, len(level.ids)))
    frame["suppression_reason"] = np.where(windows.shown.reshape(-1), NULL, hidden)
    return frame[kept].reset_index(drop=True)


def _only_parts(grades: pd.DataFrame, levels: list[Level]) -> pd.DataFrame:
    """Rows of grades with their school; a grade that is the whole school would be said twice."""
    parts = np.array(levels[at("grade")].ids, dtype=object)[~is_whole_school(levels)]
    grades.insert(0, "school_id", _grade_school(grades["grade_id"]))
    return grades[grades["grade_id"].isin(parts)].reset_index(drop=True)


def _grade_school(grade_ids: pd.Series) -> pd.Series:
    return grade_ids.str.rsplit(":", n=1).str[0]
