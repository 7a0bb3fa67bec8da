"""What the pipeline reads back (data/contracts/casework_counts.yml): numbers per school, half year, kind and code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from dashboard.casework import clocks
from dashboard.casework.scope import CLOCK, visible_to
from dashboard.casework.store import reading
from dashboard.casework.tables import activity, case, incident, measure, sign, step

HEADER = ("school_id", "wave", "kind", "code", "number")
Key = tuple[str, str, str, str]


def count_for_export(today: date | None = None) -> list[tuple[str, str, str, str, int]]:
    """One row per school per wave per kind per code, sorted; only numbers above 0."""
    day = today or clocks.today()
    with reading(CLOCK) as connection:
        found: Counter[Key] = Counter()
        for key, number in [*_signs(connection, day), *_cases(connection, day), *_incidents(connection, day)]:
            found[key] += number
        for key, number in _rest(connection):
            found[key] += number
    return [(*key, number) for key, number in sorted(found.items()) if number]


def wave_of(day: date) -> str:
    """The half year of a day: February to July is spring (-1), August to January autumn (-2)."""
    if 2 <= day.month <= 7:
        return f"{day.year}-1"
    return f"{day.year if day.month >= 8 else day.year - 1}-2"


def _rows(connection: Connection, query: Select[Any]) -> list[Row[Any]]:
    return list(connection.execute(query))


def _signs(connection: Connection, day: date) -> Iterator[tuple[Key, int]]:
    for row in _rows(connection, select(sign).where(visible_to(CLOCK, sign))):
        here = (row.school_id, row.wave)
        yield (*here, "sign", row.status), 1
        yield (*here, "outcome", f"{row.rule_id}.{row.outcome or 'unchecked'}"), 1
        yield (*here, "clock", f"first_check.{clocks.state_of(row.due_on, row.checked_on, day)}"), 1


def _cases(connection: Connection, day: date) -> Iterator[tuple[Key, int]]:
    for row in _rows(connection, select(case).where(visible_to(CLOCK, case))):
        here = (row.school_id, wave_of(row.opened_on))
        yield (*here, "case", row.judgement or "open"), 1
        yield (*here, "clock", f"inquiry.{clocks.state_of(row.inquiry_due, row.judged_on, day)}"), 1
        if row.review_due:
            yield (*here, "clock", f"review.{clocks.state_of(row.review_due, row.review_answered_on, day)}"), 1


def _incidents(connection: Connection, day: date) -> Iterator[tuple[Key, int]]:
    """An incident counts in the half year it happened in, as its newest version says; late, as its first was."""
    rows = _rows(connection, select(incident).where(visible_to(CLOCK, incident)).order_by(incident.c.version_no))
    followed = {(row.incident_id, row.supersedes): row.reported_on for row in rows}
    newest = {row.incident_id: row for row in rows}
    for row in rows:
        here = (row.school_id, wave_of(newest[row.incident_id].happened_on))
        if row.version_no == 1:
            yield (*here, "incident", "reported"), 1
            yield (*here, "incident", "late"), int(row.reported_on > row.report_due)
            yield (*here, "incident", "people_hurt"), newest[row.incident_id].people_hurt
        if row.next_due:
            done = followed.get((row.incident_id, row.version_no))
            yield (*here, "clock", f"incident_followup.{clocks.state_of(row.next_due, done, day)}"), 1


def _rest(connection: Connection) -> Iterator[tuple[Key, int]]:
    for row in _rows(connection, select(measure).where(visible_to(CLOCK, measure))):
        yield (row.school_id, row.wave, "measure", "done" if row.done_on else "open"), 1
    for row in _rows(connection, select(activity).where(visible_to(CLOCK, activity))):
        yield (row.school_id, wave_of(row.on), "activity", row.kind), 1
    told = select(step).where(visible_to(CLOCK, step), step.c.action == "parents_told")
    for row in _rows(connection, told):
        yield (row.school_id, wave_of(row.on), "parents_told", row.subject), 1
