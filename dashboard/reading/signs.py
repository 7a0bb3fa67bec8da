"""Warning signs and class states of the viewer's own school."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.look import LEVELS
from dashboard.published import Row
from dashboard.reading.units import Unit, build_units

SIGNS = ("urgent", "warning", "watch")
CARRYING = "frequent"  # what students say of themselves; a first sign is raised without it


@dataclass(frozen=True)
class Reason:
    """One indicator beside a sign: its band against the line, as released."""

    indicator: str
    band: int | None
    e1: int | None
    e2: int | None


@dataclass(frozen=True)
class ClassState:
    """What the release says about a class in one wave. `below`: carrying indicators that a first sign lacks."""

    id: str
    name: str
    grade: int | None
    level: str
    kind: str | None
    rule: str | None
    raised: tuple[Reason, ...]
    below: tuple[Reason, ...]
    chance: float | None
    trend: str | None
    silence: str | None


def build_states(desk: Desk, wave: str | None = None) -> list[ClassState]:
    """States of the school's classes in a wave, in order of grade and name."""
    wave = wave or desk.wave
    classes = build_units(desk, "class", wave)
    by_class = {row["class_id"]: row for row in desk.rows("pub_class_wave_signal", wave=wave)}
    reasons = _reasons(desk, wave)
    return [_state(desk, unit, by_class.get(unit.id, {}), reasons.get(unit.id, {})) for unit in classes.values()]


def sort_by_level(states: list[ClassState]) -> list[ClassState]:
    """Most urgent first; within a level the order of grade and name stays."""
    return sorted(states, key=lambda state: LEVELS.index(state.level))


def _state(desk: Desk, unit: Unit, row: Row, reasons: dict[str, Reason]) -> ClassState:
    carrying = reasons.get(CARRYING)
    is_first = row.get("kind") == "first_signs" and carrying is not None and carrying.band == 0
    codes = [code for code in (row.get("raised") or "").split(",") if code]
    return ClassState(
        id=unit.id,
        name=unit.name,
        grade=unit.grade,
        level=row.get("level") or "no_conclusion",
        kind=row.get("kind"),
        rule=row.get("rule_id"),
        raised=tuple(reasons.get(code, Reason(code, None, None, None)) for code in codes),
        below=(carrying,) if is_first and carrying else (),
        chance=row.get("declared_chance"),
        trend=row.get("trend"),
        silence=row.get("reason") or (None if row.get("level") not in (None, "no_conclusion") else "unknown"),
    )


def _reasons(desk: Desk, wave: str) -> dict[str, dict[str, Reason]]:
    found: dict[str, dict[str, Reason]] = {}
    for row in desk.rows("pub_class_wave_indicator", wave=wave):
        band, e1, e2 = (None if row[key] is None else int(row[key]) for key in ("band", "e1", "e2"))
        found.setdefault(row["class_id"], {})[row["indicator"]] = Reason(row["indicator"], band, e1, e2)
    return found
