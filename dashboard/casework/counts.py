"""Counts and clocks per school: all that leaves the school. No class, no text, no sign, no account.

The only module that counts for district and bureau: every select here groups by school, beneath `counted_for`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from statistics import median_high
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, literal, or_, select
from sqlalchemy import case as choose

from dashboard.casework import clocks
from dashboard.casework.scope import counted_for
from dashboard.casework.store import reading
from dashboard.casework.tables import activity, case, incident, measure, member, school, sign
from dashboard.casework.values import ClockCount, Count, RuleOutcome, SchoolActions, SchoolCounts
from dashboard.viewer import Viewer

STATES = ("met", "missed", "running", "overdue")
NO_CONCLUSION = "no_conclusion"  # a class that asks for an explanation, not a sign


def counts_by_school(viewer: Viewer, wave: str | None = None, today: date | None = None) -> list[SchoolCounts]:
    """One row per school that a release named, in the order of ids: numbers of signs (of one wave) and cases, clocks.

    For a bureau all schools, for a district its own, for a counselor the own school.
    """
    day = today or clocks.today()
    with reading(viewer) as connection:
        named = select(school).where(counted_for(viewer, school)).order_by(school.c.school_id)
        schools = connection.execute(named).all()
        counts, kept = defaultdict(list), defaultdict(list)
        for school_id, count in _counts(connection, viewer, wave):
            counts[school_id].append(count)
        for school_id, name, states in count_clocks(connection, viewer, day, wave):
            kept[school_id].append(ClockCount(name, *(states.get(state, 0) for state in STATES)))
    return [
        SchoolCounts(row.school_id, row.name, row.district_id, tuple(counts[row[0]]), tuple(kept[row[0]]))
        for row in schools
    ]


def _counts(connection: Connection, viewer: Viewer, wave: str | None) -> Iterator[tuple[str, Count]]:
    signs = _grouped(viewer, sign, sign.c.kind, sign.c.status)
    signs = signs if wave is None else signs.where(sign.c.wave == wave)
    cases = _grouped(viewer, case, case.c.judgement, case.c.status)
    for subject, query in (("sign", signs), ("case", cases)):
        for school_id, kind, status, number in connection.execute(query):
            yield school_id, Count(subject, kind, status, number)
    for school_id, number in connection.execute(_grouped(viewer, incident).where(incident.c.version_no == 1)):
        yield school_id, Count("incident", "", "reported", number)


def _grouped(viewer: Viewer, table: Table, *columns: ColumnElement[str]) -> Select[Any]:
    """Numbers of a table's rows per school and these columns."""
    keys = (table.c.school_id, *columns)
    return select(*keys, func.count()).where(counted_for(viewer, table)).group_by(*keys).order_by(*keys)


def count_clocks(
    connection: Connection, viewer: Viewer, day: date, wave: str | None = None
) -> list[tuple[str, str, dict[str, int]]]:
    """(school, clock, state → number) for every clock that a school has started."""
    first = _clock(viewer, sign, sign.c.due_on, sign.c.checked_on, day)
    first = first if wave is None else first.where(sign.c.wave == wave)
    review = _clock(viewer, case, case.c.review_due, case.c.review_answered_on, day)
    queries = {
        "first_check": first,
        "inquiry": _clock(viewer, case, case.c.inquiry_due, case.c.judged_on, day),
        "review": review.where(case.c.review_due.is_not(None)),
        "incident_first": _clock(viewer, incident, incident.c.report_due, incident.c.reported_on, day).where(
            incident.c.version_no == 1
        ),
        "incident_followup": _followups(viewer, day),
    }
    found: list[tuple[str, str, dict[str, int]]] = []
    for name, query in queries.items():
        states: dict[str, dict[str, int]] = defaultdict(dict)
        for school_id, state, number in connection.execute(query):
            states[school_id][state] = number
        found += [(school_id, name, held) for school_id, held in states.items()]
    return found


