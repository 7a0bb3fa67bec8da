"""What was decided: each measure names what it should move, so that the next wave can be asked whether it did."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update

from dashboard.casework import cases, clocks, signs
from dashboard.casework.fields import SHORT, check_day, check_words
from dashboard.casework.history import write_step
from dashboard.casework.problems import Refused
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import measure
from dashboard.casework.values import Measure
from dashboard.viewer import Viewer

MOVES = ("class", "grade", "school", "place", "grade_place")


def list_measures(viewer: Viewer, sign_id: str | None = None, case_id: str | None = None) -> list[Measure]:
    """One row per measure of the viewer's school (of one sign or case), those not done first, then the newest."""
    mine = select(measure).where(visible_to(viewer, measure))
    mine = mine if sign_id is None else mine.where(measure.c.sign_id == sign_id)
    mine = mine if case_id is None else mine.where(measure.c.case_id == case_id)
    mine = mine.order_by(measure.c.done_on.is_not(None), measure.c.begun_on.desc(), measure.c.measure_id.desc())
    with reading(viewer) as connection:
        return [_measure(row) for row in connection.execute(mine)]


def add_measure(
    viewer: Viewer,
    what: str,
    moves_kind: str,
    moves_id: str,
    indicator: str,
    wave: str,
    decided_by: str,
    begun_on: date,
    sign_id: str = "",
    case_id: str = "",
    due_on: date | None = None,
) -> Measure:
    """Note a measure, for a sign, a case or neither. `decided_by` is an office, not an account."""
    school_id, what = own_school(viewer), check_words(what)
    if moves_kind not in MOVES or not moves_id or not indicator:
        raise Refused("moves_nothing")
    if due_on is not None and due_on < begun_on:
        raise Refused("due_early")
    _check_subject(viewer, sign_id, case_id)
    values: dict[str, Any] = {
        "school_id": school_id,
        "sign_id": sign_id,
        "case_id": case_id,
        "what": what,
        "wave": wave,
    }
    values |= {"moves_kind": moves_kind, "moves_id": moves_id, "indicator": indicator}
    values |= {"begun_on": check_day(begun_on, clocks.today()), "due_on": due_on}
    values |= {"decided_by": check_words(decided_by, limit=SHORT // 5)}
    with writing(viewer) as connection:
        added = connection.execute(insert(measure).values(**values)).inserted_primary_key
        assert added is not None
        subject, subject_id = ("case", case_id) if case_id else ("sign", sign_id)
        if subject_id:
            write_step(connection, viewer, subject, subject_id, school_id, "measure", what)
        mine = visible_to(viewer, measure), measure.c.measure_id == added[0]
        return _measure(connection.execute(select(measure).where(*mine)).one())


def _check_subject(viewer: Viewer, sign_id: str, case_id: str) -> None:
    if sign_id and signs.find_sign(viewer, sign_id) is None:
        raise Refused("not_found")
    if case_id and cases.find_case(viewer, case_id) is None:
        raise Refused("not_found")


def finish_measure(viewer: Viewer, measure_id: int, done_on: date, text: str) -> Measure:
    """The measure was carried out, on a day, with a word on how; once."""
    own_school(viewer)
    text = check_words(text)
    mine = visible_to(viewer, measure), measure.c.measure_id == measure_id
    with writing(viewer) as connection:
        held = connection.execute(select(measure).where(*mine)).first()
        if held is None:
            raise Refused("not_found")
        check_day(done_on, clocks.today(), since=held.begun_on)
        finished = update(measure).where(*mine, measure.c.done_on.is_(None)).values(done_on=done_on)
        if not connection.execute(finished).rowcount:
            raise Refused("not_so")
        subject, subject_id = ("case", held.case_id) if held.case_id else ("sign", held.sign_id)
        if subject_id:
            write_step(connection, viewer, subject, subject_id, held.school_id, "measure_done", text, on=done_on)
        return _measure(connection.execute(select(measure).where(*mine)).one())


def _measure(row: Row[Any]) -> Measure:
    return Measure(**row._mapping)
