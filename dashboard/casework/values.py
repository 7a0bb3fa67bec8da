"""What casework is made of, as frozen values. No child's name anywhere; a case goes by its reference number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

TIMER = "anxin"  # by whom the clock's own steps are
SIGN_STATUSES = ("new", "checked", "watched", "measures", "case", "remeasured", "closed")
CASE_STATUSES = ("inquiry", "judged", "measures", "closed")
OUTCOMES = ("founded", "unfounded", "unclear")
JUDGEMENTS = ("bullying", "not_bullying", "unclear")
INCIDENT_KINDS = ("first", "followup", "final")
ACTIVITY_KINDS = ("lesson", "training", "convention", "safety_pupils", "check", "camera", "duty", "letter")
TURNS = ("rose", "stayed", "fell", "cannot_tell")

# status → where a person may move it; the first check and reopening have functions of their own
SIGN_MOVES = {
    "new": ("checked",),
    "checked": ("watched", "measures", "case"),
    "watched": ("measures", "case", "remeasured", "closed"),
    "measures": ("watched", "case", "remeasured"),
    "case": ("measures", "remeasured"),
    "remeasured": ("watched", "measures", "case", "closed"),
    "closed": ("checked",),
}
CASE_MOVES = {
    "inquiry": ("judged",),
    "judged": ("measures", "closed"),
    "measures": ("closed",),
    "closed": (),
}


@dataclass(frozen=True)
class Sign:
    """A warning sign as a task of its school: one per unit and wave.

    `level` and `kind` are the release's; a class that allows no conclusion because too few or too many answered has
    level and rule `no_conclusion` and kind "". `due_on` is the house's deadline of the first check. `owner` is an
    account, "" for the school's counselors together. `escalated` is "", "deputy" or "district".
    """

    sign_id: str
    school_id: str
    wave: str
    release: str
    unit_kind: str
    unit_id: str
    rule_id: str
    level: str
    kind: str
    status: str
    owner: str
    noticed_on: date
    due_on: date
    read_on: date | None
    checked_on: date | None
    closed_on: date | None
    outcome: str
    escalated: str
    version: int

    @property
    def is_open(self) -> bool:
        return self.status != "closed"


@dataclass(frozen=True)
class Step:
    """One line of history, never changed. `on` and `role`: when and by whose office parents were told."""

    step_id: int
    subject: str
    subject_id: str
    school_id: str
    at: datetime
    by: str
    action: str
    text: str
    from_status: str
    to_status: str
    on: date | None
    role: str


@dataclass(frozen=True)
class Measure:
    """What was decided, and what it should move: a class, grade or place by one indicator, seen from `wave` on.

    For a place, `moves_id` is a place group and `indicator` is happens or avoided; a grade × place has `moves_id`
    "<grade_id>/<place_group>" and moves_kind grade_place. `decided_by` is an office, not an account. `due_on`: by when
    the school means to be done, None where it set no day.
    """

    measure_id: int
    school_id: str
    sign_id: str
    case_id: str
    what: str
    moves_kind: str
    moves_id: str
    indicator: str
    wave: str
    begun_on: date
    due_on: date | None
    done_on: date | None
    decided_by: str

    def is_late(self, today: date) -> bool:
        """Past its day and not done; done late is done."""
        return self.done_on is None and self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class Turn:
    """what the next comparable release says of what a measure should move; `wave` "" while there is none."""

    direction: str
    wave: str


@dataclass(frozen=True)
class Case:
    """A file of its own for one event: inquiry → judged → measures → closed; a review may be asked for.

    `judgement` and `severity` record what the school's committee decided: this software finds nothing.
    """

    case_id: str
    ref: str
    school_id: str
    sign_id: str
    status: str
    opened_on: date
    inquiry_due: date
    judged_on: date | None
    judgement: str
    severity: str
    review_asked_on: date | None
    review_due: date | None
    review_answered_on: date | None
    closed_on: date | None
    version: int


@dataclass(frozen=True)
class IncidentTold:
    """What a report says: time, place, cause, course, people as counts, measures (M12)."""

    happened_on: date
    place: str
    cause: str
    course: str
    people_hurt: int
    people_acting: int
    people_seeing: int
    measures: str


@dataclass(frozen=True)
class IncidentDraft(IncidentTold):
    """A report before it is kept."""

    kind: str = "first"
    case_id: str = ""


@dataclass(frozen=True)
class Incident(IncidentTold):
    """One version of an incident report; `supersedes` is the number before it, 0 for the first report.

    `next_due` is when the next follow-up is due; None once the final report is in.
    """

    incident_id: str
    ref: str
    school_id: str
    case_id: str
    version_no: int
    supersedes: int
    kind: str
    reported_on: date
    reported_by: str
    report_due: date
    next_due: date | None


@dataclass(frozen=True)
class Activity:
    """A lesson, training, class convention, safety pupils, check, camera, duty roster or letter (M8, M17)."""

    activity_id: int
    school_id: str
    kind: str
    on: date
    what: str
    people: int
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """A picture kept by the hash of its cleaned content."""

    evidence_id: str
    school_id: str
    media: str
    size: int
    kept_on: date


@dataclass(frozen=True)
class Member:
    """Someone on the school's committee (M11); a student member has no name here."""

    member_id: int
    school_id: str
    role: str
    name: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Deputy:
    """Who steps in: the standing one when a sign stays unread, another as owner of new signs during an absence."""

    deputy_id: int
    school_id: str
    account: str
    name: str
    phone: str
    since: date
    until: date | None
    standing: bool


