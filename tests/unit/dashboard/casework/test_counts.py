"""What leaves the school: numbers. Who may have them, what they agree with, and what is never in them."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from casework_school import ANNA, BOTH, BUREAU, DISTRICT, FRIDAY, OTHER, a_signal, take
from typer.testing import CliRunner

from dashboard.casework import (
    activities,
    cases,
    clocks,
    counts,
    export,
    incidents,
    measures,
    roster,
    signs,
    store,
    tables,
)
from dashboard.casework.scope import CLOCK
from dashboard.casework.values import ClockCount, Count, IncidentDraft, RuleOutcome
from dashboard.viewer import Viewer
from pipelines.cli import app
from pipelines.contracts import load_contract

DRAFT = IncidentDraft(date(2026, 11, 10), "gate", "cause", "course", 2, 1, 0, "measures")


@pytest.fixture
def city(casework: str, set_day: Callable[[date], None]) -> None:
    """Two signs and a case in S1, one sign and a late report in S2."""
    take(
        a_signal(),
        a_signal("S1-08-2", level="watch", kind="first_signs", rule_id="seen_not_told"),
        a_signal("S2-1", "S2"),
    )
    one = signs.list_signs(ANNA)[0]
    signs.finish_check(ANNA, one.sign_id, one.version, "unfounded", "Secret words")
    cases.open_case(ANNA, "Secret words")
    incidents.report_incident(OTHER, DRAFT)


@BOTH
def test_the_bureau_counts_every_school_and_a_district_its_own(city: None) -> None:
    one, two = counts.counts_by_school(BUREAU)
    assert one.counts == (
        Count("sign", "first_signs", "new", 1),
        Count("sign", "happened", "checked", 1),
        Count("case", "", "inquiry", 1),
    )
    assert one.clocks == (ClockCount("first_check", 1, 0, 1, 0), ClockCount("inquiry", 0, 0, 1, 0))
    assert Count("incident", "", "reported", 1) in two.counts
    assert ClockCount("incident_first", 0, 1, 0, 0) in two.clocks
    assert counts.counts_by_school(DISTRICT) == [one] and counts.counts_by_school(OTHER) == [two]
    assert counts.counts_by_school(Viewer("x", "district", "D9")) == []
    assert (
        counts.counts_by_school(Viewer("x", "auditor", "")) == counts.outcomes_by_rule(Viewer("x", "lead", "S1")) == []
    )


@BOTH
def test_what_was_done_is_counted_within_its_span(city: None) -> None:
    """A lesson of last term, a member who left and a measure begun later are not this term's."""
    for day in (date(2026, 11, 2), date(2026, 11, 3), date(2026, 5, 2)):
        activities.add_activity(ANNA, "lesson", day, "Secret words", 40)
    roster.add_member(ANNA, "head", "Secret words", date(2026, 9, 1))
    gone = roster.add_member(ANNA, "parent", "Secret words", date(2025, 9, 1))
    roster.end_member(ANNA, gone.member_id, date(2026, 6, 30))
    moves = ("place", "toilet", "happens")
    for wave, begun in (("2026-1", date(2026, 3, 2)), ("2026-2", date(2026, 11, 4))):
        measures.add_measure(ANNA, "Secret words", *moves, wave, "head", begun)
    first = measures.list_measures(ANNA)[-1]
    measures.finish_measure(ANNA, first.measure_id, date(2026, 11, 5), "Secret words")
    span = (date(2026, 8, 1), FRIDAY)
    one, two = counts.actions_by_school(BUREAU, "2026-2", *span)
    assert (one.activities, one.seats, one.check_days) == ({"lesson": 2}, {"head": 1}, 0)
    assert (one.measures, one.done, one.looked_back) == (2, 1, 1)
    assert (two.activities, two.seats, two.check_days, two.measures) == ({}, {}, None, 0)
    assert counts.actions_by_school(DISTRICT, "2026-2", *span) == [one]
    assert counts.actions_by_school(Viewer("x", "auditor", ""), "2026-2", *span) == []
    assert "Secret" not in repr(one)


def test_counts_hold_no_class_no_text_no_account_and_no_sign(city: None) -> None:
    """The bureau's value, printed whole, holds nothing of what was typed or looked at."""
    shown = repr([asdict(one) for one in counts.counts_by_school(BUREAU)]) + repr(export.count_for_export())
    for held in ("S1-07-4", "S1-08-2", "Secret", "anna", "2026-2.class", "2026-0001", "gate"):
        assert held not in shown


