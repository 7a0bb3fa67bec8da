"""Who is looking: the one value that decides which file may be opened."""

from __future__ import annotations

import re
from dataclasses import dataclass

ROLES = ("counselor", "lead", "district", "bureau")
SCOPE = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True)
class Viewer:
    """A signed-in person. `scope` is a school for a counselor or a safeguarding lead, a district for a district, empty
    for the bureau."""

    name: str
    role: str
    scope: str


def check_scope(role: str, scope: str) -> None:
    """Raise ValueError unless role and scope fit together; the scope becomes part of a file's name."""
    if role not in ROLES:
        raise ValueError(f"role is one of {', '.join(ROLES)}")
    if role == "bureau":
        if scope:
            raise ValueError("the bureau has no scope: it sees every school")
    elif not SCOPE.fullmatch(scope):
        raise ValueError(f"a {role} needs a scope: the id of its {'district' if role == 'district' else 'school'}")


def audience_of(viewer: Viewer) -> str:
    """Name of the one published file this viewer may read."""
    check_scope(viewer.role, viewer.scope)
    prefix = {"counselor": "school_", "lead": "lead_", "district": "district_", "bureau": "bureau"}[viewer.role]
    return prefix + viewer.scope
