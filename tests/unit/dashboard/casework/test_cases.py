"""A case: the law's clocks start here and nowhere else; a judgement is the committee's; a review has its own days."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from casework_school import ANNA, BEN, BOTH, BUREAU, FRIDAY, OTHER

from dashboard.casework import cases, history, signs
from dashboard.casework.problems import Refused, Stale
from dashboard.casework.values import Case, Sign


@pytest.fixture
def case(casework: str, set_day: Callable[[date], None]) -> Case:
    return cases.open_case(ANNA, "a pupil spoke with a teacher")


@BOTH
def test_a_case_goes_its_whole_way(case: Case, set_day: Callable[[date], None]) -> None:
    assert (case.ref, case.status, case.inquiry_due) == ("2026-0001", "inquiry", date(2026, 11, 30))
    set_day(date(2026, 11, 27))
    held = cases.judge_case(ANNA, case.case_id, case.version, "bullying", "minor", "the committee met")
    assert (held.status, held.severity, held.judged_on) == ("judged", "minor", date(2026, 11, 27))
    held = cases.begin_measures(ANNA, held.ref, held.version, "talks with both sides")
    held = cases.close_case(ANNA, held.case_id, held.version, "apology accepted")
    assert (held.status, held.closed_on) == ("closed", date(2026, 11, 27))
    steps = history.list_steps(ANNA, "case", case.case_id)
    assert [step.action for step in steps] == ["open", "judge", "measures", "close"]


def test_a_sign_starts_no_clock_of_the_law_and_a_case_from_it_does(sign: Sign) -> None:
    """A statistical sign has the house's deadline; the ten days run from the opening of the file."""
    assert cases.list_cases(ANNA) == []
    held = signs.finish_check(ANNA, sign.sign_id, sign.version, "founded", "checked")
    case = cases.open_case(ANNA, "now a file", held.sign_id, held.version)
    moved = signs.find_sign(ANNA, sign.sign_id)
    assert moved is not None and moved.status == "case" and case.sign_id == sign.sign_id
    with pytest.raises(Stale):
        cases.open_case(BEN, "a second file", held.sign_id, held.version)
    with pytest.raises(Refused, match="not_so"):
        cases.open_case(BEN, "a second file", moved.sign_id, moved.version)
    assert len(cases.list_cases(ANNA)) == 1


def test_numbers_count_on_within_a_year(case: Case) -> None:
    """A reference number is given once; another school has its own row of numbers."""
    last_year = cases.open_case(ANNA, "found late", opened_on=date(2025, 12, 30))
    assert cases.open_case(ANNA, "another").ref == "2026-0002"
    assert last_year.ref == "2025-0001" and cases.open_case(OTHER, "theirs").ref == "2026-0001"


@pytest.mark.parametrize(
    ("judgement", "severity"),
    [("bullying", "not_bullying"), ("not_bullying", "severe"), ("bullying", "terrible"), ("guilty", "minor")],
)
def test_grade_and_judgement_agree(case: Case, judgement: str, severity: str) -> None:
    with pytest.raises(Refused):
        cases.judge_case(ANNA, case.case_id, case.version, judgement, severity, "the committee met")
    assert cases.find_case(ANNA, case.case_id) == case


def test_a_review_has_fifteen_days_from_the_asking_and_holds_the_file_open(case: Case) -> None:
    with pytest.raises(Refused, match="not_so"):
        cases.ask_review(ANNA, case.case_id, case.version, FRIDAY, "too early: nothing is judged")
    held = cases.judge_case(ANNA, case.case_id, case.version, "not_bullying", "not_bullying", "horseplay")
    held = cases.ask_review(ANNA, held.case_id, held.version, FRIDAY, "parents disagree")
    assert held.review_due == date(2026, 12, 5)
    with pytest.raises(Refused, match="not_so"):
        cases.close_case(ANNA, held.case_id, held.version, "under review")
    with pytest.raises(Refused, match="no_day"):
        cases.answer_review(ANNA, held.case_id, held.version, FRIDAY - timedelta(days=1), "before it was asked for")
    held = cases.answer_review(ANNA, held.case_id, held.version, FRIDAY, "confirmed")
    assert cases.close_case(ANNA, held.case_id, held.version, "done").status == "closed"


def test_two_at_one_case_lose_no_words(case: Case) -> None:
    first = cases.judge_case(ANNA, case.case_id, case.version, "unclear", "minor", "Anna's words")
    with pytest.raises(Stale) as stale:
        cases.judge_case(BEN, case.case_id, case.version, "bullying", "severe", "Ben's words")
    assert stale.value.current == first == cases.find_case(ANNA, case.case_id)


def test_a_case_is_its_schools_alone(case: Case) -> None:
    for viewer in (OTHER, BUREAU):
        assert cases.list_cases(viewer) == [] and cases.find_case(viewer, case.ref) is None
        with pytest.raises(Refused):
            cases.close_case(viewer, case.case_id, case.version, "mine now")
        with pytest.raises(Refused):
            cases.add_remark(viewer, case.case_id, "mine now")


def test_parents_of_one_child_are_told_in_a_case_without_a_name(case: Case) -> None:
    cases.tell_parents(ANNA, case.case_id, FRIDAY, "moral education office", "came to school, agreed on steps")
    with pytest.raises(Refused, match="looks_like_name"):
        cases.tell_parents(ANNA, case.case_id, FRIDAY, "moral education office", "联系李四的家长")
    assert [step.action for step in history.list_steps(ANNA, "case", case.case_id)] == ["open", "parents_told"]


@BOTH
def test_files_opened_in_the_same_moment_get_different_numbers(case: Case) -> None:
    """Six at once: six files, six numbers, none lost to a doubled key."""
    with ThreadPoolExecutor(6) as pool:
        refs = list(pool.map(lambda n: cases.open_case(ANNA, f"file {n}").ref, range(6)))
    assert sorted(refs) == [f"2026-{n:04d}" for n in range(2, 8)]
