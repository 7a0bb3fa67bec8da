"""History: one line per thing that happened, written in the same transaction as the thing. Never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from dashboard.casework import clocks
from dashboard.casework.fields import SHORT, check_day, check_words
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import step
from dashboard.casework.values import Step
from dashboard.viewer import Viewer


def list_steps(viewer: Viewer, subject: str, subject_id: str) -> list[Step]:
    """One row per step of a sign, case or incident, oldest first."""
    mine = select(step).where(visible_to(viewer, step), step.c.subject == subject, step.c.subject_id == subject_id)
    with reading(viewer) as connection:
        return [_step(row) for row in connection.execute(mine.order_by(step.c.step_id))]


def list_latest(viewer: Viewer, limit: int = 50) -> list[Step]:
    """The school's newest steps, newest first."""
    mine = select(step).where(visible_to(viewer, step)).order_by(step.c.step_id.desc()).limit(limit)
    with reading(viewer) as connection:
        return [_step(row) for row in connection.execute(mine)]


def write_step(
    connection: Connection,
    viewer: Viewer,
    subject: str,
    subject_id: str,
    school_id: str,
    action: str,
    text: str,
    *,
    moved: tuple[str, str] = ("", ""),
    on: date | None = None,
    role: str = "",
) -> None:
    """Add a line. Its time never goes back, whatever the machine's clock does: at least that of the line before."""
    last = select(func.max(step.c.at)).where(
        visible_to(viewer, step), step.c.subject == subject, step.c.subject_id == subject_id
    )
    before: datetime | None = connection.execute(last).scalar()
    values: dict[str, Any] = {"subject": subject, "subject_id": subject_id, "school_id": school_id, "action": action}
    values |= {"at": max(clocks.now(), before or datetime.min), "by": viewer.name, "text": text}
    values |= {"from_status": moved[0], "to_status": moved[1], "on": on, "role": role}
    connection.execute(insert(step).values(**values))


def add_note(
    viewer: Viewer,
    subject: str,
    find: Callable[[Connection], str],
    action: str,
    text: str,
    *,
    on: date | None = None,
    role: str = "",
) -> None:
    """Add a line of its own (a remark; that parents were told, when, by whose office). `find`: the subject's id."""
    school_id, text = own_school(viewer), check_words(text)
    if on is not None:
        check_day(on, clocks.today())
        role = check_words(role, limit=SHORT // 5)
    with writing(viewer) as connection:
        write_step(connection, viewer, subject, find(connection), school_id, action, text, on=on, role=role)


def _step(row: Row[Any]) -> Step:
    return Step(**row._mapping)
