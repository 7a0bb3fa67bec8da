"""How far answers can be trusted: a letter and its parts, as released; never what the answers say."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk

PARTS = ("coverage", "speed", "copies", "honesty", "gap")
TABLES = {"class": ("pub_class_wave_credibility", "class_id"), "school": ("pub_school_wave_credibility", "school_id")}


@dataclass(frozen=True)
class Credibility:
    """A letter A to D, and for each part good, fair, poor or unknown. D is no conclusion, never good."""

    letter: str
    parts: dict[str, str]


def build_credibility(desk: Desk, kind: str, wave: str | None = None) -> dict[str, Credibility]:
    """Unit id → credibility in one wave; empty where the release is older than the letters."""
    table, key = TABLES[kind]
    if not desk.has(table):
        return {}
    held = desk.rows(table, wave=wave or desk.wave)
    return {row[key]: Credibility(row["letter"], {part: row[part] for part in PARTS}) for row in held}
