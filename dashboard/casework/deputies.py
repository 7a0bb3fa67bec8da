"""Who steps in: the standing deputy is told of what stays unread, an absence's deputy gets the new signs meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from dashboard.casework.fields import check_words
from dashboard.casework.problems import Refused
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import deputy
from dashboard.casework.values import Deputy
from dashboard.viewer import Viewer


def list_deputies(viewer: Viewer) -> list[Deputy]:
    """One row per deputy of the viewer's school, past ones too, the newest first."""
    mine = select(deputy).where(visible_to(viewer, deputy)).order_by(deputy.c.deputy_id.desc())
    with reading(viewer) as connection:
        return [_deputy(row) for row in connection.execute(mine)]


def set_deputy(viewer: Viewer, account: str, name: str, phone: str, since: date, until: date | None = None) -> Deputy:
    """Name a deputy by account. Without a last day it's the standing one, and ends the one before; with it, an absence.

    The phone is an adult's at work: the one field where a number may stand.
    """
    school_id = own_school(viewer)
    if until is not None and until < since:
        raise Refused("no_day")
    account, name = check_words(account, limit=40), check_words(name, limit=40)
    if len(phone) > 30 or any(sign not in "0123456789+-() " for sign in phone):
        raise Refused("no_phone")
    values = {"school_id": school_id, "account": account, "name": name, "phone": phone, "since": since}
    standing = visible_to(viewer, deputy), deputy.c.standing, deputy.c.until.is_(None)
    with writing(viewer) as connection:
        if until is None:
            connection.execute(update(deputy).where(*standing).values(until=since))
        row = values | {"until": until, "standing": until is None}
        added = connection.execute(insert(deputy).values(**row)).inserted_primary_key
    assert added is not None
    return Deputy(added[0], school_id, account, name, phone, since, until, until is None)


def end_deputy(viewer: Viewer, deputy_id: int, until: date) -> None:
    """The deputy's last day; the row stays."""
    own_school(viewer)
    mine = visible_to(viewer, deputy), deputy.c.deputy_id == deputy_id
    with writing(viewer) as connection:
        if not connection.execute(update(deputy).where(*mine).values(until=until)).rowcount:
            raise Refused("not_found")


def deputies_on(connection: Connection, viewer: Viewer, day: date) -> tuple[dict[str, Deputy], dict[str, Deputy]]:
    """Who stands in on a day, by school: (standing deputies, deputies of an absence). The latest named counts."""
    held = or_(deputy.c.until.is_(None), deputy.c.until >= day)
    mine = select(deputy).where(visible_to(viewer, deputy), deputy.c.since <= day, held).order_by(deputy.c.deputy_id)
    found = [_deputy(row) for row in connection.execute(mine)]
    standing = {one.school_id: one for one in found if one.standing}
    return standing, {one.school_id: one for one in found if not one.standing}


def _deputy(row: Row[Any]) -> Deputy:
    return Deputy(**row._mapping)
