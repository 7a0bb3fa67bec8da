"""A sign from notice to end: who may, in which order, with which words; two at once; another school's eyes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from casework_school import ANNA, BEN, BOTH, BUREAU, DISTRICT, FRIDAY, OTHER

from dashboard.casework import history, signs
from dashboard.casework.problems import Refused, Stale
from dashboard.casework.values import SIGN_MOVES, SIGN_STATUSES, Sign
from dashboard.viewer import Viewer

NASTY = '<script>alert(1)</script> =HYPERLINK("http://x") \'; DROP TABLE sign; -- %s {0} \\ 安心 🌱'


@BOTH
def test_a_sign_goes_its_whole_way_and_leaves_every_word(sign: Sign, set_day: Callable[[date], None]) -> None:
    """Read, checked, measures, measured again, closed, reopened: each with its reason, in order."""
    signs.note_reading(ANNA, sign.sign_id)
    set_day(date(2026, 11, 23))
    held = signs.finish_check(ANNA, sign.sign_id, sign.version, "founded", "talked to every pupil")
    assert (held.status, held.outcome, held.checked_on) == ("checked", "founded", date(2026, 11, 23))
    for status in ("measures", "remeasured", "closed"):
        held = signs.move_sign(ANNA, held.sign_id, held.version, status, f"to {status}")
    assert held.closed_on == date(2026, 11, 23) and not held.is_open
    held = signs.reopen_sign(BEN, held.sign_id, held.version, "a parent called")
    assert (held.status, held.closed_on) == ("checked", None)
    steps = history.list_steps(ANNA, "sign", sign.sign_id)
    assert [step.action for step in steps] == ["notice", "read", "check", "move", "move", "move", "reopen"]
    assert [step.text for step in steps[2:]] == [
        "talked to every pupil", "to measures", "to remeasured", "to closed", "a parent called",
    ]  # fmt: skip
    assert [(step.from_status, step.to_status) for step in steps[-2:]] == [
        ("remeasured", "closed"),
        ("closed", "checked"),
    ]
    assert [step.by for step in steps] == ["anxin", *["anna"] * 5, "ben"]


def test_the_houses_clock_starts_on_the_working_day_after(sign: Sign) -> None:
    """Noticed on a Friday: Monday is day one, Tuesday the last."""
    assert (sign.noticed_on, sign.due_on) == (FRIDAY, date(2026, 11, 24))


@pytest.mark.parametrize("status", SIGN_STATUSES)
def test_no_step_is_skipped(sign: Sign, status: str) -> None:
    """A new sign can't be moved anywhere but by its first check."""
    with pytest.raises(Refused, match="not_so"):
        signs.move_sign(ANNA, sign.sign_id, sign.version, status, "why not")
    assert signs.find_sign(ANNA, sign.sign_id) == sign


def test_every_status_can_be_reached_and_left() -> None:
    """A status without a way in or out would trap a sign for good."""
    reached = {to for held in SIGN_MOVES.values() for to in held}
    assert reached | {"new"} == set(SIGN_STATUSES) == set(SIGN_MOVES)
    assert all(SIGN_MOVES.values())


def test_a_first_check_is_made_once_and_a_closed_sign_is_only_reopened(sign: Sign) -> None:
    held = signs.finish_check(ANNA, sign.sign_id, sign.version, "unclear", "asked around")
    with pytest.raises(Refused, match="not_so"):
        signs.finish_check(ANNA, held.sign_id, held.version, "founded", "again")
    with pytest.raises(Refused, match="not_so"):
        signs.reopen_sign(ANNA, held.sign_id, held.version, "isn't closed")


@BOTH
def test_two_counselors_at_once_lose_no_words(sign: Sign) -> None:
    """The second writer is told what stands there now, nothing is overwritten, and a remark needs no turn."""
    first = signs.finish_check(ANNA, sign.sign_id, sign.version, "unfounded", "Anna's words")
    with pytest.raises(Stale) as stale:
        signs.finish_check(BEN, sign.sign_id, sign.version, "founded", "Ben's words")
    assert stale.value.current == first
    signs.add_remark(BEN, sign.sign_id, "Ben's words")
    texts = [step.text for step in history.list_steps(ANNA, "sign", sign.sign_id)]
    assert texts[-2:] == ["Anna's words", "Ben's words"]
    assert signs.find_sign(ANNA, sign.sign_id) == first


