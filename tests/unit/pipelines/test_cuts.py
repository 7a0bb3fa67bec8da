"""Moved cuts: what they rest on, where they stop, and that the files alone give them again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cubes import random_cube, two_terms

from pipelines.audit.recut import check_cuts
from pipelines.audit.said import Said
from pipelines.cuts import waves_between
from pipelines.policy import load_policy
from pipelines.release.chances import chance_of, to_step
from pipelines.release.gate import release
from pipelines.release.made import Release
from pipelines.release.signs import read_sign
from pipelines.rules import load_rules

POLICY, RULES = load_policy(), load_rules()


@pytest.fixture(scope="module")
def terms() -> tuple[Release, Release]:
    autumn, spring = two_terms(4, schools=6)
    first = release(autumn, [], POLICY, RULES)
    return first, release(spring, [first], POLICY, RULES)


def wordings(*made: Release) -> list[Said]:
    return [Said(one.wave, 1, one.tables, POLICY) for one in made]


def spoilt(made: Release, table: str, **change: object) -> Release:
    return replace(made, tables=made.tables | {table: made.tables[table].assign(**change)})


def test_the_files_alone_give_every_cut_again(terms: tuple[Release, Release]) -> None:
    assert check_cuts(wordings(*terms), RULES) == []


def test_a_cut_that_was_moved_by_hand_is_named(terms: tuple[Release, Release]) -> None:
    """e1 raised by one in one class: the audit says which class, wave and indicator."""
    rows = terms[1].tables["pub_class_wave_indicator"].copy()
    place = rows.index[(rows["indicator"] == "frequent") & rows["e1"].notna()][0]
    rows.loc[place, "e1"] += 1
    spoiled = replace(terms[1], tables=terms[1].tables | {"pub_class_wave_indicator": rows})
    (fault,) = check_cuts(wordings(terms[0], spoiled), RULES)
    assert rows.loc[place, "class_id"] in str(fault) and "frequent" in str(fault)


def test_a_model_that_was_changed_is_named(terms: tuple[Release, Release]) -> None:
    """Whoever holds the releases works it out anew."""
    values = terms[1].tables["pub_city_wave_model"]["value"]
    assert check_cuts(wordings(terms[0], spoilt(terms[1], "pub_city_wave_model", value=values + 0.5)), RULES)


def test_no_cut_knows_this_waves_own_counts() -> None:
    """Other answers to the carrying question, the same rate and windows: the same cuts."""
    cube = random_cube(4, schools=6)
    column = cube.position()["frequent"]
    swapped = cube.yes.copy()
    swapped[:, column] = 0
    swapped[:, [cube.position()[code] for code in ("words", "mind", "persistent")]] = 0
    cuts = [
        made.tables["pub_class_wave_indicator"].query("indicator == 'frequent'").set_index("class_id")["e1"]
        for made in (release(cube, [], POLICY, RULES), release(replace(cube, yes=swapped), [], POLICY, RULES))
    ]
    both = pd.concat(cuts, axis=1).dropna()
    assert len(both) > 10 and (both.iloc[:, 0] == both.iloc[:, 1]).all()


def test_windows_are_one_partition_with_the_bands(terms: tuple[Release, Release]) -> None:
    """Cuts of an indicator with windows stand on their edges; what is left to an outsider holds 5 counts, 6 at 0."""
    rows = terms[1].tables["pub_class_wave_indicator"].dropna(subset=["window"])
    assert set(rows["indicator"]) == set(RULES.moved_by)
    assert ((rows["e1"] - 6) % 5 == 0).all()
    mine = terms[1].bounds.query("kind == 'class' and cell in @RULES.moved_by")
    told = mine[mine["unit_id"].isin(rows["class_id"])]
    assert (told["high"] - told["low"] + 1).min() >= 5
    assert (told.loc[told["low"] == 0, "high"] >= 5).all()


@pytest.mark.long
def test_a_further_release_keeps_the_cuts_of_classes_without_new_answers() -> None:
    """Two cuts of one count would be two partitions, and could pin it."""
    cube = random_cube(5, schools=6)
    first = release(cube, [], POLICY, RULES)
    other = spoilt(first, "pub_class_wave_indicator", e1=first.tables["pub_class_wave_indicator"]["e1"] + 5)
    again = release(cube, [other], POLICY, RULES).tables["pub_class_wave_indicator"]
    said = other.tables["pub_class_wave_indicator"].dropna(subset=["e1"]).set_index(["class_id", "indicator"])["e1"]
    now = again.dropna(subset=["e1"]).set_index(["class_id", "indicator"])["e1"]
    both = pd.concat([said, now], axis=1).dropna()
    assert len(both) and (both.iloc[:, 0] == both.iloc[:, 1]).all()


def test_a_first_wave_has_cuts_and_no_rise(terms: tuple[Release, Release]) -> None:
    first = terms[0].tables
    assert first["pub_class_wave_signal"]["risen"].isna().all()
    assert first["pub_class_wave_indicator"]["e1"].notna().any()
    assert not first["pub_city_wave_model"]["value"].isna().any()


def test_a_rise_is_said_of_what_the_band_leaves_open(terms: tuple[Release, Release]) -> None:
    """A class that has risen stands at or above its line: the rise tells nothing that the band doesn't."""
    signals = terms[1].tables["pub_class_wave_signal"]
    risen = signals[signals["risen"].fillna(False)]
    bands = terms[1].tables["pub_class_wave_indicator"].query("indicator == 'frequent'").set_index("class_id")["band"]
    assert (bands.reindex(risen["class_id"]) >= 1).all()


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_city_where_nobody_or_everybody_says_yes_is_cut(rate: float) -> None:
    made = release(random_cube(6, schools=3, rate=rate), [], POLICY, RULES)
    shown = made.tables["pub_class_wave_indicator"].dropna(subset=["band"])
    assert np.isfinite(shown["e1"].astype(float)).all()


