"""Letters and parts of credibility: every level set wide enough, and the letter a function of the parts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models.credibility import PARTS, PartRule, class_gap_part, coverage_part, cut_part, grade_letters

SPEED = PartRule(0.15, 0.35, 6, 5, 6)
COPIES = PartRule(0.40, 0.60, 6, 5, 6)
RULES = pytest.mark.parametrize("rule", [SPEED, COPIES], ids=["speed", "copies"])


def codes(r: int, rule: PartRule, about: int | None = None) -> list[str]:
    """The code of every count from 0 to r."""
    count = np.arange(r + 1)
    about = 5 * ((r + 2) // 5) if about is None else about
    return list(cut_part(count, np.zeros_like(count), np.full_like(count, r), np.full_like(count, about), rule).code)


@RULES
def test_a_class_s_level_sets_hold_five_counts(rule: PartRule) -> None:
    """Narrower ones would tell a head teacher how many sheets were too fast; the lowest and the highest hold six."""
    for r in range(61):
        runs = [len(list(run)) for _, run in itertools.groupby(codes(r, rule))]
        assert len(runs) == 1 or min(runs) >= 5
        assert len(runs) == 1 or min(runs[0], runs[-1]) >= 6


@RULES
def test_bounds_are_the_level_set_itself(rule: PartRule) -> None:
    """Schools are cut from these: bounds that were wider or narrower than what is said would break the audit."""
    for r in (12, 18, 26, 40, 55):
        count, nothing, most = np.arange(r + 1), np.zeros(r + 1, int), np.full(r + 1, r)
        part = cut_part(count, nothing, most, np.full(r + 1, 5 * ((r + 2) // 5)), rule)
        for at in range(r + 1):
            same = count[(part.low == part.low[at]) & (part.high == part.high[at])]
            assert (same.min(), same.max()) == (part.low[at], part.high[at])


def test_a_usual_class_reads_good_and_a_hurried_one_poor() -> None:
    """40 students: up to 5 too fast is good, from 14 (35 %) poor."""
    told = codes(40, SPEED)
    assert (told[5], told[6], told[13], told[14], told[40]) == ("good", "fair", "fair", "poor", "poor")


def test_of_few_sheets_little_is_said() -> None:
    """Of 18 sheets 5 may be a quarter: unknown below the cut, poor from it. Under 11 sheets nothing is said at all."""
    assert codes(18, SPEED) == ["unknown"] * 6 + ["poor"] * 13
    assert set(codes(10, SPEED)) == {"unknown"}
    assert codes(0, SPEED) == ["unknown"]


def test_bounds_that_tell_the_code_are_enough() -> None:
    """A school whose classes' parts leave less than 15 % reads good, and nothing more is said of its count."""
    part = cut_part([50], [0], [120], [900], SPEED)
    assert (part.code[0], part.low[0], part.high[0]) == ("good", 0, 120)
    assert cut_part([400], [390], [500], [900], SPEED).code[0] == "poor"
    assert cut_part([200], [140], [300], [900], SPEED).code[0] == "fair"


def test_more_than_the_class_list_is_poor_coverage() -> None:
    """The school of 3 that returned 11 forms (Korea 2012)."""
    assert coverage_part(["over"], [11], [3])[0] == "poor"
    states, about = ["missing", "low", "complete", "partial", "partial"], [0, 15, 3, 35, 30]
    assert list(coverage_part(states, about, [40, 40, 3, 40, 40])) == ["poor", "poor", "good", "good", "fair"]


def test_many_see_and_few_tell_is_a_doubt() -> None:
    """Seeing raised alone: fair; seeing beyond the second cut alone: poor; told as well: no gap; hidden: unknown."""
    assert list(class_gap_part([0, 1, 2, 2, np.nan], [0, 0, 0, 1, 0])) == ["good", "fair", "poor", "good", "unknown"]


def test_letters_over_all_combinations() -> None:
    """D exactly for what can't be concluded; a worse part never betters the letter."""
    worse = {"good": 0, "fair": 1, "unknown": 1, "poor": 2}
    every = list(itertools.product(["good", "fair", "unknown", "poor"], repeat=len(PARTS)))
    parts = {name: np.array(column) for name, column in zip(PARTS, zip(*every, strict=True), strict=True)}
    letters = dict(zip(every, grade_letters(parts, np.zeros(len(every), bool)), strict=True))
    assert letters["good", "good", "good", "good", "good"] == "A"
    assert letters["fair", "good", "good", "good", "good"] == letters["good", "good", "good", "good", "unknown"] == "B"
    assert (
        letters["good", "good", "good", "good", "poor"] == letters["good", "unknown", "unknown", "good", "good"] == "C"
    )
    for codes_, letter in letters.items():
        assert (letter == "D") == ("poor" in codes_[:4])
        for at, code in enumerate(codes_):
            for other in ("fair", "poor"):
                if worse[other] > worse[code]:
                    assert letters[(*codes_[:at], other, *codes_[at + 1 :])] >= letter
    assert set(grade_letters(parts, np.ones(len(every), bool))) == {"D"}
