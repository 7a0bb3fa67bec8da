"""The gate: what it refuses, withholds and says of a further release."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from cubes import random_cube

from pipelines.policy import load_policy
from pipelines.problems import CannotDo
from pipelines.release import gate
from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.made import Release
from pipelines.release.signs import load_rules
from pipelines.release.tree import at

POLICY, RULES = load_policy(), load_rules()


@cache
def released(seed: int) -> Release:
    """The first release of a city, made once for all that is asked of it."""
    return release(random_cube(seed), [], POLICY, RULES)


def with_more_answers(cube: Cube, more: int) -> Cube:
    """The same wave after late answers came in for its first class; nobody of them says yes."""
    classes = cube.classes.copy()
    for name in ("enrolled", "submitted", "r"):
        classes.loc[0, name] += more
    return replace(cube, classes=classes)


def test_no_answers_are_refused() -> None:
    """An empty wave must not become an empty release that hides the one before."""
    cube = random_cube(1)
    with pytest.raises(CannotDo, match="nothing to release"):
        release(replace(cube, classes=cube.classes.assign(r=0)), [], POLICY, RULES)


def test_a_further_release_with_few_late_answers_is_refused() -> None:
    """Three answers more, released twice, would be three answers read."""
    cube, first = random_cube(2), released(2)
    with pytest.raises(CannotDo, match="fewer than 10 answers"):
        release(with_more_answers(cube, 3), [first], POLICY, RULES)


def test_a_further_release_with_enough_late_answers_is_audited_with_the_first() -> None:
    """Both releases together still leave five candidates."""
    cube, first = random_cube(2), released(2)
    second = release(with_more_answers(cube, 12), [first], POLICY, RULES)
    protected = second.bounds[second.bounds["r"] >= 4]
    assert (protected["high"] - protected["low"] + 1).min() >= 5


@pytest.mark.long
def test_the_same_answers_under_a_shifted_rule_are_withheld_where_windows_cross() -> None:
    """Two cuts of the same counts may pin one down; the audit sees both."""
    cube = random_cube(2, schools=4)
    first = release(cube, [], POLICY, RULES)
    shifted = replace(POLICY, numbers=POLICY.numbers | {"class_signal.first_cut_min": 8, "window.first": 8})
    second = release(cube, [first], shifted, RULES)
    assert second.record["withheld"]
    protected = second.bounds[second.bounds["r"] >= 4]
    assert (protected["high"] - protected["low"] + 1).min() >= 5


def test_an_attack_that_does_not_settle_stops_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail closed: no figure, no release."""

    def restless(*_: object) -> None:
        raise ArithmeticError("the attack did not settle")

    monkeypatch.setattr(gate, "attack", restless)
    with pytest.raises(CannotDo, match="did not settle"):
        release(random_cube(1), [], POLICY, RULES)


def test_a_table_that_fails_is_withheld_for_the_whole_wave() -> None:
    """No cell is repaired: the table goes, everywhere, and the record says so."""
    narrow = replace(POLICY, numbers=POLICY.numbers | {"window.middle": 4})
    made = release(random_cube(44, schools=3, rate=0.3), [], narrow, RULES)
    assert {"grade/any", "school/any"} <= set(made.record["withheld"])
    for kind in ("grade", "school"):
        rows = made.tables[f"pub_{kind}_wave_indicator"].query("indicator == 'any'")
        assert rows["lo"].isna().all()
        assert "withheld" in set(rows["suppression_reason"]) <= {"withheld", "not_asked", "too_few", "small_unit"}
    assert made.tables["pub_class_wave_indicator"]["band"].notna().any()
    assert made.record["audit"]["min_candidates"] >= 5


def test_hidden_values_are_null_with_a_reason_and_never_zero() -> None:
    """A hidden number that reads 0 would be a false all-clear."""
    made = released(9)
    for name, table in made.tables.items():
        if "suppression_reason" in table and "lo" in table:
            hidden = table["lo"].isna()
            assert (table["suppression_reason"].notna() == hidden).all(), name
            assert table.loc[hidden, ["hi", "r_about", "share_lo", "share_hi"]].isna().all(axis=None), name


def test_shares_hold_the_true_share_and_r_stays_rounded() -> None:
    """What is shown is true, and coverage is not read out of it."""
    cube, made = random_cube(6), released(6)
    levels = gate.build_values(cube, POLICY, frozenset())[0]
    rows = made.tables["pub_school_wave_indicator"].dropna(subset=["lo"])
    assert len(rows) > 20
    for row in rows.itertuples():
        unit, column = levels[at("school")].ids.index(row.school_id), cube.position()[row.indicator]
        true = 100 * levels[at("school")].count[unit, column] / levels[at("school")].r[unit, column]
        assert row.share_lo <= true <= row.share_hi
        assert row.r_about % 5 == 0


