"""The casework store's tables. Every row belongs to one school; no table has a column for a child's name."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = MetaData(naming_convention=NAMING)


def _school() -> Column[str]:
    return Column("school_id", String(40), nullable=False, index=True)


def _text(name: str, length: int) -> Column[str]:
    return Column(name, String(length), nullable=False, default="")


# One row per school that a release named, so that a district's schools can be counted.
school = Table(
    "school",
    METADATA,
    Column("school_id", String(40), primary_key=True),
    _text("name", 200),
    Column("district_id", String(40), nullable=False, index=True),
)

# One row per release whose signs were taken over.
taken = Table(
    "taken",
    METADATA,
    Column("release", String(60), primary_key=True),
    Column("taken_on", Date, nullable=False),
)

sign = Table(
    "sign",
    METADATA,
    Column("sign_id", String(120), primary_key=True),
    _school(),
    Column("wave", String(10), nullable=False),
    Column("release", String(60), nullable=False),
    Column("unit_kind", String(10), nullable=False),
    Column("unit_id", String(80), nullable=False),
    Column("rule_id", String(40), nullable=False),
    Column("level", String(20), nullable=False),
    _text("kind", 20),
    Column("status", String(12), nullable=False),
    _text("owner", 40),
    Column("noticed_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("read_on", Date),
    Column("checked_on", Date),
    Column("closed_on", Date),
    _text("outcome", 12),
    _text("escalated", 10),
    Column("version", Integer, nullable=False, default=1),
    UniqueConstraint("school_id", "wave", "unit_kind", "unit_id"),
    Index("ix_sign_status_due_on", "status", "due_on"),
)

case = Table(
    "case_file",
    METADATA,
    Column("case_id", String(80), primary_key=True),
    Column("ref", String(20), nullable=False),
    _school(),
    _text("sign_id", 120),
    Column("status", String(12), nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("inquiry_due", Date, nullable=False),
    Column("judged_on", Date),
    _text("judgement", 20),
    _text("severity", 20),
    Column("review_asked_on", Date),
    Column("review_due", Date),
    Column("review_answered_on", Date),
    Column("closed_on", Date),
    Column("version", Integer, nullable=False, default=1),
    UniqueConstraint("school_id", "ref"),
)

# One row per thing that happened to a sign, a case or an incident. Never changed, never deleted.
step = Table(
    "step",
    METADATA,
    Column("step_id", Integer, primary_key=True),
    Column("subject", String(10), nullable=False),
    Column("subject_id", String(120), nullable=False),
    _school(),
    Column("at", DateTime, nullable=False),
    Column("by", String(40), nullable=False),
    Column("action", String(20), nullable=False),
    Column("text", Text, nullable=False),
    _text("from_status", 12),
    _text("to_status", 12),
    Column("on", Date),
    _text("role", 40),
    Index("ix_step_subject_subject_id", "subject", "subject_id"),
)

measure = Table(
    "measure",
    METADATA,
    Column("measure_id", Integer, primary_key=True),
    _school(),
    _text("sign_id", 120),
    _text("case_id", 80),
    Column("what", Text, nullable=False),
    Column("moves_kind", String(12), nullable=False),
    Column("moves_id", String(120), nullable=False),
    Column("indicator", String(40), nullable=False),
    Column("wave", String(10), nullable=False),
    Column("begun_on", Date, nullable=False),
    Column("due_on", Date),
    Column("done_on", Date),
    Column("decided_by", String(40), nullable=False),
)

# One row per version of an incident report: a version is never changed, a new one supersedes it.
incident = Table(
    "incident",
    METADATA,
    Column("incident_id", String(80), primary_key=True),
    Column("version_no", Integer, primary_key=True),
    Column("ref", String(20), nullable=False),
    _school(),
    _text("case_id", 80),
    Column("supersedes", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("place", String(200), nullable=False),
    Column("cause", Text, nullable=False),
    Column("course", Text, nullable=False),
    Column("people_hurt", Integer, nullable=False),
    Column("people_acting", Integer, nullable=False),
    Column("people_seeing", Integer, nullable=False),
    Column("measures", Text, nullable=False),
    Column("reported_on", Date, nullable=False),
    Column("reported_by", String(40), nullable=False),
    Column("report_due", Date, nullable=False),
    Column("next_due", Date),
    CheckConstraint("people_hurt >= 0 AND people_acting >= 0 AND people_seeing >= 0", name="people"),
)

activity = Table(
    "activity",
    METADATA,
    Column("activity_id", Integer, primary_key=True),
    _school(),
    Column("kind", String(20), nullable=False),
    Column("on", Date, nullable=False),
    Column("what", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("noted_by", String(40), nullable=False),
    CheckConstraint("people >= 0", name="people"),
)

# One row per picture or PDF of a school, by the hash of its cleaned content.
evidence = Table(
    "evidence",
    METADATA,
    Column("evidence_id", String(64), primary_key=True),
    Column("school_id", String(40), primary_key=True),
    Column("media", String(20), nullable=False),
    Column("size", Integer, nullable=False),
    Column("kept_on", Date, nullable=False),
    Column("kept_by", String(40), nullable=False),
)

activity_evidence = Table(
    "activity_evidence",
    METADATA,
    Column("activity_id", Integer, primary_key=True),
    Column("evidence_id", String(64), primary_key=True),
    _school(),
)

member = Table(
    "member",
    METADATA,
    Column("member_id", Integer, primary_key=True),
    _school(),
    Column("role", String(20), nullable=False),
    _text("name", 40),
    Column("since", Date, nullable=False),
    Column("until", Date),
)

deputy = Table(
    "deputy",
    METADATA,
    Column("deputy_id", Integer, primary_key=True),
    _school(),
    Column("account", String(40), nullable=False),
    _text("name", 40),
    _text("phone", 30),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("standing", Boolean, nullable=False, default=False),
)

# Written once: no row may be changed. From every table but `taken`, no row may be taken away.
HISTORY = ("step", "incident", "evidence", "activity", "activity_evidence")
KEPT = ("school", "sign", "case_file", "measure", "member", "deputy", *HISTORY)
