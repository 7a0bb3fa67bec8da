"""Funnel, hotspots and outlook read released numbers and the class list, and nothing else."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest

from pipelines.contracts import create_table_sql, load_contract
from pipelines.likeness.outlook import posterior_risk, pub_class_wave_forecast
from pipelines.policy import load_policy
from pipelines.release.likeness import comparable_waves, with_likeness
from pipelines.release.made import Release

PLACES = ("rooms", "toilet", "canteen", "dormitory", "yard", "outside", "elsewhere")
TIMES = ("travel", "lessons", "breaks", "night")
SCHOOLS = 24
MADE = ("pub_school_wave_comparison", "pub_school_wave_hotspot", "pub_class_wave_forecast")
UNIT_TYPES = {"boys_share": "Int64", "boarders_share": "Int64", "rural": "boolean", "boarding": "boolean"}
Tables = dict[str, pd.DataFrame]


def released(wave: str = "2025-2", seed: int = 0, hot: str | None = None, high: str | None = None) -> Tables:
    """Junior schools with two classes; one may have a hotspot in the yard's breaks, one a high share."""
    rng = np.random.default_rng([seed, int(wave[3:4]), int(wave[-1])])
    schools = [f"S{number:02d}" for number in range(SCHOOLS)]
    units, windows, grid, classes, signals = [], [], [], [], []
    for number, school in enumerate(schools):
        facts = {"wave": wave, "level": "junior", "rural": number % 3 == 0, "boarding": number % 2 == 0}
        shares = {"boys_share": 50, "boarders_share": 50 * (number % 2 == 0), "enrolled": 400}
        units.append(facts | shares | {"unit_kind": "school", "unit_id": school, "grade": pd.NA, "parent_id": "D1"})
        for place in (1, 2):
            key = {"school_id": school, "class_id": f"{school}-{place}", "wave": wave}
            units.append(
                facts
                | {"unit_kind": "class", "unit_id": key["class_id"], "grade": 7, "enrolled": 40}
                | {"parent_id": f"{school}:g7"}
            )
            band = int(rng.random() < 0.1)
            classes.append(key | {"indicator": "frequent", "band": band, "bands": 3, "e1": 9, "e2": 14})
            signals.append(key | {"level": "watch" if band else "no_group_signal"})
        yes = rng.binomial(400, 0.30 if school == high else 0.09)
        windows.append({"school_id": school, "wave": wave, "indicator": "frequent"} | window(yes, 400))
        for place, time in product(PLACES, TIMES):
            mean = 8.0 * (4 if school == hot and (place, time) == ("yard", "breaks") else 1)
            cell = {"school_id": school, "wave": wave, "place_group": place, "time_group": time}
            grid.append(cell | window(rng.poisson(mean), 400))
    return {
        "pub_wave": pd.DataFrame([{"wave": wave, "instrument_hash": "a"}]),
        "pub_unit": pd.DataFrame(units).astype(UNIT_TYPES),
        "pub_indicator": pd.DataFrame([{"indicator": "frequent", "direction": "higher_is_worse"}]),
        "pub_band_wave_base": pd.DataFrame([{"band": "jr", "wave": wave, "indicator": "frequent", "rate": 9}]),
        "pub_school_wave_indicator": pd.DataFrame(windows),
        "pub_school_wave_place_time": pd.DataFrame(grid),
        "pub_class_wave_indicator": pd.DataFrame(classes),
        "pub_class_wave_signal": pd.DataFrame(signals),
    }  # fmt: skip


