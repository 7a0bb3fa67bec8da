"""What the store has room for: nothing by which a sheet could be joined to a moment, a place in line or a device."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_wave import WAVE, open_small_wave
from sqlalchemy import inspect

from survey.intake import Intake, close_intake, schema
from survey.intake.postgres import PREFIX, PostgresStore

ALLOWED = {
    "wave": {"wave_id", "instrument_hash", "instrument_json", "public_key", "state", "opens_on", "closes_on"},
    "access_code": {"code_mac", "wave_id", "class_id", "spent", "replay_mac"},
    "sealed": {"envelope_id", "wave_id", "ciphertext"},
    "apart": {"envelope_id", "wave_id", "ciphertext"},
    "meter": {"wave_id", "class_id", "state"},
    "class_label": {"class_id", "school_id", "class_name", "band", "grade", "enrolled"},
    "school_label": {"school_id", "name", "district_id", "bands", "contacts", "places"},
}
DATES_ONLY = {"opens_on", "closes_on"}


def columns_of_store(intake: Intake) -> dict[str, dict[str, str]]:
    """Every table of the wave as the database itself describes it: column → type."""
    name = f"{PREFIX}{WAVE}" if isinstance(intake.store, PostgresStore) else None
    found: dict[str, dict[str, str]] = {}
    for opened in (intake.store.book(WAVE), *(intake.store.shelf(WAVE, s) for s in intake.store.shelves(WAVE))):
        with opened as connection:
            looked = inspect(connection)
            for table in looked.get_table_names(schema=name):
                columns = {c["name"]: str(c["type"]) for c in looked.get_columns(table, schema=name)}
                assert found.setdefault(table, columns) == columns
    return found


def test_every_column_of_every_file_is_on_the_list(place: str | Path) -> None:
    """A column that isn't listed here needs a reason that a child's parents would accept."""
    wave = open_small_wave(place)
    found = columns_of_store(wave.intake)
    assert {table: set(columns) for table, columns in found.items()} == ALLOWED
    timed = {name for columns in found.values() for name, kind in columns.items() if "DATE" in kind or "TIME" in kind}
    assert timed == DATES_ONLY
    assert not any("TIME" in kind for columns in found.values() for kind in columns.values())
    close_intake(wave.intake)


def test_no_sqlite_table_numbers_its_rows(tmp_path: Path) -> None:
    """A row id is the order of submission: Kendall's tau 1.00."""
    wave = open_small_wave(tmp_path)
    connection = wave.intake.store.connect(WAVE, "s1")
    statements = [row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")]
    connection.close()
    assert len(statements) == len(schema.SHELF)
    assert all(statement.rstrip().endswith("WITHOUT ROWID") for statement in statements)


@pytest.mark.parametrize("table", ["sealed", "apart"])
def test_envelopes_know_no_code_and_not_each_other(table: str) -> None:
    columns = schema.TABLES.tables[table].c
    assert set(columns.keys()) == {"envelope_id", "wave_id", "ciphertext"}
    assert not columns.envelope_id.foreign_keys


def test_every_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """Whoever else has an account on the machine would read the book: labels, meters, and the days of each sitting."""
    wave = open_small_wave(tmp_path / "survey" / "intake")
    close_intake(wave.intake)
    folders = [path for path in (tmp_path / "survey" / "intake").rglob("*") if path.is_dir()]
    modes = {path.stat().st_mode & 0o777 for path in [tmp_path / "survey" / "intake", *folders]}
    assert len(folders) >= 2 and modes == {0o700}
