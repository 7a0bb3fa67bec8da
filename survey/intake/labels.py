"""The values that go into the intake and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from survey.sheets import Answer

OPEN, CLOSED, EXPORTED, WIPED = "open", "closed", "exported", "wiped"
NOT_BEGUN, UNDER_WAY, NEARLY_COMPLETE = "not_begun", "under_way", "nearly_complete"


@dataclass(frozen=True)
class Contact:
    """Someone a student can turn to."""

    role: str
    name: str
    phone: str
    place: str = ""
    hours: str = ""
    outside: bool = False


@dataclass(frozen=True)
class SchoolLabel:
    """What the form and the slips say of a school. `places`: code → what the school calls it."""

    school_id: str
    name: str
    district_id: str
    bands: tuple[str, ...]
    contacts: tuple[Contact, ...]
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassLabel:
    """`enrolled`: students on the class list."""

    class_id: str
    school_id: str
    class_name: str
    band: str
    grade: int
    enrolled: int


@dataclass(frozen=True)
class WaveState:
    """`state`: open, closed, exported or wiped. A wiped wave has lost its instrument's text."""

    wave: str
    state: str
    public_key: bytes
    opens: date
    closes: date
    instrument_hash: str
    instrument_json: str = field(repr=False)


class Outcome(Enum):
    """STORED and REPEATED are success. REFUSED says nothing about why."""

    STORED = "stored"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True)
class HandIn:
    """One form posted. `replay`: the form's own nonce, the same in every retry of the same form."""

    wave: str
    school_id: str
    band: str
    code: str = field(repr=False)
    replay: bytes = field(repr=False)
    answers: Mapping[str, Answer] = field(repr=False)
    apart: Mapping[str, Answer] = field(repr=False)


@dataclass(frozen=True)
class WipeProof:
    """What was looked at after a wipe. `found`: known bytes that were still there (must be 0).

    `beyond_reach`: what only the operator can destroy: "backups" always, "write_ahead_log" and "archive" with
    PostgreSQL.
    """

    wave: str
    store: str
    destroyed: int
    looked_for: int
    looked_through: int
    found: int
    beyond_reach: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return self.found == 0
