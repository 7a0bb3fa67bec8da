"""The first tables, their guards, and PostgreSQL's row security."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WRITTEN_ONCE = ("step", "incident", "evidence", "activity", "activity_evidence")
KEPT = ("school", "sign", "case_file", "measure", "member", "deputy", *WRITTEN_ONCE)


def upgrade() -> None:
    for create in (
        create_school,
        create_taken,
        create_sign,
        create_case_file,
        create_step,
        create_measure,
        create_incident,
        create_activity,
        create_activity_evidence,
        create_deputy,
        create_evidence,
        create_member,
    ):
        create()
    if op.get_context().dialect.name == "postgresql":
        guard_postgresql()
    else:
        guard_sqlite()


def guard_sqlite() -> None:
    """History can't be changed, and nothing can be deleted, by whatever program opens the file."""
    refusals = [(table, "UPDATE") for table in WRITTEN_ONCE] + [(table, "DELETE") for table in KEPT]
    for table, verb in refusals:
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'casework is kept'); END"
        )


def guard_postgresql() -> None:
    """The same, and beneath every query a condition on the school that the session was opened for."""
    op.execute(
        "CREATE FUNCTION casework_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'casework is kept'; END $$"
    )
    for table in KEPT:
        verbs = "UPDATE OR DELETE" if table in WRITTEN_ONCE else "DELETE"
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION casework_is_kept()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION casework_is_kept()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_school ON {table} "
            "USING (current_setting('anxin.school', true) IN ('*', school_id)) "
            "WITH CHECK (current_setting('anxin.school', true) IN ('*', school_id))"
        )


def create_school() -> None:
    op.create_table(
        "school",
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("district_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_school")),
    )
    op.create_index(op.f("ix_school_district_id"), "school", ["district_id"])


def create_taken() -> None:
    op.create_table(
        "taken",
        sa.Column("release", sa.String(length=60), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("release", name=op.f("pk_taken")),
    )


def create_sign() -> None:
    op.create_table(
        "sign",
        sa.Column("sign_id", sa.String(length=120), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("wave", sa.String(length=10), nullable=False),
        sa.Column("release", sa.String(length=60), nullable=False),
        sa.Column("unit_kind", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.String(length=80), nullable=False),
        sa.Column("rule_id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("escalated", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sign_id", name=op.f("pk_sign")),
        sa.UniqueConstraint(
            "school_id", "wave", "unit_kind", "unit_id", name=op.f("uq_sign_school_id_wave_unit_kind_unit_id")
        ),
    )
    op.create_index(op.f("ix_sign_school_id"), "sign", ["school_id"])
    op.create_index("ix_sign_status_due_on", "sign", ["status", "due_on"])


def create_case_file() -> None:
    op.create_table(
        "case_file",
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("sign_id", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("inquiry_due", sa.Date(), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.Column("judgement", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("review_asked_on", sa.Date(), nullable=True),
        sa.Column("review_due", sa.Date(), nullable=True),
        sa.Column("review_answered_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("school_id", "ref", name=op.f("uq_case_file_school_id_ref")),
    )
    op.create_index(op.f("ix_case_file_school_id"), "case_file", ["school_id"])


def create_step() -> None:
    op.create_table(
        "step",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.String(length=120), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("from_status", sa.String(length=12), nullable=False),
        sa.Column("to_status", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_step")),
    )
    op.create_index(op.f("ix_step_school_id"), "step", ["school_id"])
    op.create_index("ix_step_subject_subject_id", "step", ["subject", "subject_id"])


def create_measure() -> None:
    op.create_table(
        "measure",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("sign_id", sa.String(length=120), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("moves_kind", sa.String(length=12), nullable=False),
        sa.Column("moves_id", sa.String(length=120), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("wave", sa.String(length=10), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("measure_id", name=op.f("pk_measure")),
    )
    op.create_index(op.f("ix_measure_school_id"), "measure", ["school_id"])


def create_incident() -> None:
    op.create_table(
        "incident",
        sa.Column("incident_id", sa.String(length=80), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("supersedes", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("people_hurt", sa.Integer(), nullable=False),
        sa.Column("people_acting", sa.Integer(), nullable=False),
        sa.Column("people_seeing", sa.Integer(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("reported_by", sa.String(length=40), nullable=False),
        sa.Column("report_due", sa.Date(), nullable=False),
        sa.Column("next_due", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "people_hurt >= 0 AND people_acting >= 0 AND people_seeing >= 0", name=op.f("ck_incident_people")
        ),
        sa.PrimaryKeyConstraint("incident_id", "version_no", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_school_id"), "incident", ["school_id"])


def create_activity() -> None:
    op.create_table(
        "activity",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("noted_by", sa.String(length=40), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_activity_people")),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_school_id"), "activity", ["school_id"])


def create_activity_evidence() -> None:
    op.create_table(
        "activity_evidence",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.String(length=64), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "evidence_id", name=op.f("pk_activity_evidence")),
    )
    op.create_index(op.f("ix_activity_evidence_school_id"), "activity_evidence", ["school_id"])


def create_deputy() -> None:
    op.create_table(
        "deputy",
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("deputy_id", name=op.f("pk_deputy")),
    )
    op.create_index(op.f("ix_deputy_school_id"), "deputy", ["school_id"])


def create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.String(length=64), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("media", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=False),
        sa.Column("kept_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("evidence_id", "school_id", name=op.f("pk_evidence")),
    )


def create_member() -> None:
    op.create_table(
        "member",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member")),
    )
    op.create_index(op.f("ix_member_school_id"), "member", ["school_id"])