def test_trend_is_the_order_of_two_released_bands() -> None:
    """Up means the band rose, not that the count did."""
    first = release(replace(random_cube(9), wave="2025-2"), [], POLICY, RULES)
    second = release(random_cube(9), [first], POLICY, RULES)
    rows = second.tables["pub_class_wave_indicator"]
    assert set(rows.loc[rows["band"].notna(), "trend"]) == {"same"}
    assert second.tables["pub_wave"]["comparable"].all()


def test_a_class_has_no_trend_across_the_summer() -> None:
    """In autumn the same class name holds other students; grades and schools go on."""
    first = released(9)
    second = release(replace(random_cube(9), wave="2026-2"), [first], POLICY, RULES)
    assert second.tables["pub_class_wave_indicator"]["trend"].isna().all()
    assert second.tables["pub_school_wave_indicator"]["trend"].notna().any()


def test_a_small_school_s_windows_do_not_rise_by_chance() -> None:
    """One child more in a school of fifty is no trend, however the windows lie."""
    from pipelines.release.trend import with_trend

    first = released(9)
    rows = first.tables["pub_school_wave_indicator"].dropna(subset=["lo"])
    small = rows.assign(r_about=50, share_lo=11, share_hi=20)
    before = first.tables | {"pub_school_wave_indicator": small.assign(share_lo=0, share_hi=10)}
    done = with_trend(first.tables | {"pub_school_wave_indicator": small}, before)
    assert set(done["pub_school_wave_indicator"]["trend"]) == {"same"}
    large = with_trend(
        first.tables | {"pub_school_wave_indicator": small.assign(r_about=2000, share_lo=18)},
        first.tables | {"pub_school_wave_indicator": small.assign(r_about=2000, share_lo=9, share_hi=10)},
    )
    assert set(large["pub_school_wave_indicator"]["trend"]) == {"up"}


def test_another_instrument_has_no_trend() -> None:
    """Waves that asked otherwise are not compared."""
    first = released(9)
    other = replace(random_cube(9), wave="2026-2", instrument_hash="1" * 64)
    made = release(other, [first], POLICY, RULES)
    assert made.tables["pub_class_wave_indicator"]["trend"].isna().all()
    assert not made.tables["pub_wave"]["comparable"].any()


def test_levels_follow_the_released_bands() -> None:
    """Every sign can be read off the published bands: urgent needs frequent and still going on."""
    made = release(random_cube(12, rate=0.3), [], POLICY, RULES)
    bands = made.tables["pub_class_wave_indicator"].pivot(index="class_id", columns="indicator", values="band")
    signs = made.tables["pub_class_wave_signal"].set_index("class_id")
    urgent = signs[signs["level"] == "urgent"].index
    assert len(urgent)
    assert (bands.loc[urgent, ["frequent", "still_now"]].fillna(0) >= 1).all(axis=None)
    quiet = signs[signs["level"] == "no_group_signal"].index
    assert (bands.loc[quiet, ["frequent", "witness"]].fillna(0) == 0).all(axis=None)


def test_a_poorly_covered_class_has_no_conclusion_and_no_band() -> None:
    """Half a class says nothing about the class; over 110 % says something about the sitting."""
    cube = random_cube(4)
    classes, rows = cube.classes.copy(), list(cube.classes.index[cube.classes["r"] >= 20][:2])
    classes.loc[rows[0], "enrolled"] = classes.loc[rows[0], "r"] * 2 + 1
    classes.loc[rows[1], "enrolled"] = int(classes.loc[rows[1], "submitted"] / 1.3)
    made = release(replace(cube, classes=classes), [], POLICY, RULES)
    signs = made.tables["pub_class_wave_signal"]
    assert list(signs.loc[rows, "level"]) == ["no_conclusion"] * 2
    assert list(signs.loc[rows, "reason"]) == ["low_response", "over_response"]
    named = made.tables["pub_class_wave_indicator"]["class_id"].isin(signs.loc[rows, "class_id"])
    assert made.tables["pub_class_wave_indicator"].loc[named, "band"].isna().all()


def test_one_rare_report_in_one_class_changes_nothing_a_school_reads() -> None:
    """A severe event in one class moves no window, band, sign or order below the district, and no sheet by itself."""
    cube = random_cube(6)
    more = cube.yes.copy()
    more[0, cube.position()["severe"]] += 1
    one, other = released(6), release(replace(cube, yes=more), [], POLICY, RULES)
    for name, table in one.tables.items():
        if name.split("_")[1] not in ("district", "city"):
            assert table.equals(other.tables[name]), name


