"""Whom a school's students can turn to: the adults its help slips go to, by office and name. No slip, no key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dashboard.help import ADULT, store
from dashboard.offices import read_offices


@dataclass(frozen=True)
class Adult:
    """An adult of a school's help slips; the second one steps in where the first does not."""

    office: str
    name: str
    second: bool


def find_adults(school_id: str) -> list[Adult]:
    """One row per adult of the school, the second one last; none where the store is not there or cannot be read."""
    engine = store()
    if engine is None:
        return []
    a = ADULT.c
    query = select(a.role, a.name, a.second).where(a.school_id == school_id).order_by(a.second, a.adult_id)
    try:
        with engine.connect() as connection:
            found = connection.execute(query).all()
    except SQLAlchemyError:
        return []
    return [Adult(read_offices().get(row.role, row.role), row.name, bool(row.second)) for row in found]
