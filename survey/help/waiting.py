"""Slips that wait: counted per school, told to those who must know, without a word of what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, select

from survey.help.adults import Adult, read_adults
from survey.help.tables import lead, school, slip
from survey.help.workdays import Calendar, has_waited


@dataclass(frozen=True)
class SchoolSlips:
    """`unopened` slips of a school; `waiting`: of those, beyond one school day; `handed`: to the second adult."""

    school_id: str
    name: str
    district_id: str
    is_open: bool
    unopened: int
    waiting: int
    handed: int


@dataclass(frozen=True)
class Notice:
    """One line for one person's own channel. `reason` is a key of the catalogue: lead, second or new."""

    account: str
    name: str
    phone: str
    reason: str


def count_slips(store: Engine, today: date, calendar: Calendar) -> list[SchoolSlips]:
    """One row per school."""
    unopened = select(slip.c.school_id, slip.c.written_on, slip.c.handed_on).where(slip.c.opened_on.is_(None))
    with store.connect() as connection:
        schools = connection.execute(select(school).order_by(school.c.school_id)).all()
        rows = connection.execute(unopened).all()
    counted = []
    for held in schools:
        mine = [row for row in rows if row.school_id == held.school_id]
        waiting = sum(has_waited(row.written_on, today, calendar) for row in mine)
        handed = sum(row.handed_on is not None for row in mine)
        counted.append(
            SchoolSlips(held.school_id, held.name, held.district_id, bool(held.is_open), len(mine), waiting, handed)
        )
    return counted


def list_notices(store: Engine, today: date, calendar: Calendar) -> list[Notice]:
    """One row per person who has to be told: leads and second adults of what waits, every reader of what is new."""
    counts = count_slips(store, today, calendar)
    with store.connect() as connection:
        leads = connection.execute(select(lead).order_by(lead.c.account)).all()
        people = read_adults(connection)
    late = {row.district_id for row in counts if row.waiting}
    told = [
        Notice(row.account, row.name, row.phone, "lead")
        for row in leads
        if (late if not row.district_id else row.district_id in late)
    ]
    by_school = {row.school_id: row for row in counts if row.unopened}
    return told + [_notice(person, by_school[person.school_id]) for person in people if _is_told(person, by_school)]


def _is_told(person: Adult, by_school: dict[str, SchoolSlips]) -> bool:
    return person.active and person.public_key is not None and person.school_id in by_school


def _notice(person: Adult, slips: SchoolSlips) -> Notice:
    reason = "second" if person.second and (slips.waiting or slips.handed) else "new"
    return Notice(person.account, person.name, person.phone, reason)
