"""A case: the file of one event. The law's clocks start here: inquiry with the case, review when one is asked for."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from dashboard.casework import clocks
from dashboard.casework.fields import check_day, check_words
from dashboard.casework.grading import read_grading
from dashboard.casework.history import add_note, write_step
from dashboard.casework.problems import Refused, Stale
from dashboard.casework.reference import next_ref
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.signs import change_sign, check_version
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import case
from dashboard.casework.values import CASE_MOVES, JUDGEMENTS, SIGN_MOVES, Case
from dashboard.viewer import Viewer


def list_cases(viewer: Viewer) -> list[Case]:
    """One row per case of the viewer's school, open ones first, then the newest."""
    mine = select(case).where(visible_to(viewer, case))
    mine = mine.order_by(case.c.status == "closed", case.c.opened_on.desc(), case.c.ref.desc())
    with reading(viewer) as connection:
        return [_case(row) for row in connection.execute(mine)]


def find_case(viewer: Viewer, case_id: str) -> Case | None:
    """The case by its id or its reference number; None if there is none that this viewer may see."""
    with reading(viewer) as connection:
        return _load(connection, viewer, case_id)


def _load(connection: Connection, viewer: Viewer, case_id: str) -> Case | None:
    named = (case.c.case_id == case_id) | (case.c.ref == case_id)
    found = connection.execute(select(case).where(visible_to(viewer, case), named)).first()
    return _case(found) if found else None


def open_case(viewer: Viewer, reason: str, sign_id: str = "", version: int = 0, opened_on: date | None = None) -> Case:
    """Open a file and start the inquiry's clock; with a sign, the sign (as it was read: `version`) becomes a case."""
    school_id, reason = own_school(viewer), check_words(reason)
    opened_on = check_day(opened_on or clocks.today(), clocks.today())
    with writing(viewer) as connection:
        if sign_id:
            before = check_version(connection, viewer, sign_id, version)
            if "case" not in SIGN_MOVES[before.status]:
                raise Refused("not_so")
            change_sign(connection, viewer, before, "case", reason, status="case")
        ref = next_ref(connection, viewer, case, opened_on.year)
        case_id = f"{school_id}.c{ref}"
        values = {"case_id": case_id, "ref": ref, "school_id": school_id, "sign_id": sign_id, "opened_on": opened_on}
        values |= {"status": "inquiry", "inquiry_due": clocks.inquiry_due(opened_on)}
        connection.execute(insert(case).values(**values))
        write_step(connection, viewer, "case", case_id, school_id, "open", reason, moved=("", "inquiry"))
        return _must(connection, viewer, case_id)


def judge_case(viewer: Viewer, case_id: str, version: int, judgement: str, severity: str, reason: str) -> Case:
    """Record what the committee found, and the grade it gave: the text of the rules is in `grading`."""
    if judgement not in JUDGEMENTS:
        raise Refused("no_judgement")
    severity = "" if judgement == "unclear" else severity
    if not _fits(judgement, severity):
        raise Refused("no_grade")
    found = {"judgement": judgement, "severity": severity, "judged_on": clocks.today()}
    return _move(viewer, case_id, version, "judged", "judge", reason, **found)


def _fits(judgement: str, severity: str) -> bool:
    """An unclear finding has no grade; the others have one of the rules', and the one for none says not bullying."""
    if judgement == "unclear":
        return severity == ""
    known = severity in {grade.code for grade in read_grading().grades}
    return known and (judgement == "not_bullying") == (severity == "not_bullying")


def begin_measures(viewer: Viewer, case_id: str, version: int, reason: str) -> Case:
    return _move(viewer, case_id, version, "measures", "measures", reason)


def close_case(viewer: Viewer, case_id: str, version: int, reason: str) -> Case:
    return _move(viewer, case_id, version, "closed", "close", reason, closed_on=clocks.today())


def ask_review(viewer: Viewer, case_id: str, version: int, on: date, reason: str) -> Case:
    """Somebody asked for a review: its clock starts on that day. A case has one review at a time."""
    asked = {"review_asked_on": on, "review_due": clocks.review_due(on), "review_answered_on": None}
    check_day(on, clocks.today())
    return _change(viewer, case_id, version, "review_asked", reason, _can_be_reviewed, **asked)


def answer_review(viewer: Viewer, case_id: str, version: int, on: date, reason: str) -> Case:
    """The review was answered; whoever answered changes no judgement here, but says so in the reason."""
    answered = {"review_answered_on": on}
    return _change(viewer, case_id, version, "review_answered", reason, partial(_can_be_answered, on), **answered)


def _can_be_reviewed(held: Case) -> bool:
    return held.judged_on is not None and not _is_under_review(held)


def _is_under_review(held: Case) -> bool:
    return held.review_asked_on is not None and held.review_answered_on is None


def _can_be_answered(on: date, held: Case) -> bool:
    """Whether a review runs; Refused for an answer from before it was asked for."""
    if held.review_asked_on is not None:
        check_day(on, clocks.today(), since=held.review_asked_on)
    return _is_under_review(held)


def _move(viewer: Viewer, case_id: str, version: int, status: str, action: str, reason: str, **values: Any) -> Case:
    def may(held: Case) -> bool:
        open_review = status == "closed" and _is_under_review(held)
        return status in CASE_MOVES[held.status] and not open_review

    return _change(viewer, case_id, version, action, reason, may, status=status, **values)


def _change(viewer: Viewer, case_id: str, version: int, action: str, reason: str, may: Any, **values: Any) -> Case:
    own_school(viewer)
    reason = check_words(reason)
    with writing(viewer) as connection:
        before = _must(connection, viewer, case_id)
        if before.version != version:
            raise Stale(before)
        if not may(before):
            raise Refused("not_so")
        same = (visible_to(viewer, case), case.c.case_id == before.case_id, case.c.version == version)
        changed = connection.execute(update(case).where(*same).values(version=version + 1, **values))
        after = _must(connection, viewer, before.case_id)
        if not changed.rowcount:
            raise Stale(after)
        moved = (before.status, after.status) if before.status != after.status else ("", "")
        write_step(connection, viewer, "case", after.case_id, after.school_id, action, reason, moved=moved)
        return after


def add_remark(viewer: Viewer, case_id: str, text: str) -> None:
    add_note(viewer, "case", partial(_id, viewer, case_id), "remark", text)


def tell_parents(viewer: Viewer, case_id: str, on: date, role: str, text: str) -> None:
    """Parents of those concerned were told, by whose office; the text says what, not whose parents."""
    add_note(viewer, "case", partial(_id, viewer, case_id), "parents_told", text, on=on, role=role)


def _id(viewer: Viewer, case_id: str, connection: Connection) -> str:
    return _must(connection, viewer, case_id).case_id


def _must(connection: Connection, viewer: Viewer, case_id: str) -> Case:
    found = _load(connection, viewer, case_id)
    if found is None:
        raise Refused("not_found")
    return found


def _case(row: Row[Any]) -> Case:
    return Case(**row._mapping)
