"""A sign from its notice to its end. Every move demands a reason, and is refused if somebody else moved it first."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, select, update

from dashboard.casework import clocks
from dashboard.casework.fields import check_words
from dashboard.casework.history import add_note, write_step
from dashboard.casework.problems import Refused, Stale
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import sign
from dashboard.casework.values import OUTCOMES, SIGN_MOVES, Sign
from dashboard.viewer import Viewer

COLUMNS = [sign.c[field.name] for field in fields(Sign)]  # in the order of the value's fields


def list_signs(viewer: Viewer, wave: str | None = None) -> list[Sign]:
    """One row per sign of the viewer's school (of one wave), the soonest due first; those done last."""
    mine = select(*COLUMNS).where(visible_to(viewer, sign))
    mine = mine if wave is None else mine.where(sign.c.wave == wave)
    mine = mine.order_by(sign.c.status == "closed", sign.c.checked_on.is_not(None), sign.c.due_on, sign.c.sign_id)
    with reading(viewer) as connection:
        return [Sign(*row) for row in connection.execute(mine)]


def find_sign(viewer: Viewer, sign_id: str) -> Sign | None:
    """The sign; None if there is none that this viewer may see."""
    with reading(viewer) as connection:
        return load_sign(connection, viewer, sign_id)


def load_sign(connection: Connection, viewer: Viewer, sign_id: str) -> Sign | None:
    found = connection.execute(select(*COLUMNS).where(visible_to(viewer, sign), sign.c.sign_id == sign_id)).first()
    return Sign(*found) if found else None


def note_reading(viewer: Viewer, sign_id: str) -> None:
    """The first time that a sign is looked at stops its way to the deputy. No version: nothing typed can be lost."""
    own_school(viewer)
    with reading(viewer) as connection:
        seen = load_sign(connection, viewer, sign_id)
    if seen is None or seen.read_on is not None:
        return
    first = update(sign).where(visible_to(viewer, sign), sign.c.sign_id == sign_id, sign.c.read_on.is_(None))
    with writing(viewer) as connection:
        if connection.execute(first.values(read_on=clocks.today())).rowcount:
            write_step(connection, viewer, "sign", sign_id, seen.school_id, "read", "")


def finish_check(viewer: Viewer, sign_id: str, version: int, outcome: str, reason: str) -> Sign:
    """The first check is done: what came of it (founded, unfounded, unclear), and what that rests on."""
    if outcome not in OUTCOMES:
        raise Refused("no_outcome")
    return _move(viewer, sign_id, version, "checked", "check", reason, outcome=outcome, checked_on=clocks.today())


def move_sign(viewer: Viewer, sign_id: str, version: int, status: str, reason: str) -> Sign:
    """Watch it, take measures, make it a case, measure again, close. The first check comes before."""
    if status == "checked":
        raise Refused("not_so")
    closed = {"closed_on": clocks.today()} if status == "closed" else {}
    return _move(viewer, sign_id, version, status, "move", reason, **closed)


def reopen_sign(viewer: Viewer, sign_id: str, version: int, reason: str) -> Sign:
    """A closed sign is looked at again."""
    return _move(viewer, sign_id, version, "checked", "reopen", reason, closed_on=None)


def _move(viewer: Viewer, sign_id: str, version: int, status: str, action: str, reason: str, **values: Any) -> Sign:
    own_school(viewer)
    reason = check_words(reason)
    with writing(viewer) as connection:
        before = check_version(connection, viewer, sign_id, version)
        if status not in SIGN_MOVES[before.status] or (action == "check") != (before.status == "new"):
            raise Refused("not_so")
        if action == "reopen" and before.status != "closed":
            raise Refused("not_so")
        return change_sign(connection, viewer, before, action, reason, status=status, **values)


def _must(connection: Connection, viewer: Viewer, sign_id: str) -> Sign:
    found = load_sign(connection, viewer, sign_id)
    if found is None:
        raise Refused("not_found")
    return found


def _id(viewer: Viewer, sign_id: str, connection: Connection) -> str:
    return _must(connection, viewer, sign_id).sign_id


def check_version(connection: Connection, viewer: Viewer, sign_id: str, version: int) -> Sign:
    """The sign as it stands, if it is still the one that was read; Stale with the newer one otherwise."""
    found = _must(connection, viewer, sign_id)
    if found.version != version:
        raise Stale(found)
    return found


def change_sign(connection: Connection, viewer: Viewer, before: Sign, action: str, reason: str, **values: Any) -> Sign:
    """Write a change and its line of history together; whoever else wrote in between is not overwritten."""
    same = (visible_to(viewer, sign), sign.c.sign_id == before.sign_id, sign.c.version == before.version)
    changed = connection.execute(update(sign).where(*same).values(version=before.version + 1, **values))
    after = _must(connection, viewer, before.sign_id)
    if not changed.rowcount:
        raise Stale(after)
    moved = (before.status, after.status) if before.status != after.status else ("", "")
    write_step(connection, viewer, "sign", before.sign_id, before.school_id, action, reason, moved=moved)
    return after


def hand_over(viewer: Viewer, sign_id: str, version: int, owner: str, reason: str) -> Sign:
    """Another account of the school takes the sign over; "" gives it to the school's counselors together."""
    own_school(viewer)
    reason, owner = check_words(reason), check_words(owner, limit=40, needed=False)
    with writing(viewer) as connection:
        before = check_version(connection, viewer, sign_id, version)
        return change_sign(connection, viewer, before, "hand_over", reason, owner=owner)


def add_remark(viewer: Viewer, sign_id: str, text: str) -> None:
    """A remark moves nothing, so it needs no version: two people's remarks stand one after the other."""
    add_note(viewer, "sign", partial(_id, viewer, sign_id), "remark", text)


def tell_parents(viewer: Viewer, sign_id: str, on: date, role: str, text: str) -> None:
    """The parents of the whole class were told: when, and by whose office. Nobody is named."""
    add_note(viewer, "sign", partial(_id, viewer, sign_id), "parents_told", text, on=on, role=role)
