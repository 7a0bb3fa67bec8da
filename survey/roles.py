"""What a contact's office is called on screen and paper."""

from __future__ import annotations

from functools import cache

import yaml

from survey.settings import REFERENCE


@cache
def read_roles() -> dict[str, dict[str, str]]:
    """Names of the offices that have a code, by code and language (zh, en)."""
    roles: dict[str, dict[str, str]] = yaml.safe_load((REFERENCE / "roles.yml").read_text(encoding="utf-8"))["roles"]
    return roles


def role_name(role: str, language: str) -> str:
    """A coded office in the language (Chinese where there is no name in it); a school's own words as they are."""
    names = read_roles().get(role, {})
    return names.get(language) or names.get("zh", role)
