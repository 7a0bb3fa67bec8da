"""Who sits on the school's committee (M11), from when to when, and which seats are still empty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from dashboard.casework.fields import check_words
from dashboard.casework.grading import Seat, read_seats
from dashboard.casework.problems import Refused
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import member
from dashboard.casework.values import Member
from dashboard.viewer import Viewer


def list_members(viewer: Viewer, on: date | None = None) -> list[Member]:
    """One row per member of the viewer's school (who sat on a day), in the order of seats."""
    mine = select(member).where(visible_to(viewer, member))
    if on is not None:
        mine = mine.where(member.c.since <= on, or_(member.c.until.is_(None), member.c.until >= on))
    with reading(viewer) as connection:
        found = [_member(row) for row in connection.execute(mine.order_by(member.c.member_id))]
    order = [seat.code for seat in read_seats()]
    return sorted(found, key=lambda one: order.index(one.role))


def add_member(viewer: Viewer, role: str, name: str, since: date) -> Member:
    """Add a member. A student member is counted, never named."""
    school_id = own_school(viewer)
    if role not in {seat.code for seat in read_seats()}:
        raise Refused("no_role")
    if role == "student" and name.strip():
        raise Refused("student_named")
    name = check_words(name, limit=40, needed=role != "student")
    values = {"school_id": school_id, "role": role, "name": name, "since": since}
    with writing(viewer) as connection:
        added = connection.execute(insert(member).values(**values)).inserted_primary_key
    assert added is not None
    return Member(added[0], school_id, role, name, since, None)


def end_member(viewer: Viewer, member_id: int, until: date) -> None:
    """The member's last day; the row stays."""
    own_school(viewer)
    mine = (
        visible_to(viewer, member),
        member.c.member_id == member_id,
        member.c.until.is_(None),
        member.c.since <= until,
    )
    with writing(viewer) as connection:
        if not connection.execute(update(member).where(*mine).values(until=until)).rowcount:
            raise Refused("not_found")


def missing_seats(members: Iterable[Member], level: str) -> list[Seat]:
    """Seats of the rule that a school of this level (primary, junior, senior, vocational) hasn't filled."""
    held = [one.role for one in members]
    asked = [seat for seat in read_seats() if not seat.levels or level in seat.levels]
    return [seat for seat in asked if held.count(seat.code) < seat.least]


def _member(row: Row[Any]) -> Member:
    return Member(**row._mapping)
