"""The timer's work: a new release makes tasks; what is unread goes to the deputy, what is overdue upward.

Running it twice, or two at once, does what one run does. The release is read before the transaction, from each
school's own file; all writes are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from dashboard import published
from dashboard.casework import clocks
from dashboard.casework.deputies import deputies_on
from dashboard.casework.notices import Notice, list_notices
from dashboard.casework.released import Release, Signal, read_release
from dashboard.casework.scope import CLOCK, visible_to
from dashboard.casework.store import lock_for_sync, reading, writing
from dashboard.casework.tables import school, sign, step, taken

WAITING = ("watched", "measures", "case")


@dataclass(frozen=True)
class Synced:
    """What one run did. `clock_behind`: the machine's day is before what was written already, so nothing was escalated.
    `without_holidays`: working days were counted as Monday to Friday, for want of this year's table."""

    release: str
    new: int
    changed: int
    remeasured: int
    to_deputy: int
    to_district: int
    clock_behind: bool
    without_holidays: bool
    notices: tuple[Notice, ...]


def sync_signs(today: date | None = None) -> Synced:
    """Take the current release over, if it is new, and let the clocks strike; CaseworkGone where the store can't."""
    day = today or clocks.today()
    release = _read_new()
    with writing(CLOCK) as connection:
        lock_for_sync(connection)
        last = connection.execute(select(func.max(step.c.at)).where(visible_to(CLOCK, step))).scalar()
        moment = max(_moment(day), last or datetime.min)
        behind = day < moment.date()
        done = _take(connection, release, moment) if release else (0, 0, 0)
        struck = (0, 0) if behind else _strike(connection, day, moment)
        notices = tuple(list_notices(connection, max(day, moment.date())))
    name = release.name if release else _current()
    lacks = clocks.lacks_table(day, clocks.first_check_due(day))
    return Synced(name, *done, *struck, behind, lacks, notices)


def _moment(day: date) -> datetime:
    now = clocks.now()
    return now if now.date() == day else datetime.combine(day, now.time())


def _current() -> str:
    try:
        return published.current_release()
    except published.NothingPublishedError:
        return ""


def waiting_release() -> str:
    """The current release, if its signs aren't tasks yet; "" otherwise."""
    name = _current()
    with reading(CLOCK) as connection:
        return "" if not name or _is_taken(connection, name) else name


def _read_new() -> Release | None:
    name = waiting_release()
    return read_release(name) if name else None


def _is_taken(connection: Connection, name: str) -> bool:
    return connection.execute(select(taken).where(taken.c.release == name)).first() is not None


def _take(connection: Connection, release: Release, moment: datetime) -> tuple[int, int, int]:
    """New tasks, tasks whose level a further release changed, earlier tasks that were measured again."""
    if _is_taken(connection, release.name):  # by another run, since it was read
        return 0, 0, 0
    _name_schools(connection, release)
    held = _held(connection)
    asked = [signal for signal in release.signals if signal.is_sign]
    new = [signal for signal in asked if signal.sign_id not in held]
    _add(connection, release.name, new, moment)
    changed = _follow(connection, release, held, moment)
    remeasured = _remeasure(connection, release, held, moment)
    connection.execute(insert(taken).values(release=release.name, taken_on=moment.date()))
    return len(new), changed, remeasured


def _held(connection: Connection) -> dict[str, Any]:
    return {row.sign_id: row for row in connection.execute(select(sign).where(visible_to(CLOCK, sign)))}


def _name_schools(connection: Connection, release: Release) -> None:
    known = set(connection.execute(select(school.c.school_id).where(visible_to(CLOCK, school))).scalars())
    rows = [{"school_id": one.school_id, "name": one.name, "district_id": one.district_id} for one in release.schools]
    if fresh := [row for row in rows if row["school_id"] not in known]:
        connection.execute(insert(school), fresh)
    renamed = update(school).where(visible_to(CLOCK, school), school.c.school_id == bindparam("key"))
    renamed = renamed.values(name=bindparam("title"), district_id=bindparam("district"))
    old = [row for row in rows if row["school_id"] in known]
    if old:
        named = [{"key": row["school_id"], "title": row["name"], "district": row["district_id"]} for row in old]
        connection.execute(renamed, named)


