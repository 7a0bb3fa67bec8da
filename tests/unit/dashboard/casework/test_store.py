"""The store: migrations and tables agree, history can't be changed, PostgreSQL guards rows by itself."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import stat
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from casework_school import ANNA, BOTH, FRIDAY, a_signal, take
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from dashboard.casework import measures, signs, store, tables
from dashboard.casework.problems import CaseworkGone
from dashboard.casework.scope import CLOCK
from dashboard.casework.values import Sign
from dashboard.settings import settings


@BOTH
def test_a_database_made_by_migrations_equals_the_tables(casework: str) -> None:
    """Columns, types, keys, indexes: a change of tables.py without a migration fails here."""
    with store.reading(CLOCK) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.METADATA) == []
        held = inspect(connection)
        for table in tables.METADATA.tables.values():
            named = {one["name"] for one in held.get_check_constraints(table.name)}
            assert named == {one.name for one in table.constraints if one.__class__.__name__ == "CheckConstraint"}


def test_control_a_column_without_a_migration_is_found(casework: str) -> None:
    store.engine()
    with store.writing(CLOCK) as connection:
        connection.execute(text("ALTER TABLE member ADD COLUMN child VARCHAR(10)"))
        found = compare_metadata(MigrationContext.configure(connection), tables.METADATA)
    assert [change[0] for change in found] == ["remove_column"]


def test_head_is_the_newest_migration() -> None:
    """Otherwise every start would migrate, or none."""
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == store.HEAD


@BOTH
def test_a_store_of_the_first_shape_is_brought_to_the_newest(
    casework: str, home: Path, monkeypatch: pytest.MonkeyPatch, set_day: Callable[[date], None]
) -> None:
    """A school's measures of last year stand after an update, with no day by which they were to be done."""
    shutil.rmtree(home / "casework", ignore_errors=True)
    store.forget()
    with monkeypatch.context() as before:
        before.setattr(store, "HEAD", "0001")
        before.setattr(store, "_upgrade", partial(store._upgrade, to="0001"))
        with store.writing(CLOCK) as connection:
            connection.execute(text(OLD_MEASURE))
    store.forget()
    (held,) = measures.list_measures(ANNA)
    assert (held.what, held.due_on, held.done_on) == ("lights", None, None)
    assert measures.finish_measure(ANNA, held.measure_id, FRIDAY, "done").done_on == FRIDAY


OLD_MEASURE = """
    INSERT INTO measure (measure_id, school_id, sign_id, case_id, what, moves_kind, moves_id, indicator, wave,
        begun_on, done_on, decided_by)
    VALUES (1, 'S1', '', '', 'lights', 'place', 'yard', 'happens', '2026-1', '2026-03-01', NULL, 'head')"""


def test_no_table_has_room_for_a_childs_name() -> None:
    """Names stand beside adults only."""
    named = {
        (table.name, column.name)
        for table in tables.METADATA.tables.values()
        for column in table.c
        if "name" in column.name
    }
    assert named == {("school", "name"), ("member", "name"), ("deputy", "name")}


CHANGES = [
    *(f"UPDATE {name} SET school_id = 'S1'" for name in tables.HISTORY),
    *(f"DELETE FROM {name}" for name in tables.KEPT),
]


def fill(table: str) -> None:
    """A row in a table that the sign's fixture leaves empty: a guard on an empty table is never asked."""
    columns = tables.METADATA.tables[table].columns
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = {"INTEGER": "1", "DATE": "'2026-01-01'", "BOOLEAN": "true", "DATETIME": "'2026-01-01'"}
    row = ", ".join("'S1'" if c.name == "school_id" else values.get(str(c.type), "'a'") for c in columns)
    with store.writing(CLOCK) as connection:
        if not connection.execute(text(f"SELECT count(*) FROM {table}")).scalar():
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({row})"))


@BOTH
def test_history_cannot_be_changed_nor_anything_deleted(sign: Sign) -> None:
    """Triggers refuse it whoever asks, with SQL in hand; the rows are still there."""
    for change in CHANGES:
        fill(change.split()[1 if change.startswith("UPDATE") else 2])
        with store.engine().connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT set_config('anxin.school', '*', false)"))
            with pytest.raises(DBAPIError, match="casework is kept"):
                connection.execute(text(change))
    assert signs.find_sign(ANNA, sign.sign_id) == sign


@pytest.mark.parametrize("casework", ["postgresql"], indirect=True)
def test_row_security_holds_where_a_query_forgot_its_condition(casework: str) -> None:
    """A role that isn't the server's superuser sees the one school its transaction was opened for, or none."""
    take(a_signal(), a_signal("S2-07-1", "S2"))
    with psycopg.connect(settings().casework_url, autocommit=True) as admin:
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'desk'").fetchone():
            admin.execute("CREATE ROLE desk LOGIN")
        admin.execute("GRANT USAGE ON SCHEMA public TO desk")
        admin.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO desk")
        admin.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO desk")
    url = settings().casework_url.replace("postgres@", "desk@")
    with psycopg.connect(url) as desk:
        for table in tables.KEPT:
            assert desk.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        desk.execute("SELECT set_config('anxin.school', 'S2', true)")
        assert desk.execute("SELECT school_id FROM sign").fetchall() == [("S2",)]
        assert desk.execute("UPDATE sign SET owner = 'me'").rowcount == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.execute("INSERT INTO school VALUES ('S9', 'Nine', 'D1')")


def open_store(url: str, home: str, done: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    os.environ |= {"ANXIN_HOME": home, "ANXIN_CASEWORK_URL": url}
    settings.cache_clear()
    try:
        store.engine().dispose()
        done.put("")
    except CaseworkGone as gone:
        done.put(gone.code)


@BOTH
def test_two_processes_may_make_the_store_at_once(casework: str, home: Path) -> None:
    """One migrates, the other finds it done."""
    shutil.rmtree(home / "casework", ignore_errors=True)
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    both = [context.Process(target=open_store, args=(settings().casework_url, str(home), done)) for _ in range(2)]
    for one in both:
        one.start()
    assert [done.get(timeout=60) for _ in both] == ["", ""]
    for one in both:
        one.join()
    assert signs.list_signs(ANNA) == []


def test_the_file_is_its_owners_alone_and_survives_a_power_cut(casework: str, home: Path) -> None:
    """0600 in 0700; every commit is synced before it is told of."""
    shutil.rmtree(home / "casework")
    file = home / "casework" / "casework.sqlite"
    with store.reading(CLOCK) as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
