"""Whom to tell that something waits: one line per school, without content. A channel of the bureau's own carries it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from dashboard.casework.deputies import deputies_on
from dashboard.casework.scope import CLOCK, visible_to
from dashboard.casework.tables import case, incident, school, sign


@dataclass(frozen=True)
class Notice:
    """A school where something waits; `to`: school, deputy (then with account and phone), district."""

    school_id: str
    name: str
    to: tuple[str, ...]
    account: str = ""
    phone: str = ""


def list_notices(connection: Connection, day: date) -> list[Notice]:
    """One row per school with a sign that waits for its first check, or a case or report past its day."""
    names = dict(connection.execute(select(school.c.school_id, school.c.name).where(visible_to(CLOCK, school))).all())
    waiting = _waiting(connection)
    late = _late(connection, day)
    standing, absent = deputies_on(connection, CLOCK, day)
    notices = []
    for school_id in sorted(set(waiting) | late):
        escalated = waiting.get(school_id, set())
        deputy = absent.get(school_id) or standing.get(school_id)
        tells_deputy = deputy is not None and (school_id in absent or bool(escalated - {""}))
        up = "district" in escalated or school_id in late
        to = ("school", *(["deputy"] if tells_deputy else []), *(["district"] if up else []))
        who = (deputy.account, deputy.phone) if deputy is not None and tells_deputy else ("", "")
        notices.append(Notice(school_id, names.get(school_id, school_id), to, *who))
    return notices


def _waiting(connection: Connection) -> dict[str, set[str]]:
    """School → how far its unchecked signs have gone up."""
    mine = select(sign.c.school_id, sign.c.escalated).where(visible_to(CLOCK, sign), sign.c.status == "new").distinct()
    found: dict[str, set[str]] = {}
    for school_id, escalated in connection.execute(mine):
        found.setdefault(school_id, set()).add(escalated)
    return found


def _late(connection: Connection, day: date) -> set[str]:
    """Schools with an inquiry, a review or a follow-up report past its day."""
    inquiry = select(case.c.school_id).where(
        visible_to(CLOCK, case), case.c.judged_on.is_(None), case.c.inquiry_due < day
    )
    review = select(case.c.school_id).where(
        visible_to(CLOCK, case), case.c.review_answered_on.is_(None), case.c.review_due < day
    )
    newest = (
        select(incident.c.incident_id, func.max(incident.c.version_no).label("version_no"))
        .where(visible_to(CLOCK, incident))
        .group_by(incident.c.incident_id)
        .subquery()
    )
    report = (
        select(incident.c.school_id)
        .join(newest, (newest.c.incident_id == incident.c.incident_id) & (newest.c.version_no == incident.c.version_no))
        .where(visible_to(CLOCK, incident), incident.c.next_due < day)
    )
    return {row for query in (inquiry, review, report) for row in connection.execute(query).scalars()}
