"""Names and order of schools, grades and classes, as the release has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.desk import Desk

GRADE_UNIT = re.compile(r".+:g(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class Unit:
    """A unit of the class list in one wave. `position` is the order of its name (pinyin).

    A school's parent is its district; its cluster, into which small schools roll up, stands beside it.
    """

    kind: str
    id: str
    name: str
    parent: str
    cluster: str
    level: str
    boarding: bool
    rural: bool
    grade: int | None
    enrolled: int | None
    position: int


def build_units(desk: Desk, kind: str, wave: str | None = None) -> dict[str, Unit]:
    """Units of a kind in one wave (the release's own by default), by id, in order of their names."""
    units = [
        Unit(
            kind,
            row["unit_id"],
            unit_name(desk, kind, row["unit_id"], row["name"]),
            row["parent_id"] or "",
            row["cluster_id"] or "",
            row["level"] or "other",
            bool(row["boarding"]),
            bool(row["rural"]),
            None if row["grade"] is None else int(row["grade"]),
            None if row["enrolled"] is None else int(row["enrolled"]),
            int(row["position"]),
        )
        for row in desk.rows("pub_unit", wave=wave or desk.wave, unit_kind=kind)
    ]
    return {unit.id: unit for unit in sorted(units, key=lambda unit: (unit.grade or 0, _natural(unit)))}


def _natural(unit: Unit) -> tuple[object, ...]:
    """Order of the name, but class 10 after class 2 and grade 10 after grade 9: these go by their numbers."""
    numbered = {"class": unit.name, "grade": unit.id.rpartition(":")[2]}.get(unit.kind, "")
    numbers = tuple(int(digits) for digits in re.findall(r"\d+", numbered))
    return (*numbers, 10**6, unit.position)


def unit_name(desk: Desk, kind: str, unit_id: str, name: str | None) -> str:
    """The class list's name; a grade and a city that go by their ids get a word."""
    if name and name != unit_id:
        return name
    return desk.t("trend_page.city") if kind == "city" else grade_name(desk, unit_id)


def grade_name(desk: Desk, unit_id: str) -> str:
    """The word for a grade unit: "<school>:g7" or, merged with a neighbour, "<school>:g7-8"."""
    match = GRADE_UNIT.fullmatch(unit_id)
    if match is None:
        return unit_id
    first, last = match.groups()
    if last is None:
        return one_grade(desk, int(first))
    return desk.t("grade.merged", first=_numeral(desk, int(first)), last=_numeral(desk, int(last)))


def one_grade(desk: Desk, grade: int | None) -> str:
    """The word for one grade; in Chinese the tenth is the first of senior school."""
    if grade is None:
        return desk.t("classes.grade_unknown")
    if grade > 9 and desk.language == "zh_CN":
        return desk.t("grade.senior", grade=_numeral(desk, grade - 9))
    return desk.t("grade.one", grade=_numeral(desk, grade))


def _numeral(desk: Desk, number: int) -> str:
    numerals = desk.t("grade.numerals")
    return numerals[number - 1] if 1 <= number <= len(numerals) else str(number)


def wave_name(desk: Desk, wave: str) -> str:
    """2026-1 → spring 2026."""
    year, _, half = wave.partition("-")
    return desk.t("wave.spring" if half == "1" else "wave.autumn", year=year) if half else wave
