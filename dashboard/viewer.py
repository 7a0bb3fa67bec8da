"""Who is looking: the one value that decides which file may be opened."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.refused import Refused

ROLES = ("counselor", "lead", "office", "district", "bureau", "auditor", "operator")
WITHOUT_SCOPE = ("bureau", "auditor", "operator")
FILES = {"counselor": "school_", "lead": "lead_", "district": "district_", "bureau": "bureau"}
SCOPE = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True)
class Viewer:
    """A signed-in person. `scope` is a school for a counselor, a safeguarding lead or a school's office, a district for
    a district, empty for the bureau, an auditor and an operator."""

    name: str
    role: str
    scope: str


def check_scope(role: str, scope: str) -> None:
    """Raise Refused unless role and scope fit together; the scope becomes part of a file's name."""
    if role not in ROLES:
        raise Refused("command.role", roles=", ".join(ROLES))
    if role in WITHOUT_SCOPE:
        if scope:
            raise Refused("command.no_scope", role=role)
    elif not SCOPE.fullmatch(scope):
        raise Refused("command.scope_of_district" if role == "district" else "command.scope_of_school", role=role)


def audience_of(viewer: Viewer) -> str:
    """Name of the one published file this viewer may read. Office, auditor and operator read what all may read."""
    check_scope(viewer.role, viewer.scope)
    prefix = FILES.get(viewer.role)
    return "public" if prefix is None else prefix + viewer.scope
