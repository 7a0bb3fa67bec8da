"""The tables of the intake, the same on SQLite and PostgreSQL. A test holds every column against an allow-list.

There is no time, sequence, slip number, address, device or duration here, and no row knows another one.
A wave has its own files (SQLite) or its own schema (PostgreSQL). SQLite: the book is one small file of the wave; each
school has a shelf of its own, so that one transaction spends a code and stores its envelope.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, LargeBinary, MetaData, SmallInteger, Table, Text

TABLES = MetaData()

# One row; on SQLite every shelf has a copy, so that a post and the wave's close meet in one transaction.
wave = Table(
    "wave",
    TABLES,
    Column("wave_id", Text, primary_key=True),
    Column("instrument_hash", Text, nullable=False),
    Column("instrument_json", Text, nullable=False),  # empty on the shelves
    Column("public_key", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    sqlite_with_rowid=False,
)

# One row per code ever issued. Void is spent without a reply: nobody can hand in with it, or repeat.
access_code = Table(
    "access_code",
    TABLES,
    Column("code_mac", LargeBinary, primary_key=True),
    Column("wave_id", Text, nullable=False),
    Column("class_id", Text, nullable=False),
    Column("spent", SmallInteger, nullable=False),
    Column("replay_mac", LargeBinary),
    sqlite_with_rowid=False,
)

# One row per sheet handed in, under a random id.
sealed = Table(
    "sealed",
    TABLES,
    Column("envelope_id", LargeBinary, primary_key=True),
    Column("wave_id", Text, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# One row per sheet handed in, under a random id of its own: the coarse self-descriptions, without a class.
apart = Table(
    "apart",
    TABLES,
    Column("envelope_id", LargeBinary, primary_key=True),
    Column("wave_id", Text, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# One row per class; moves by ten submissions or more, or at close.
meter = Table(
    "meter",
    TABLES,
    Column("wave_id", Text, nullable=False),
    Column("class_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    sqlite_with_rowid=False,
)

# One row per class.
class_label = Table(
    "class_label",
    TABLES,
    Column("class_id", Text, primary_key=True),
    Column("school_id", Text, nullable=False),
    Column("class_name", Text, nullable=False),
    Column("band", Text, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("enrolled", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# One row per school: what the form and the slips say of it. Lists and mappings as JSON.
school_label = Table(
    "school_label",
    TABLES,
    Column("school_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("district_id", Text, nullable=False),
    Column("bands", Text, nullable=False),
    Column("contacts", Text, nullable=False),
    Column("places", Text, nullable=False),
    sqlite_with_rowid=False,
)

SHELF = (wave, access_code, sealed, apart)
BOOK = (wave, meter, class_label, school_label)
EVERY = (wave, access_code, sealed, apart, meter, class_label, school_label)