@dataclass(frozen=True)
class Count:
    """How many of a school's signs or cases; `kind` is the sign's kind or the case's judgement."""

    subject: str
    kind: str
    status: str
    number: int


@dataclass(frozen=True)
class ClockCount:
    """How a clock was kept: in time, late, still running, past its day and open."""

    clock: str
    met: int
    missed: int
    running: int
    overdue: int

    @property
    def is_begun(self) -> bool:
        return bool(self.met or self.missed or self.running or self.overdue)


def add_clocks(name: str, clocks: Iterable[ClockCount]) -> ClockCount:
    """How several clocks, or one clock of several schools, were kept together."""
    held = [(one.met, one.missed, one.running, one.overdue) for one in clocks]
    return ClockCount(name, *(sum(states) for states in zip((0, 0, 0, 0), *held, strict=True)))


@dataclass(frozen=True)
class SchoolCounts:
    """What the bureau sees of one school's casework: counts and clocks, no class, no text, no sign."""

    school_id: str
    name: str
    district_id: str
    counts: tuple[Count, ...]
    clocks: tuple[ClockCount, ...]

    def number(self, subject: str, *statuses: str) -> int:
        """How many signs, cases or incidents (in these states). A class that allows no conclusion is no sign."""
        held = [one for one in self.counts if one.subject == subject and (one.kind or subject != "sign")]
        return sum(one.number for one in held if not statuses or one.status in statuses)


@dataclass(frozen=True)
class SchoolActions:
    """What the bureau sees of one school's daily work: numbers of activities by kind, of seats by role, of measures.

    `check_days`: calendar days from a sign's notice to its first check, the middle one of the wave; None without any.
    `looked_back`: measures of waves before the one asked for, on which a later wave has spoken.
    """

    school_id: str
    activities: Mapping[str, int]
    seats: Mapping[str, int]
    check_days: int | None
    measures: int
    done: int
    looked_back: int


@dataclass(frozen=True)
class RuleOutcome:
    """False-alarm ledger: how the signs of a rule were judged at the first check. It moves no threshold by itself."""

    rule_id: str
    founded: int
    unfounded: int
    unclear: int
    unchecked: int

    @property
    def share_unfounded(self) -> float | None:
        """Of the signs judged one way or the other; None while there is none."""
        judged = self.founded + self.unfounded
        return self.unfounded / judged if judged else None