def test_waves_between_names_the_missing_ones() -> None:
    assert waves_between("2024-2", "2026-1") == ["2024-2", "2025-1", "2025-2", "2026-1"]


def test_a_chance_is_the_finest_row_with_enough_signs_and_never_certain() -> None:
    document = {"least_signs": 30, "step": 0.05, "sizes": [0, 20, 30, 40]}
    rows = {
        ("rule", "watch", "30", "junior"): {"signs": 29, "right": 29},
        ("rule", "watch", "", "junior"): {"signs": 60, "right": 41},
        ("rule", "watch", "", ""): {"signs": 600, "right": 60},
    }
    assert chance_of(rows, document, "rule", "watch", 35, "junior") == 0.7
    assert chance_of(rows, document, "rule", "watch", 35, "senior") == 0.1
    assert chance_of(rows, document, "rule", "urgent", 35, "senior") is None
    assert (to_step(1.0, 0.05), to_step(0.0, 0.05)) == (0.95, 0.05)


def test_a_sign_by_what_others_saw_that_was_added_by_hand_is_named(terms: tuple[Release, Release]) -> None:
    """A calm class given the rule: the audit says which class and wave."""
    rows = terms[1].tables["pub_class_wave_signal"].copy()
    place = rows.index[rows["level"] == "no_group_signal"][0]
    rows.loc[place, ["level", "kind", "rule_id"]] = ["watch", "first_signs", "seen_not_told"]
    spoiled = replace(terms[1], tables=terms[1].tables | {"pub_class_wave_signal": rows})
    (fault,) = check_cuts(wordings(terms[0], spoiled), RULES)
    assert rows.loc[place, "class_id"] in str(fault)


@pytest.mark.parametrize(
    ("band", "seen", "rule"), [(0, True, "seen_not_told"), (1, False, None), (1, None, "seen_not_told")]
)
def test_what_others_saw_is_read_with_the_history_where_there_is_one(band: int, seen: bool | None, rule: str) -> None:
    """Its own band decides only where no history is worked out; without a band the sign is of the lower level."""
    found = read_sign({"frequent": 0, "witness": band}, RULES, (), seen)
    assert found["rule_id"] == rule
    assert found["level"] == ("watch" if rule else "no_group_signal")
