"""The six implementations and seven fields of the check (data/reference/annual.yml): done, partly, not done, no record.

A field is as good as what stands in the release, the log, the roster and the clocks; nothing is taken on trust, and
what nobody wrote down is "no record", which is neither done nor left undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from dashboard.casework.values import ACTIVITY_KINDS
from dashboard.desk import Desk
from dashboard.reading.board import LEGAL, Acted
from dashboard.settings import REFERENCE

LISTS = ("six", "seven")
STATES = ("done", "partly", "not_done", "no_record")
CLOCKS = ("first_check", *LEGAL)
RELEASED = {"places": "pub_school_wave_place", "times": "pub_school_wave_place_time"}


@dataclass(frozen=True)
class Field:
    """One implementation or field: its name by language (zh, en) and the codes of what counts as evidence."""

    code: str
    name: Mapping[str, str]
    evidence: tuple[str, ...]


@cache
def read_fields() -> dict[str, tuple[Field, ...]]:
    """six and seven, in the plan's order."""
    held = yaml.safe_load((REFERENCE / "annual.yml").read_text(encoding="utf-8"))
    return {
        name: tuple(
            Field(code, {"zh": entry["zh"], "en": entry["en"]}, tuple(entry["evidence"]))
            for code, entry in held[name].items()
        )
        for name in LISTS
    }


def build_looked(desk: Desk) -> dict[str, frozenset[str]]:
    """places and times → schools for which the release shows at least one of them in this wave."""
    found = {}
    for code, table in RELEASED.items():
        held = desk.rows(table, wave=desk.wave)
        found[code] = frozenset(row["school_id"] for row in held if row["lo"] is not None)
    return found


def state_of(field: Field, acted: Acted, looked: Mapping[str, frozenset[str]]) -> str:
    """One of STATES, from all evidence that the field names."""
    held = {_evidence(code, acted, looked) for code in field.evidence} - {"no_record"}
    if len(held) > 1:
        return "partly"
    return held.pop() if held else "no_record"


def _evidence(code: str, acted: Acted, looked: Mapping[str, frozenset[str]]) -> str:
    if code in ACTIVITY_KINDS:
        return _activity(code, acted)
    if code in CLOCKS:
        return _clock(code, acted)
    if code == "coverage":
        return "not_done" if acted.coverage.state in ("missing", "low") else "done"
    if code == "committee":
        return {"complete": "done", "incomplete": "not_done", "none": "no_record"}[acted.committee]
    if code in RELEASED:
        return "done" if acted.unit.id in looked[code] else "no_record"
    kept = {"cases": acted.number("case"), "measures": acted.actions.measures if acted.actions else 0}
    return "done" if kept[code] else "no_record"


def _activity(kind: str, acted: Acted) -> str:
    """A log that is kept and lacks this kind says "not done"; a log without a line says nothing."""
    if acted.times(kind):
        return "done"
    return "not_done" if acted.actions and acted.actions.activities else "no_record"


def _clock(name: str, acted: Acted) -> str:
    clock = acted.clock(name)
    if clock.overdue:
        return "not_done"
    return "done" if clock.met + clock.missed else "no_record"