def test_a_sheet_is_raised_from_six_reports_far_beyond_chance() -> None:
    """From the published count on it's raised, one below it isn't; a school of nine can't be told apart from chance."""
    cube = random_cube(6)
    column = cube.position()["severe"]
    levels, values = gate.build_values(cube, POLICY, frozenset())
    sheet, schools = values.sheet, levels[at("school")]
    assert sheet is not None
    school = int(np.argmax(schools.r[:, column]))
    assert sheet.least[school] >= 6
    said = []
    for reports in (sheet.least[school] - 1, sheet.least[school]):
        yes, rows = cube.yes.copy(), np.flatnonzero(cube.classes["school_id"] == schools.ids[school])
        yes[rows, column] = 0
        yes[rows[0], column] = reports
        made = release(replace(cube, yes=yes), [], POLICY, RULES)
        said.append(made.tables["pub_school_wave_sheet"].set_index("school_id").loc[schools.ids[school], "statement"])
    assert said == ["no_statement", "raised"]


def test_a_grade_that_is_the_whole_school_is_not_said_twice() -> None:
    """The school's own windows are finer when no grade stands below them."""
    made = released(3)
    units = made.tables["pub_unit"].query("unit_kind == 'grade'")
    alone = units.groupby("parent_id").filter(lambda held: len(held) == 1)["unit_id"]
    assert len(alone)
    for name in ("pub_grade_wave_indicator", "pub_grade_wave_place"):
        assert not made.tables[name]["grade_id"].isin(alone).any()


def test_persistent_students_in_calm_classes_are_said_of_grades() -> None:
    """The window holds the true count over exactly the classes whose released level is 'no group signal'."""
    cube = random_cube(1, rate=0.02)
    made = release(cube, [], POLICY, RULES)
    calm = (made.tables["pub_class_wave_signal"]["level"] == "no_group_signal").to_numpy()
    levels = gate.build_values(cube, POLICY, frozenset())[0]
    shown = made.tables["pub_grade_wave_calm"].dropna(subset=["lo"])
    assert len(shown) >= 2
    for row in shown.itertuples():
        mine = calm & (levels[0].parent == levels[1].ids.index(row.grade_id))
        assert row.lo <= cube.yes[mine, cube.position()["persistent"]].sum() <= row.hi
        assert row.classes == mine.sum() >= 2


def test_grades_and_schools_say_the_same_of_places() -> None:
    """A school's window of a place lies within the sums of its grades' windows."""
    made = released(9)
    grades = made.tables["pub_grade_wave_place"].dropna(subset=["lo"])
    assert len(grades) > 20
    keys = ["school_id", "measure", "place_group"]
    sums = grades.groupby(keys)[["lo", "hi"]].sum().join(grades.groupby(keys).size().rename("grades"))
    schools = made.tables["pub_school_wave_place"].set_index(keys)
    units = made.tables["pub_unit"].query("unit_kind == 'grade'").groupby("parent_id").size()
    whole = sums[sums["grades"] == units.reindex(sums.index.get_level_values(0)).to_numpy()]
    both = whole.join(schools[["lo", "hi"]].add_suffix("_school"))
    assert len(both)
    assert (both["lo_school"] >= both["lo"]).all()
    assert (both["hi_school"] <= both["hi"]).all()


def test_counts_that_contradict_each_other_are_never_released() -> None:
    """A part larger than its whole means that something upstream is broken: fail closed."""
    cube = random_cube(8)
    broken = cube.yes.copy()
    broken[:, cube.position()["any"]] = 0
    broken[:, cube.position()["frequent"]] = cube.classes["r"]
    with pytest.raises(CannotDo, match="contradict"):
        release(replace(cube, yes=broken), [], POLICY, RULES)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_all_zero_and_all_one_are_released_without_a_forced_cell(rate: float) -> None:
    """0 % and 100 % are as hidden as anything between."""
    cube = random_cube(8, rate=rate)
    yes = np.zeros_like(cube.yes) if rate == 0 else cube.classes["r"].to_numpy()[:, None] * cube.asked()
    place = np.zeros_like(cube.place)
    place[:, 1] = yes[:, [3]]
    made = release(replace(cube, yes=yes, place=place, place_time=cube.place_time * 0), [], POLICY, RULES)
    protected = made.bounds[made.bounds["r"] >= 4]
    assert (protected["high"] > protected["low"]).all()
    assert (protected["high"] - protected["low"] + 1).min() >= 5
