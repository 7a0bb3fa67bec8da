"""Who else looks after a school: the accounts that a sign may be handed to."""

from __future__ import annotations

from sqlalchemy import select

from dashboard import store
from dashboard.viewer import Viewer


def list_colleagues(viewer: Viewer) -> list[str]:
    """Names of the active counselor accounts of the viewer's school, the viewer left out, in order."""
    a = store.account.c
    query = select(a.name).where(a.role == "counselor", a.scope == viewer.scope, a.active == 1, a.name != viewer.name)
    with store.engine().connect() as connection:
        return list(connection.execute(query.order_by(a.name)).scalars())