def test_a_day_too_late_is_counted_as_overdue(city: None) -> None:
    by_clock = {one.clock: one for one in counts.counts_by_school(BUREAU, today=date(2026, 12, 1))[0].clocks}
    assert by_clock["first_check"] == ClockCount("first_check", 1, 0, 0, 1)
    assert by_clock["inquiry"] == ClockCount("inquiry", 0, 0, 0, 1)


def test_sql_counts_the_states_that_clocks_names(casework: str, set_day: Callable[[date], None]) -> None:
    """Due, done and today in every order, and nothing done: the fast path agrees with clocks.state_of."""
    days = [FRIDAY + timedelta(days=n) for n in range(3)]
    wanted: dict[str, int] = {}
    take()
    with store.writing(CLOCK) as connection:
        for number, (due, done) in enumerate(itertools.product(days, [None, *days])):
            row = {"sign_id": str(number), "school_id": "S1", "wave": "2026-2", "release": "r", "unit_kind": "class"}
            row |= {"unit_id": str(number), "rule_id": "r", "level": "watch", "status": "new"}
            row |= {"noticed_on": FRIDAY, "due_on": due, "checked_on": done}
            connection.execute(tables.sign.insert().values(**row))
            state = clocks.state_of(due, done, days[1])
            wanted[state] = wanted.get(state, 0) + 1
    (held,) = counts.counts_by_school(ANNA, today=days[1])[0].clocks
    assert {state: getattr(held, state) for state in counts.STATES} == wanted and len(wanted) == 4


def test_a_follow_up_ends_the_clock_of_the_report_before(city: None, set_day: Callable[[date], None]) -> None:
    held = incidents.list_incidents(OTHER)[0]
    set_day(date(2026, 11, 30))
    overdue = {one.clock: one for one in counts.counts_by_school(OTHER)[0].clocks}["incident_followup"]
    assert overdue == ClockCount("incident_followup", 0, 0, 0, 1)
    incidents.follow_up(OTHER, held.incident_id, 1, IncidentDraft(**{**asdict(DRAFT), "kind": "final"}))
    late = {one.clock: one for one in counts.counts_by_school(OTHER)[0].clocks}["incident_followup"]
    assert late == ClockCount("incident_followup", 0, 1, 0, 0)


def test_the_ledger_counts_rules_and_leaves_out_silent_classes(city: None) -> None:
    take(a_signal("S1-09-1", level="no_conclusion", kind="", rule_id="no_conclusion"), name="2026-2.3")
    first, second = counts.outcomes_by_rule(BUREAU)
    assert first == RuleOutcome("frequent_happened", 0, 1, 0, 1) and first.share_unfounded == 1.0
    assert second == RuleOutcome("seen_not_told", 0, 0, 0, 1) and second.share_unfounded is None


@pytest.mark.parametrize(
    ("day", "wave"),
    [("2026-02-01", "2026-1"), ("2026-07-31", "2026-1"), ("2026-08-01", "2026-2"), ("2027-01-31", "2026-2")],
)
def test_a_day_belongs_to_its_half_year(day: str, wave: str) -> None:
    assert export.wave_of(date.fromisoformat(day)) == wave


def test_the_export_keeps_its_contract_and_repeats_itself(city: None, tmp_path: Path) -> None:
    """Columns, allowed values, key and order as data/contracts/casework_counts.yml has them."""
    measures.add_measure(ANNA, "a plan", "class", "S1-07-4", "frequent", "2026-2", "head", FRIDAY)
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        assert CliRunner().invoke(app, ["casework", "export", str(file)]).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    contract = load_contract("casework_counts")
    with files[0].open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert list(rows[0]) == list(contract.columns)
    assert len({tuple(row[key] for key in contract.key) for row in rows}) == len(rows)
    for name, column in contract.columns.items():
        for row in rows:
            assert column.allowed is None or row[name] in column.allowed
            assert column.regex is None or __import__("re").fullmatch(column.regex, row[name]), row
    numbers = {(row["school_id"], row["kind"], row["code"]): int(row["number"]) for row in rows}
    assert numbers[("S2", "incident", "late")] == 1 and numbers[("S2", "incident", "people_hurt")] == 2
    assert numbers[("S1", "outcome", "frequent_happened.unfounded")] == numbers[("S1", "measure", "open")] == 1