@BOTH
def test_of_many_who_press_in_the_same_moment_one_is_taken(sign: Sign) -> None:
    """Eight at once: one check is written, seven are told, and every word is in somebody's hands."""

    def press(number: int) -> str:
        try:
            signs.finish_check(ANNA, sign.sign_id, sign.version, "founded", f"words {number}")
        except Stale as stale:
            return str(stale.current.status)
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(press, range(8)))
    assert sorted(told) == [*["checked"] * 7, "taken"]
    checks = [step for step in history.list_steps(ANNA, "sign", sign.sign_id) if step.action == "check"]
    assert [step.text for step in checks] == [f"words {told.index('taken')}"]


@pytest.mark.parametrize("reason", ["", "  \n ", "张三同学被打", "x" * 4001])
def test_a_reason_is_demanded_and_names_no_child(sign: Sign, reason: str) -> None:
    with pytest.raises(Refused):
        signs.finish_check(ANNA, sign.sign_id, sign.version, "founded", reason)
    assert signs.find_sign(ANNA, sign.sign_id) == sign


@BOTH
def test_whatever_is_typed_comes_back_as_typed(sign: Sign) -> None:
    """HTML, formulas and SQL are text; 4,000 signs fit."""
    for text in (NASTY, "长" * 4000):
        signs.add_remark(ANNA, sign.sign_id, text)
        assert history.list_steps(ANNA, "sign", sign.sign_id)[-1].text == text


@pytest.mark.parametrize("viewer", [OTHER, BUREAU, DISTRICT, Viewer("l", "lead", "S1"), Viewer("o", "operator", "")])
def test_nobody_else_sees_or_moves_a_schools_sign(sign: Sign, viewer: Viewer) -> None:
    """Not another school, not the bureau, not a role that isn't the counselor's."""
    assert signs.list_signs(viewer) == [] and signs.find_sign(viewer, sign.sign_id) is None
    assert history.list_steps(viewer, "sign", sign.sign_id) == [] and history.list_latest(viewer) == []
    for write in (
        lambda: signs.finish_check(viewer, sign.sign_id, sign.version, "founded", "mine now"),
        lambda: signs.hand_over(viewer, sign.sign_id, sign.version, "me", "mine now"),
        lambda: signs.add_remark(viewer, sign.sign_id, "mine now"),
        lambda: signs.tell_parents(viewer, sign.sign_id, FRIDAY, "class teacher", "mine now"),
    ):
        with pytest.raises(Refused, match=r"not_yours|not_found"):
            write()
    assert signs.find_sign(ANNA, sign.sign_id) == sign


def test_reading_is_noted_once_and_costs_nobody_a_version(sign: Sign) -> None:
    signs.note_reading(ANNA, sign.sign_id)
    signs.note_reading(BEN, sign.sign_id)
    held = signs.find_sign(ANNA, sign.sign_id)
    assert held is not None and (held.read_on, held.version) == (FRIDAY, sign.version)
    assert [step.by for step in history.list_steps(ANNA, "sign", sign.sign_id)] == ["anxin", "anna"]


def test_hand_over_and_parents_are_kept_with_day_and_office(sign: Sign) -> None:
    held = signs.hand_over(ANNA, sign.sign_id, sign.version, "ben", "on leave")
    signs.tell_parents(BEN, sign.sign_id, FRIDAY, "班主任", "a letter to the whole class")
    last = history.list_steps(ANNA, "sign", sign.sign_id)[-1]
    assert held.owner == "ben" and (last.on, last.role) == (FRIDAY, "班主任")
    with pytest.raises(Refused, match="no_day"):
        signs.tell_parents(BEN, sign.sign_id, date(2026, 11, 21), "班主任", "tomorrow")


def test_history_never_runs_backwards(sign: Sign, set_day: Callable[[date], None]) -> None:
    """The machine's clock was put back a year: the order of lines and their times still agree."""
    set_day(date(2025, 11, 20))
    signs.add_remark(ANNA, sign.sign_id, "later")
    steps = history.list_steps(ANNA, "sign", sign.sign_id)
    assert steps[-1].text == "later" and steps[-1].at >= steps[-2].at
