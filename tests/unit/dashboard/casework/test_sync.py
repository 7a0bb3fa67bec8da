"""The timer: a release is taken over once, clocks strike though nobody is logged in, and notices say nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import date

import pytest
from casework_school import ANNA, BOTH, FRIDAY, OTHER, a_signal, strike, take

from dashboard.casework import cases, deputies, history, incidents, signs, store, sync
from dashboard.casework.notices import Notice, list_notices
from dashboard.casework.released import read_release
from dashboard.casework.scope import CLOCK
from dashboard.casework.values import IncidentDraft, Sign
from dashboard.viewer import Viewer

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def actions(sign_id: str) -> list[str]:
    return [step.action for step in history.list_steps(ANNA, "sign", sign_id)]


def notices(day: date) -> list[Notice]:
    with store.reading(CLOCK) as connection:
        return list_notices(connection, day)


@BOTH
def test_a_release_becomes_tasks_once(
    casework: str, show_city: Callable[[str], None], set_day: Callable[[date], None]
) -> None:
    """Each school's signs come from its own file; run twice, nothing is doubled."""
    show_city("demo")
    done = sync.sync_signs()
    held = {
        one.unit_id: one for one in signs.list_signs(Viewer("c", "counselor", "S03")) if one.level != "no_conclusion"
    }
    assert {unit: (one.level, one.kind, one.rule_id) for unit, one in held.items()} == {
        "S03_704": ("urgent", "going_on", "frequent_going_on"),
        "S03_802": ("watch", "first_signs", "seen_not_told"),
        "S03_901": ("warning", "happened", "frequent_happened"),
    }
    assert done.new > 3 and done.release == "2026-1.1" and sync.waiting_release() == ""
    again = sync.sync_signs()
    assert (again.new, again.changed, again.remeasured, again.notices) == (0, 0, 0, done.notices)


def test_a_small_school_is_one_unit_and_a_silent_class_asks_why(
    casework: str, show_city: Callable[[str], None]
) -> None:
    """The pool's sign belongs to the school; too few answers is a task, too small a class is nobody's fault."""
    show_city("demo")
    held = read_release("2026-1.1").signals
    asked = {(one.unit_kind, one.unit_id): one.rule_id for one in held if one.is_sign}
    assert asked[("school", "S07")] == "seen_not_told" and asked[("class", "S03_804")] == "no_conclusion"
    assert all(
        one.kind and one.level != "no_group_signal" for one in held if one.is_sign and one.rule_id != "no_conclusion"
    )


def test_without_a_release_the_clocks_still_strike(casework: str, set_day: Callable[[date], None]) -> None:
    take(a_signal())
    done = sync.sync_signs(WEDNESDAY)
    assert (done.release, done.new, done.to_deputy, done.to_district) == ("", 0, 1, 1)


@BOTH
def test_unread_goes_to_the_deputy_and_overdue_upward_once_each(sign: Sign) -> None:
    """Nobody logged in: on the third working day the standing deputy owns the sign, and the district is told."""
    deputies.set_deputy(ANNA, "ben", "Ben", "0471-1234567", FRIDAY)
    assert strike(TUESDAY) == (0, 0)
    assert notices(TUESDAY) == [Notice("S1", "One", ("school",))]
    assert strike(WEDNESDAY) == (1, 1) and strike(WEDNESDAY) == (0, 0)
    held = signs.find_sign(ANNA, sign.sign_id)
    assert held is not None and (held.owner, held.escalated, held.status) == ("ben", "district", "new")
    assert actions(sign.sign_id) == ["notice", "to_deputy", "to_district"]
    assert notices(WEDNESDAY) == [Notice("S1", "One", ("school", "deputy", "district"), "ben", "0471-1234567")]


def test_a_sign_that_was_read_goes_to_no_deputy_but_upward_when_overdue(sign: Sign) -> None:
    signs.note_reading(ANNA, sign.sign_id)
    assert strike(WEDNESDAY) == (0, 1)


def test_a_checked_sign_is_left_in_peace(sign: Sign) -> None:
    signs.finish_check(ANNA, sign.sign_id, sign.version, "unclear", "checked in time")
    assert strike(date(2027, 3, 1)) == (0, 0) and notices(date(2027, 3, 1)) == []


def test_during_an_absence_new_signs_belong_to_the_deputy(casework: str, set_day: Callable[[date], None]) -> None:
    deputies.set_deputy(ANNA, "ben", "Ben", "", FRIDAY, date(2026, 11, 27))
    take(a_signal(), a_signal("S2-07-1", "S2"))
    assert [one.owner for one in signs.list_signs(ANNA)] == ["ben"] and signs.list_signs(OTHER)[0].owner == ""
    assert notices(FRIDAY)[0].to == ("school", "deputy")


