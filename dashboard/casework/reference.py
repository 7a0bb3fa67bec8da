"""Reference numbers: what a file goes by instead of a name. 2026-0007 is the school's seventh of 2026."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select

from dashboard.casework.scope import visible_to
from dashboard.viewer import Viewer


def next_ref(connection: Connection, viewer: Viewer, table: Table, year: int) -> str:
    """The school's next number of a year in cases or incidents; two at once meet at the table's unique key."""
    last = select(func.max(table.c.ref)).where(visible_to(viewer, table), table.c.ref.like(f"{year}-%"))
    found = connection.execute(last).scalar()
    return f"{year}-{int(found.partition('-')[2]) + 1 if found else 1:04d}"
