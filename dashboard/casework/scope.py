"""Who may see what of casework: the one condition beneath every query.

A school's counselors see their school's rows. District and bureau see no row: only `counts` asks for them, with
`counted_for`, and hands out numbers per school. The clock (timer, export) sees all. Nobody else sees anything.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, false, select, true

from dashboard.casework import tables
from dashboard.casework.problems import Refused
from dashboard.casework.values import TIMER
from dashboard.viewer import Viewer

CLOCK = Viewer(TIMER, "clock", "")
NOBODY, ALL = "", "*"


def visible_to(viewer: Viewer, table: Table) -> ColumnElement[bool]:
    """Rows of a table that this viewer may read or change."""
    if viewer == CLOCK:
        return true()
    if viewer.role == "counselor" and viewer.scope:
        return table.c.school_id == viewer.scope
    return false()


def counted_for(viewer: Viewer, table: Table) -> ColumnElement[bool]:
    """Rows of a table that may be counted for this viewer, school by school."""
    if viewer.role == "bureau":
        return true()
    if viewer.role == "district" and viewer.scope:
        mine = select(tables.school.c.school_id).where(tables.school.c.district_id == viewer.scope)
        return table.c.school_id.in_(mine)
    return visible_to(viewer, table)


def reach(viewer: Viewer) -> str:
    """What PostgreSQL's row security is told: a school, all (who counts), or nobody."""
    if viewer == CLOCK or viewer.role in ("bureau", "district"):
        return ALL
    return viewer.scope if viewer.role == "counselor" else NOBODY


def own_school(viewer: Viewer) -> str:
    """The school whose casework this viewer writes; Refused for everyone but its counselors."""
    if viewer.role != "counselor" or not viewer.scope:
        raise Refused("not_yours")
    return viewer.scope
