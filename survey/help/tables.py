"""Tables of the help store, as data/contracts/help_*.yml declares them (a test holds both to each other)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, LargeBinary, MetaData, String, Table

METADATA = MetaData()


def _table(name: str, *columns: Column) -> Table:
    # Without SQLite's row numbers, which would keep the order of writing.
    return Table(name, METADATA, *columns, sqlite_with_rowid=False)


school = _table(
    "help_school",
    Column("school_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("district_id", String, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("is_open", Boolean, nullable=False),
)
adult = _table(
    "help_adult",
    Column("adult_id", String, primary_key=True),
    Column("school_id", String, nullable=False),
    Column("role", String, nullable=False),
    Column("name", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("place", String, nullable=False),
    Column("hours", String, nullable=False),
    Column("outside", Boolean, nullable=False),
    Column("second", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("account", String, nullable=False),
    Column("public_key", LargeBinary),
    Column("private_key", LargeBinary),
)
lead = _table(
    "help_lead",
    Column("account", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("district_id", String, nullable=False),
)
slip = _table(
    "help_slip",
    Column("slip_id", LargeBinary, primary_key=True),
    Column("school_id", String, nullable=False),
    Column("written_on", Date, nullable=False),
    Column("letter", LargeBinary, nullable=False),
    Column("child_box", LargeBinary, nullable=False),
    Column("opened_on", Date),
    Column("handed_on", Date),
)
box = _table(
    "help_box",
    Column("slip_id", LargeBinary, primary_key=True),
    Column("adult_id", String, primary_key=True),
    Column("box", LargeBinary, nullable=False),
)
answer = _table(
    "help_answer",
    Column("answer_id", LargeBinary, primary_key=True),
    Column("slip_id", LargeBinary, nullable=False),
    Column("written_on", Date, nullable=False),
    Column("letter", LargeBinary, nullable=False),
)
SLIPS = (slip, box, answer)