def _add(connection: Connection, release: str, signals: list[Signal], moment: datetime) -> None:
    day = moment.date()
    due = clocks.first_check_due(day)
    _, absent = deputies_on(connection, CLOCK, day)
    rows: list[dict[str, Any]] = [
        {
            "sign_id": one.sign_id,
            "school_id": one.school_id,
            "wave": one.wave,
            "release": release,
            "unit_kind": one.unit_kind,
            "unit_id": one.unit_id,
            "rule_id": one.rule_id,
            "level": one.level,
            "kind": one.kind,
            "status": "new",
            "owner": absent[one.school_id].account if one.school_id in absent else "",
            "noticed_on": day,
            "due_on": due,
        }
        for one in signals
    ]
    if rows:
        connection.execute(insert(sign), rows)
        _note_all(connection, ((row, "notice", row["level"], "", "new") for row in rows), moment)


def _follow(connection: Connection, release: Release, held: dict[str, Any], moment: datetime) -> int:
    """A further release of the same wave may say something else; what people decided stays."""
    changes, lines = [], []
    for one in release.signals:
        row = held.get(one.sign_id)
        if row is None or (row.level, row.rule_id, row.kind) == (one.level, one.rule_id or row.rule_id, one.kind):
            continue
        values = {"level": one.level, "rule_id": one.rule_id or row.rule_id, "kind": one.kind, "release": release.name}
        changes.append((row, values))
        lines.append((row._mapping, "release", one.level, "", ""))
    _change_all(connection, changes)
    _note_all(connection, lines, moment)
    return len(lines)


def _remeasure(connection: Connection, release: Release, held: dict[str, Any], moment: datetime) -> int:
    """Signs of earlier waves that wait for a measurement, where this wave can be compared with the one before."""
    turns = {(one.unit_kind, one.unit_id): one.turn for one in release.signals if one.turn}
    changes, lines = [], []
    for row in held.values():
        turn = turns.get((row.unit_kind, row.unit_id), "")
        if row.wave < release.wave and row.status in WAITING and turn:
            changes.append((row, {"status": "remeasured"}))
            lines.append((row._mapping, "remeasure", turn, row.status, "remeasured"))
    _change_all(connection, changes)
    _note_all(connection, lines, moment)
    return len(lines)


def _strike(connection: Connection, day: date, moment: datetime) -> tuple[int, int]:
    """Unread past its day: to the standing deputy. Unchecked past its day: upward. Each once."""
    standing, _ = deputies_on(connection, CLOCK, day)
    mine = visible_to(CLOCK, sign), sign.c.status == "new"
    unread = select(sign).where(*mine, sign.c.read_on.is_(None), sign.c.escalated == "")
    late = [row for row in connection.execute(unread) if clocks.due("unread", row.noticed_on) < day]
    owners = [standing[row.school_id].account if row.school_id in standing else row.owner for row in late]
    changes = [(row, {"escalated": "deputy", "owner": owner}) for row, owner in zip(late, owners, strict=True)]
    _change_all(connection, changes)
    overdue = list(connection.execute(select(sign).where(*mine, sign.c.due_on < day, sign.c.escalated != "district")))
    _change_all(connection, [(row, {"escalated": "district"}) for row in overdue])
    to_deputy = [(row._mapping, "to_deputy", owner, "", "") for row, owner in zip(late, owners, strict=True)]
    _note_all(connection, [*to_deputy, *((row._mapping, "to_district", "", "", "") for row in overdue)], moment)
    return len(late), len(overdue)


def _change_all(connection: Connection, changes: list[tuple[Any, dict[str, Any]]]) -> None:
    """The clock's own changes, all of the same columns; who read a sign before finds a newer version of it."""
    if not changes:
        return
    fields: dict[str, Any] = {name: bindparam(f"to_{name}") for name in changes[0][1]}
    same = visible_to(CLOCK, sign), sign.c.sign_id == bindparam("key")
    rows = [{"key": row.sign_id} | {f"to_{name}": value for name, value in values.items()} for row, values in changes]
    connection.execute(update(sign).where(*same).values(version=sign.c.version + 1, **fields), rows)


def _note_all(connection: Connection, lines: Iterable[tuple[Any, str, str, str, str]], moment: datetime) -> None:
    rows = [
        {
            "subject": "sign",
            "subject_id": row["sign_id"],
            "school_id": row["school_id"],
            "at": moment,
            "by": CLOCK.name,
            "action": action,
            "text": text,
            "from_status": before,
            "to_status": after,
        }
        for row, action, text, before, after in lines
    ]
    if rows:
        connection.execute(insert(step), rows)