def _clock(viewer: Viewer, table: Table, due: Any, done: Any, day: date) -> Select[Any]:
    state = _state(due, done, day)
    return (
        select(table.c.school_id, state, func.count())
        .where(counted_for(viewer, table))
        .group_by(table.c.school_id, state)
    )


def _followups(viewer: Viewer, day: date) -> Select[Any]:
    """A report's next version ends the clock that the version before it started."""
    later = incident.alias()
    state = _state(incident.c.next_due, later.c.reported_on, day)
    follows = and_(later.c.incident_id == incident.c.incident_id, later.c.supersedes == incident.c.version_no)
    return (
        select(incident.c.school_id, state, func.count())
        .select_from(incident.outerjoin(later, follows))
        .where(counted_for(viewer, incident), incident.c.next_due.is_not(None))
        .group_by(incident.c.school_id, state)
    )


def _state(due: Any, done: Any, day: date) -> ColumnElement[str]:
    """`clocks.state_of` as SQL; a test holds the two to each other."""
    return choose(
        (and_(done.is_not(None), done <= due), "met"),
        (done.is_not(None), "missed"),
        (or_(due >= literal(day)), "running"),
        else_="overdue",
    ).label("state")


def actions_by_school(viewer: Viewer, wave: str, since: date, until: date) -> list[SchoolActions]:
    """One row per school that a release named, in the order of ids: what was done for all in a span of days (both
    ends included), who sits on the committee on its last day, the wave's first checks, measures of waves up to `wave`.
    """
    in_span = (activity.c.on >= since, activity.c.on <= until)
    sits = (member.c.since <= until, or_(member.c.until.is_(None), member.c.until >= until))
    checked = (sign.c.wave == wave, sign.c.checked_on.is_not(None))
    begun = (measure.c.begun_on <= until, measure.c.wave <= wave)
    queries = (
        _grouped(viewer, activity, activity.c.kind).where(*in_span),
        _grouped(viewer, member, member.c.role).where(*sits),
        _grouped(viewer, sign, sign.c.noticed_on, sign.c.checked_on).where(*checked),
        _grouped(viewer, measure, measure.c.wave, measure.c.done_on).where(*begun),
    )
    with reading(viewer) as connection:
        named = select(school).where(counted_for(viewer, school)).order_by(school.c.school_id)
        schools = [row.school_id for row in connection.execute(named)]
        found: list[dict[str, list[Any]]] = [defaultdict(list) for _ in queries]
        for held, query in zip(found, queries, strict=True):
            for school_id, *row in connection.execute(query):
                held[school_id].append(row)
    return [_actions(one, [held[one] for held in found], wave, until) for one in schools]


def _actions(school_id: str, found: list[list[Any]], wave: str, until: date) -> SchoolActions:
    kinds, seats, checks, held = found
    days = [(on - noticed).days for noticed, on, number in checks for _ in range(number)]
    return SchoolActions(
        school_id,
        dict(kinds),
        dict(seats),
        median_high(days) if days else None,
        measures=sum(number for *_, number in held),
        done=sum(number for _, on, number in held if on is not None and on <= until),
        looked_back=sum(number for of, _, number in held if of < wave),
    )


def outcomes_by_rule(viewer: Viewer) -> list[RuleOutcome]:
    """The false-alarm ledger: one row per rule over everything the viewer may count, by how it was judged."""
    query = (
        select(sign.c.rule_id, sign.c.outcome, func.count())
        .where(counted_for(viewer, sign), sign.c.rule_id != NO_CONCLUSION)
        .group_by(sign.c.rule_id, sign.c.outcome)
    )
    rules: dict[str, dict[str, int]] = defaultdict(dict)
    with reading(viewer) as connection:
        for rule, outcome, number in connection.execute(query):
            rules[rule][outcome] = number
    return [
        RuleOutcome(rule, *(held.get(outcome, 0) for outcome in ("founded", "unfounded", "unclear", "")))
        for rule, held in sorted(rules.items())
    ]
