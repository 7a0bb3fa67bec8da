"""From released values to the rows of the published tables of one wave, joint over all audiences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
from pipelines.release.rows import nullable, window_columns
from pipelines.release.sheet import pub_school_wave_sheet
from pipelines.release.signs import Rules, pub_class_wave_signal
from pipelines.release.tree import Level, at, is_whole_school, sum_children
from pipelines.release.values import Values, Windows, Withheld
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
    asked = cube.asked()
    for (below, level), windows in zip(pairwise(levels), values.tree[1:], strict=True):
        asked = sum_children(asked.astype(np.int64), below.parent, len(level.ids)) > 0
        if level.kind == "segment":
            continue
        kept = level.named()
        if level.kind == "cluster":
            kept &= windows.shown[:, : len(cube.indicators)].any(axis=1)
        elif level.kind == "grade":  # one that is the whole school would be said twice
            kept &= ~is_whole_school(levels)
        rows = unit_wave_indicator(cube, level, windows, (kept, asked), withheld, policy)
        tables[f"pub_{level.kind}_wave_indicator"] = rows
    return tables


def pub_wave(cube: Cube) -> pd.DataFrame:
    """One row per wave."""
    row = {"wave": cube.wave, "instrument_id": cube.instrument_id, "instrument_hash": cube.instrument_hash}
    return pd.DataFrame([row | {"comparable": False, "anonymous": cube.anonymous}])


def pub_unit(cube: Cube, levels: list[Level]) -> pd.DataFrame:
    """One row per unit per wave. A school's parent is its district; its cluster stands beside it.

    Clusters that stand for no cluster are left out.
    """
    rows: list[tuple[str, str, str, str | None, str | None]] = []
    districts = dict(zip(cube.schools["school_id"], cube.schools["district_id"], strict=True))
    for level, above in zip(levels, [*levels[1:], None], strict=True):
        kind, parents = (above.kind, [above.ids[row] for row in level.parent]) if above else (None, [None])
        if level.kind == "grade":
            kind, parents = "school", level.schools().tolist()
        elif level.kind == "school":
            kind, parents = "district", [districts[school] for school in level.ids]
        named = zip(level.ids, level.names, parents, level.named(), strict=True)
        rows += [(level.kind, unit, name, kind, parent) for unit, name, parent, is_named in named if is_named]
    units = pd.DataFrame(rows, columns=["unit_kind", "unit_id", "name", "parent_kind", "parent_id"])
    told = [("class", unit) for unit in cube.classes["class_id"]] + [("school", unit) for unit in districts]
    place = {unit: row for row, unit in enumerate(told)}
    facts = _unit_facts(cube).reindex([place.get((kind, unit), -1) for kind, unit, *_ in rows])
    return pd.concat([units.assign(wave=cube.wave), facts.reset_index(drop=True)], axis=1)


def _unit_facts(cube: Cube) -> pd.DataFrame:
    """level, boarding, rural, grade and enrolled of classes and then of schools, as the class list has them."""
    home = cube.homes()
    both, schools = ("boarding", "rural"), ("cluster_id", "boys_share", "boarders_share")
    of_classes = {name: cube.classes[name].array for name in ("level", "enrolled", "grade")}
    of_classes |= {name: cube.schools[name].array[home] for name in both}
    of_schools = {name: cube.schools[name].array for name in ("level", *both, *schools)}
    of_schools["enrolled"] = cube.by_school(cube.classes["enrolled"].to_numpy(np.int64))
    facts = pd.concat([pd.DataFrame(of_classes), pd.DataFrame(of_schools)], ignore_index=True)
    return facts.astype(dict.fromkeys(("grade", "boys_share", "boarders_share"), "Int64"))


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
    cells = [
        (row, column, band, fact.code)
        for row, band in enumerate(SURVEY_BANDS)
        for column, fact in enumerate(cube.indicators)
        if band in fact.bands
    ]
    bands, columns, names, codes = (list(part) for part in zip(*cells, strict=True)) if cells else ([], [], [], [])
    rate = values.base.rate[bands, columns]
    keys = {"band": names, "wave": cube.wave, "indicator": codes}
    return pd.DataFrame(
        keys | {"rate": nullable(rate, rate >= 0), "suppression_reason": np.where(rate >= 0, NULL, "too_few")}
    )


def pub_class_wave_indicator(cube: Cube, values: Values, policy: Policy, withheld: Withheld) -> pd.DataFrame:
    """One row per class per wave per class-level indicator that its band is asked."""
    columns = [column for column, fact in enumerate(cube.indicators) if fact.class_level]
    if not columns:
        return pd.DataFrame()
    which, row = np.nonzero(cube.asked()[:, columns].T)
    column, bands = np.array(columns)[which], values.bands
    band, number, e1, e2, window = (
        part[row, column] for part in (bands.band, bands.number, bands.e1, bands.e2, bands.window)
    )
    shown, unread = values.tree[0].shown[row, column], unread_reasons(cube.classes, policy)[row]
    codes = np.array([fact.code for fact in cube.indicators], dtype=object)
    hidden = np.array([("class", code) in withheld for code in codes], dtype=bool)[column]
    reason = np.where(hidden, "withheld", np.where(unread == "", "too_few", unread))
    keys = {name: cube.classes[name].array[row] for name in ("school_id", "class_id")}
    told = {
        "band": nullable(band, shown),
        "bands": nullable(number, shown),
        "e1": nullable(e1, shown),
        "e2": nullable(e2, shown & (number != 2)),
        "window": nullable(window, window >= 0),
    }
    return pd.DataFrame(
        keys
        | {"wave": cube.wave, "indicator": codes[column], **told, "suppression_reason": np.where(shown, NULL, reason)}
    )


def unit_wave_indicator(
    cube: Cube,
    level: Level,
    windows: Windows,
    units: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    withheld: Withheld,
    policy: Policy,
) -> pd.DataFrame:
    """One row per unit of the level that is kept per wave per indicator; the id column is named after the level.

    units: (units,) that are kept; (units, indicators), of which some class is asked. Where nobody of these answered
    there are too few answers.
    """
    kept, asked = units
    here = [column for column, fact in enumerate(cube.indicators) if at(fact.lowest_level) <= at(level.kind)]
    codes = np.array([cube.indicators[column].code for column in here], dtype=object)
    cells = np.ix_(np.flatnonzero(kept), np.array(here, dtype=np.int64))
    windows = Windows(windows.low[cells], windows.high[cells], windows.r[cells], windows.shown[cells])
    rows = np.flatnonzero(kept).repeat(len(here))
    names = {f"{level.kind}_id": np.array(level.ids, dtype=object)[rows]}
    if level.kind == "grade":
        names = {"school_id": level.schools()[rows]} | names
    few = "few_schools" if level.kind in ("district", "city") else "too_few"
    reasons = np.array(["withheld" if (level.kind, code) in withheld else few for code in codes], dtype=object)
    hidden = np.where(asked[cells], reasons, "not_asked").reshape(-1)
    keys = {"wave": cube.wave, "indicator": np.tile(codes, int(kept.sum()))}
    told = window_columns(windows, policy)
    return pd.DataFrame(names | keys | told | {"suppression_reason": np.where(windows.shown.reshape(-1), NULL, hidden)})
