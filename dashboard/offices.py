"""What an adult's office is called, where the class list gives its code (data/reference/roles.yml)."""

from __future__ import annotations

from functools import cache

import yaml

from dashboard.settings import REFERENCE


@cache
def read_offices() -> dict[str, str]:
    """Chinese names of the offices by code; a school's own words aren't in it."""
    roles = yaml.safe_load((REFERENCE / "roles.yml").read_text(encoding="utf-8"))["roles"]
    return {code: names["zh"] for code, names in roles.items()}