def test_words_typed_while_the_clock_strikes_are_not_lost(sign: Sign) -> None:
    """The sign was escalated between reading and writing: the writer is told, the sign is not overwritten."""
    strike(WEDNESDAY)
    with pytest.raises(signs.Stale) as stale:
        signs.finish_check(ANNA, sign.sign_id, sign.version, "founded", "typed before")
    assert stale.value.current.escalated == "district"


def test_a_clock_that_went_back_escalates_nothing(sign: Sign, set_day: Callable[[date], None]) -> None:
    """And a machine that stands a year behind is told of, not believed."""
    set_day(date(2025, 11, 20))
    done = sync.sync_signs()
    assert done.clock_behind and (done.to_deputy, done.to_district) == (0, 0)
    assert [one.school_id for one in done.notices] == ["S1"]


def test_a_year_without_holidays_is_said(casework: str) -> None:
    assert sync.sync_signs(date(2031, 3, 3)).without_holidays
    assert not sync.sync_signs(date(2026, 3, 3)).without_holidays


def test_a_further_release_of_the_wave_changes_the_level_and_keeps_the_decision(sign: Sign) -> None:
    held = signs.finish_check(ANNA, sign.sign_id, sign.version, "founded", "checked")
    counts = take(a_signal(level="urgent", kind="going_on", rule_id="frequent_going_on"), name="2026-2.2")
    after = signs.find_sign(ANNA, sign.sign_id)
    assert counts == (0, 1, 0) and after is not None and (after.level, after.release) == ("urgent", "2026-2.2")
    assert (after.status, after.outcome, after.version) == ("checked", "founded", held.version + 1)


def test_a_sign_that_a_further_release_takes_back_stays_with_its_history(sign: Sign) -> None:
    take(a_signal(level="no_group_signal", kind="", rule_id=""), name="2026-2.2")
    after = signs.find_sign(ANNA, sign.sign_id)
    assert after is not None and (after.level, after.rule_id) == ("no_group_signal", "frequent_happened")
    assert actions(sign.sign_id) == ["notice", "release"]


@pytest.mark.parametrize(("turn", "status"), [("fell", "remeasured"), ("rose", "remeasured"), ("", "measures")])
def test_the_next_wave_measures_again_where_it_can_be_compared(sign: Sign, turn: str, status: str) -> None:
    held = signs.finish_check(ANNA, sign.sign_id, sign.version, "founded", "checked")
    signs.move_sign(ANNA, held.sign_id, held.version, "measures", "a plan")
    take(a_signal(wave="2027-1", level="no_group_signal", kind="", rule_id="", turn=turn), name="2027-1.1")
    after = signs.find_sign(ANNA, sign.sign_id)
    assert after is not None and after.status == status
    last = history.list_steps(ANNA, "sign", sign.sign_id)[-1]
    assert (last.action, last.text) == (("remeasure", turn) if turn else ("move", "a plan"))


def test_late_inquiries_reviews_and_reports_are_told_upward(casework: str, set_day: Callable[[date], None]) -> None:
    take()
    draft = IncidentDraft(FRIDAY, "gate", "cause", "course", 0, 1, 0, "measures")
    incidents.report_incident(OTHER, draft)
    cases.open_case(ANNA, "a file")
    assert notices(date(2026, 11, 27)) == []
    assert [one.school_id for one in notices(date(2026, 11, 28))] == ["S2"]
    assert [(one.school_id, one.to) for one in notices(date(2026, 12, 1))] == [
        ("S1", ("school", "district")),
        ("S2", ("school", "district")),
    ]


def run_sync(done: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    store.forget()
    done.put(sync.sync_signs(WEDNESDAY).new)


@BOTH
def test_two_timers_at_once_do_the_work_of_one(casework: str, show_city: Callable[[str], None]) -> None:
    """Both start on a release that nobody took over: together they make each task once."""
    show_city("demo")
    expected = sum(one.is_sign for one in read_release("2026-1.1").signals)
    store.engine().dispose()
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    both = [context.Process(target=run_sync, args=(done,)) for _ in range(2)]
    for one in both:
        one.start()
    assert sorted(done.get(timeout=60) for _ in both) == [0, expected]
    for one in both:
        one.join()
    store.forget()
    assert len(signs.list_signs(Viewer("c", "counselor", "S03"))) == len(
        {one.unit_id for one in signs.list_signs(Viewer("c", "counselor", "S03"))}
    )