def window(count: int, r: int) -> dict[str, object]:
    low = 0 if count <= 5 else 6 + 5 * ((count - 6) // 5)
    return {"lo": low, "hi": 5 if low == 0 else low + 4, "r_about": r, "suppression_reason": None}


def derive(tables: Tables, *before: Tables) -> Tables:
    earlier = [Release(part["pub_wave"]["wave"].iloc[0], part, pd.DataFrame(), {}) for part in before]
    return with_likeness(tables, earlier, "frequent", load_policy())


@cache
def city() -> Tables:
    return derive(released(hot="S05", high="S07"))


def of_school(table: str, school: str) -> pd.DataFrame:
    rows = city()[table]
    return rows[rows["school_id"] == school]


def test_every_table_keeps_its_contract() -> None:
    import duckdb

    made = city()
    for name in MADE:
        contract = load_contract(name)
        with duckdb.connect() as connection:
            connection.execute(create_table_sql(contract))
            connection.register("rows", made[name][list(contract.columns)])
            connection.execute(f"INSERT INTO {name} SELECT * FROM rows")
        for column, spec in contract.columns.items():
            if spec.allowed:
                assert set(made[name][column].dropna()) <= set(spec.allowed), column


def test_a_school_of_three_times_the_rate_is_above_the_funnel_and_others_are_not() -> None:
    rows = city()["pub_school_wave_comparison"].set_index("school_id")
    assert rows.loc["S07", "place"] == "above_998" and rows.loc["S07", "worst_tenth"] == "likely"
    assert (rows["place"].drop("S07").isin(["inside", "above_95", "below_95"])).all()
    told = city()["pub_school_wave_indicator"].set_index("school_id")["compared"]
    assert told["S07"] == "higher" and (told.drop("S07") == "cannot_tell").all()


def test_the_limits_stand_around_what_is_expected() -> None:
    rows = city()["pub_school_wave_comparison"]
    order = rows[["low998", "low95", "expected", "high95", "high998"]].to_numpy(float)
    assert (np.diff(order, axis=1) > 0).all()


def test_the_planted_hotspot_is_raised_with_its_lift() -> None:
    rows = of_school("pub_school_wave_hotspot", "S05").set_index(["place_group", "time_group"])
    assert rows.loc[("yard", "breaks"), "level"] == "raised"
    assert rows.loc[("yard", "breaks"), "lift"] in ("from_2", "from_4")
    everywhere = city()["pub_school_wave_hotspot"]
    assert (everywhere["level"] == "raised").sum() <= 1 + 0.25 * SCHOOLS


def test_nothing_but_windows_is_read() -> None:
    """Whatever stands in other columns, or in tables of answers by class, moves neither funnel nor hotspot."""
    tables = released(hot="S05", high="S07")
    tables["pub_class_wave_indicator"] = tables["pub_class_wave_indicator"].assign(band=2)
    tables["hidden_counts"] = pd.DataFrame({"yes": [1, 2, 3]})
    again = derive(tables)
    for name in MADE[:2]:
        pd.testing.assert_frame_equal(again[name], city()[name])


def test_waves_of_the_same_questionnaire_are_pooled_and_others_are_not() -> None:
    before = [released(wave) for wave in ("2024-1", "2024-2", "2025-1")]
    pooled = derive(released(), *before)["pub_school_wave_hotspot"]
    assert set(pooled["waves"]) == {4}
    before[1]["pub_wave"] = before[1]["pub_wave"].assign(instrument_hash="b")
    assert set(derive(released(), *before)["pub_school_wave_hotspot"]["waves"]) == {3}


def test_of_several_releases_of_a_wave_the_last_is_read() -> None:
    first, second = released("2025-1", seed=1), released("2025-1", seed=2)
    releases = [Release("2025-1", part, pd.DataFrame(), {}) for part in (first, second)]
    assert comparable_waves(released(), releases)[0] is second


def test_a_hidden_school_says_so_and_a_lone_one_has_no_like() -> None:
    tables = released()
    hidden = tables["pub_school_wave_place_time"]["school_id"] == "S03"
    for name in ("pub_school_wave_place_time", "pub_school_wave_indicator"):
        rows = tables[name]["school_id"] == "S03"
        tables[name] = tables[name].astype(dict.fromkeys(("lo", "hi", "r_about"), "Int64"))
        tables[name].loc[rows, ["lo", "hi", "r_about"]] = pd.NA
    made = derive(tables)
    assert hidden.any() and of(made, "pub_school_wave_hotspot", "S03")["reason"].eq("hidden").all()
    assert of(made, "pub_school_wave_hotspot", "S03")["level"].isna().all()
    assert of(made, "pub_school_wave_comparison", "S03")["reason"].eq("hidden").all()
    alone = {
        name: part[part["school_id"] == "S00"] if "school_id" in part else part for name, part in released().items()
    }
    units = alone["pub_unit"]
    alone["pub_unit"] = units[units["unit_id"].str.startswith("S00")]
    lone = derive(alone)
    assert lone["pub_school_wave_hotspot"]["reason"].eq("no_like_schools").all()
    assert lone["pub_school_wave_comparison"]["place"].eq("inside").all()


def of(tables: Tables, name: str, school: str) -> pd.DataFrame:
    return tables[name][tables[name]["school_id"] == school]


def test_without_a_city_rate_no_school_is_compared() -> None:
    tables = released()
    tables["pub_band_wave_base"] = tables["pub_band_wave_base"].assign(rate=pd.array([pd.NA], dtype="Int64"))
    made = derive(tables)["pub_school_wave_comparison"]
    assert made["reason"].eq("no_city_rate").all() and made["expected"].isna().all() and made["place"].isna().all()


@pytest.mark.parametrize(("wave", "reason"), [("2025-1", "moves_up"), ("2025-2", "too_few_waves")])
def test_a_spring_looks_no_further_and_a_first_autumn_has_nothing_to_learn_from(wave: str, reason: str) -> None:
    made = derive(released(wave))["pub_class_wave_forecast"]
    assert made["reason"].eq(reason).all() and made["outlook"].isna().all()


def test_an_outlook_is_given_once_two_years_bear_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a check that holds, every class with a band has one of three words, none without a band."""
    from models.forecast import Check
    from pipelines.likeness import outlook

    waves = [released(wave) for wave in ("2023-2", "2024-1", "2024-2", "2025-1")]
    monkeypatch.setattr(outlook, "check_forecast", lambda past: Check("shown"))
    now = released()
    now["pub_class_wave_indicator"] = now["pub_class_wave_indicator"].astype({"band": "Int64"})
    now["pub_class_wave_indicator"].loc[0, ["band"]] = pd.NA
    made = pub_class_wave_forecast(now, waves, "frequent", load_policy())
    assert made["reason"].iloc[0] == "hidden" and pd.isna(made["outlook"].iloc[0])
    assert set(made["outlook"].iloc[1:]) <= {"lower", "usual", "higher"}


def test_a_band_moves_the_risk_that_the_citys_rate_leaves() -> None:
    rows = pd.DataFrame({"enrolled": 40, "band": [np.nan, 0, 1, 2], "e1": 9, "e2": 14, "rate": 9})
    hidden, low, middle, top = posterior_risk(rows, 0.43)
    assert low < hidden < middle < top
    assert hidden == pytest.approx(0.09, abs=0.01)
