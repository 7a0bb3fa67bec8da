"""What the rules say beside a form: the grades of a case, the committee's seats. Data, never a computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml

from dashboard.settings import REFERENCE


@dataclass(frozen=True)
class Grade:
    """One grade with the text of its rule, by language (zh, en)."""

    code: str
    name: Mapping[str, str]
    rule: Mapping[str, str]


@dataclass(frozen=True)
class Grading:
    """The grades, lightest first, what they rest on, and when a lawyer confirmed the wording."""

    grades: tuple[Grade, ...]
    source: Mapping[str, str]
    checked_by_counsel: date | None


@dataclass(frozen=True)
class Seat:
    """A role on the committee: at least so many, at these school levels (none: all)."""

    code: str
    least: int
    levels: tuple[str, ...]
    name: Mapping[str, str]


@cache
def read_grading() -> Grading:
    held = _read("grading.yml")
    grades = tuple(Grade(code, entry["name"], entry["rule"]) for code, entry in held["grades"].items())
    return Grading(grades, held["source"], held["checked_by_counsel"])


@cache
def read_seats() -> tuple[Seat, ...]:
    roles = _read("committee.yml")["roles"]
    return tuple(
        Seat(code, role["least"], tuple(role.get("levels", ())), {"zh": role["zh"], "en": role["en"]})
        for code, role in roles.items()
    )


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((REFERENCE / name).read_text(encoding="utf-8"))
