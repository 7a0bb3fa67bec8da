"""Tables that follow from a release: letters, gaps, patrol sheets, as the gate makes them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from pipelines.policy import load_policy
from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.made import Release
from pipelines.release.signs import load_rules
from pipelines.release.told import with_told
from tests.cubes import random_cube

POLICY, RULES = load_policy(), load_rules()
TABLES = ("pub_class_wave_credibility", "pub_school_wave_credibility", "pub_school_wave_gap", "pub_school_wave_patrol")


def with_quality(cube: Cube, share: float = 0.03, seed: int = 1) -> Cube:
    """Sheets too fast, equal and doubtful, drawn at one share."""
    r = cube.classes["r"].to_numpy(np.int64)
    return replace(cube, quality=np.random.default_rng(seed).binomial(r[:, None], share, (len(r), 3)))


@cache
def released() -> tuple[Cube, Release]:
    cube = with_quality(random_cube(3, schools=10))
    return cube, release(cube, [], POLICY, RULES)


def letters(made: Release) -> pd.Series:
    return made.tables["pub_class_wave_credibility"].set_index("class_id")["letter"]


def test_every_class_and_school_has_a_letter_and_nothing_is_missing() -> None:
    """The desk shows a letter beside every rate: a class without one, or a NaN, would break the page."""
    cube, made = released()
    for table, key, units in zip(
        TABLES, ("class_id", *["school_id"] * 2), (cube.classes, *[cube.schools] * 2), strict=False
    ):
        rows = made.tables[table]
        assert sorted(rows[key]) == sorted(units[key])
        assert rows.notna().all(axis=None)


def test_what_cannot_be_concluded_is_never_good() -> None:
    """D wherever the class itself has no conclusion: missing, over-full, poorly covered, a class of 3."""
    _, made = released()
    signs = made.tables["pub_class_wave_signal"].set_index("class_id")
    silent = signs.index[signs["reason"].notna()]
    assert len(silent) > 5
    assert set(letters(made)[silent]) == {"D"}
    assert {"A", "B"} & set(letters(made)[signs.index.difference(silent)])


def test_a_hurried_or_copied_class_gets_d() -> None:
    """Too clean is low credibility: one hand, or one instruction, fills in sheets that are equal, fast and calm."""
    cube, first = released()
    big = int(np.argmax(cube.classes["r"]))
    for column in range(3):
        counts = cube.quality.copy()  # type: ignore[union-attr]
        counts[big, column] = cube.classes["r"].iloc[big] - 2
        made = with_told(first, replace(cube, quality=counts), [], POLICY)
        assert letters(made)[cube.classes["class_id"].iloc[big]] == "D"


def test_a_survey_that_counts_no_quality_is_unchecked() -> None:
    """A foreign instrument has letters too: never A or B."""
    cube, first = released()
    made = with_told(first, replace(cube, quality=None), [], POLICY)
    assert set(letters(made)) <= {"C", "D"}
    assert set(made.tables["pub_school_wave_credibility"]["speed"]) == {"unknown"}


def test_a_further_release_says_the_same_of_sheets() -> None:
    """Ten late answers move the cuts: two partitions of one count would be finer than either."""
    cube, first = released()
    big = int(np.argmax(cube.classes["r"]))
    later = {
        name: cube.classes[name] + 12 * (np.arange(len(cube.classes)) == big) for name in ("enrolled", "submitted", "r")
    }
    counts = cube.quality.copy()  # type: ignore[union-attr]
    counts[big] += 12
    later_cube = replace(cube, classes=cube.classes.assign(**later), quality=counts)
    second = release(later_cube, [first], POLICY, RULES)
    sheets = ["class_id", "speed", "copies", "honesty"]
    before, after = (made.tables[TABLES[0]][sheets].sort_values("class_id") for made in (first, second))
    assert before.to_numpy().tolist() == after.to_numpy().tolist()
    fresh = with_told(second, later_cube, [], POLICY)
    assert fresh.tables[TABLES[0]][sheets].sort_values("class_id").to_numpy().tolist() != before.to_numpy().tolist()


def test_the_reported_gap_needs_reports() -> None:
    """No file: not known. A school that reported nothing while many say 'every week': clearly."""
    cube = with_quality(random_cube(5, schools=8, rate=0.4))
    made = release(cube, [], POLICY, RULES)
    assert set(made.tables["pub_school_wave_gap"]["reported_gap"]) == {"not_known"}
    silent = with_told(made, replace(cube, reported={}), [], POLICY).tables["pub_school_wave_gap"]
    assert (silent["reported_gap"] == "clearly").sum() >= 3
    busy = dict.fromkeys(cube.schools["school_id"], 200)
    explained = with_told(made, replace(cube, reported=busy), [], POLICY).tables["pub_school_wave_gap"]
    assert set(explained["reported_gap"]) <= {"no", "not_known"}


def test_patrols_stand_where_the_released_cells_are() -> None:
    """One plan for every number of people and times; nobody stands online; small schools have none of one wave."""
    _, made = released()
    plans = made.tables["pub_school_wave_patrol"]
    shown = made.tables["pub_school_wave_place_time"].dropna(subset=["lo"])
    assert set(plans["school_id"]) == set(shown["school_id"]) != set()
    assert "elsewhere" not in set(plans["place_group"])
    for _, plan in plans.groupby(["school_id", "people", "slots"]):
        assert len(plan) == plan["people"].iloc[0] * plan["slots"].iloc[0]
        assert list(plan["pick"]) == list(range(1, len(plan) + 1))
    most = plans.groupby(["school_id", "people", "slots"])["share_hi"].first()
    assert (most.unstack("people").diff(axis=1).min(axis=None)) >= -1  # rounding apart, more people cover more


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_all_zero_and_all_one_have_letters_and_plans(rate: float) -> None:
    cube = with_quality(random_cube(11, schools=5, rate=rate), share=rate)
    made = release(cube, [], POLICY, RULES)
    assert made.tables[TABLES[0]].notna().all(axis=None)
    assert made.tables["pub_school_wave_patrol"]["share_lo"].between(0, 100).all()
