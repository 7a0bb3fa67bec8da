"""The store as a PostgreSQL database: one schema per wave, one shelf for all schools.

Rows keep the order and the transaction of their arrival in hidden columns until close, when every table is emptied and
filled again in the order of its random keys, in one transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import Connection, Engine, Table, create_engine, func, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError

from survey.intake import schema
from survey.intake.batch import Code, Envelope, decide, new_id, stored
from survey.intake.labels import OPEN, Outcome
from survey.intake.store import not_saved
from survey.problems import NotSaved, StoreFault

PREFIX = "anxin_"
SHELF_NAME = "all"
REWRITTEN = {"access_code": "code_mac", "sealed": "envelope_id", "apart": "envelope_id"}
# Settings under which an acknowledged sheet could be lost, or the server would write down when which code came.
ALLOWED = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"},
    "track_commit_timestamp": {"off"},
    "log_statement": {"none", "ddl"},
    "log_duration": {"off"},
    "log_min_duration_statement": {"-1"},
    "log_min_duration_sample": {"-1"},
    "log_transaction_sample_rate": {"0"},
    "log_parameter_max_length_on_error": {"0"},
    "log_executor_stats": {"off"},
    "log_statement_stats": {"off"},
    "auto_explain.log_min_duration": {"-1"},  # of an extension: codes' MACs and envelopes, each with its time
    "pgaudit.log": {"none"},
}

FIND = "SELECT code_mac, class_id FROM access_code WHERE code_mac = ANY(%b)"
LOCK = "SELECT code_mac, spent, replay_mac FROM access_code WHERE code_mac = ANY(%b) ORDER BY code_mac FOR UPDATE"
STATE = "SELECT state FROM wave"
WRITE = """
WITH spent AS (
    UPDATE access_code SET spent = 1, replay_mac = given.replay
    FROM unnest(%(macs)b::bytea[], %(replays)b::bytea[]) AS given (mac, replay) WHERE code_mac = given.mac),
sheets AS (
    INSERT INTO sealed (envelope_id, wave_id, ciphertext)
    SELECT id, %(wave)s, body FROM unnest(%(sheet_ids)b::bytea[], %(sheets)b::bytea[]) AS given (id, body))
INSERT INTO apart (envelope_id, wave_id, ciphertext)
SELECT id, %(wave)s, body FROM unnest(%(apart_ids)b::bytea[], %(aparts)b::bytea[]) AS given (id, body)
"""


@dataclass(frozen=True)
class PostgresStore:
    engine: Engine = field(repr=False)  # its address may hold a password
    address: str = field(repr=False)
    archives: bool = False
    name: str = "postgresql"

    def waves(self) -> list[str]:
        query = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix) ORDER BY 1")
        with not_saved(), self.engine.begin() as connection:
            return [name.removeprefix(PREFIX) for name in connection.scalars(query, {"prefix": PREFIX})]

    def prepare(self, wave: str, shelves: Sequence[str]) -> None:
        tables = schema.EVERY if shelves else schema.BOOK
        with self.book(wave) as connection:
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{PREFIX}{wave}"'))
            schema.TABLES.create_all(connection, tables)
            for table in tables:
                keep_no_samples(connection, wave, table)

    @contextmanager
    def book(self, wave: str) -> Iterator[Connection]:
        options = {"schema_translate_map": {None: f"{PREFIX}{wave}"}}
        with not_saved(), self.engine.execution_options(**options).begin() as connection:
            yield connection

    @contextmanager
    def shelf(self, wave: str, shelf: str) -> Iterator[Connection]:
        with self.book(wave) as connection:
            yield connection

    def shelves(self, wave: str) -> list[str]:
        return [SHELF_NAME]

    def shelf_of(self, school_id: str) -> str:
        return SHELF_NAME

    def connect(self, wave: str, shelf: str) -> psycopg.Connection:
        options = f'-c search_path="{PREFIX}{wave}"'
        return psycopg.connect(self.address, autocommit=True, connect_timeout=5, options=options)

    def find_classes(self, connection: psycopg.Connection, macs: Sequence[bytes]) -> dict[bytes, str]:
        return dict(connection.execute(FIND, [list(macs)], binary=True).fetchall())

    def write(self, connection: psycopg.Connection, wave: str, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Two round trips. The state is read behind the lock: a wave closes after whoever saw it open."""
        with connection.pipeline():
            connection.execute("BEGIN")
            locked = connection.execute(LOCK, [[e.mac for e in envelopes]], binary=True)
            state = connection.execute(STATE)
        codes = {mac: Code(bool(spent), replay) for mac, spent, replay in locked.fetchall()}
        outcomes = decide(envelopes, codes, is_open=state.fetchall() == [(OPEN,)])
        kept = stored(envelopes, outcomes)
        if not kept:
            connection.execute("ROLLBACK")  # a lock on a used code must not cost the flush that an unknown one doesn't
            return outcomes
        with connection.pipeline():
            connection.execute(WRITE, written(wave, kept))
            ended = connection.execute("COMMIT")
        if ended.statusmessage != "COMMIT":
            raise NotSaved()
        return outcomes

    def rewrite(self, wave: str, shelf: str) -> bool:
        """One transaction for all tables: hidden columns then say the same of every row."""
        with self.book(wave) as connection:
            run = connection.exec_driver_sql
            run(f'SET LOCAL search_path = "{PREFIX}{wave}"')
            run(f"LOCK TABLE {', '.join(REWRITTEN)} IN ACCESS EXCLUSIVE MODE")
            for table, key in REWRITTEN.items():
                run(f"CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM {table}")
                run(f"TRUNCATE {table}")
                run(f"INSERT INTO {table} SELECT * FROM kept ORDER BY {key}")
                run("DROP TABLE kept")
        return True

    def is_due(self, wave: str, shelf: str, quiet_seconds: float, at_least: int) -> bool:
        return False

    def read(self, wave: str, table: str) -> Iterator[bytes]:
        """The server sorts by a random number of its own; memory stays small."""
        query = select(schema.TABLES.tables[table].c.ciphertext).order_by(func.gen_random_uuid())
        with self.book(wave) as connection:
            for ciphertext in connection.execution_options(yield_per=1000).scalars(query):
                yield bytes(ciphertext)

    def destroy(self, wave: str) -> int:
        """The server cuts a dropped table's files to nothing when the drop commits."""
        tables = len(inspect(self.engine).get_table_names(f"{PREFIX}{wave}"))
        with not_saved(), self.engine.begin() as connection:
            connection.execute(text(f'DROP SCHEMA "{PREFIX}{wave}" CASCADE'))
        return tables

    def search(self, wave: str, needles: Sequence[bytes]) -> tuple[int, int]:
        """Every binary value in what is left of the schema; a table of codes or envelopes would count as found."""
        left = inspect(self.engine).get_table_names(f"{PREFIX}{wave}")
        values: list[bytes] = []
        with self.book(wave) as connection:
            for table in (table for table in schema.EVERY if table.name in left):
                rows = connection.execute(table.select()).all()
                values += [bytes(v) for row in rows for v in row if isinstance(v, bytes | memoryview)]
        found = sum(needle in value for needle in needles for value in values)
        return sum(map(len, values)), found + len(set(left) & REWRITTEN.keys())

    def beyond_reach(self) -> tuple[str, ...]:
        return ("backups", "write_ahead_log", *(("archive",) if self.archives else ()))


def keep_no_samples(connection: Connection, wave: str, table: Table) -> None:
    """The planner copies values of a column into its statistics, where they outlive the table. Not ours."""
    for column in table.columns:
        name = f'"{PREFIX}{wave}".{table.name}'
        connection.execute(text(f"ALTER TABLE {name} ALTER COLUMN {column.name} SET STATISTICS 0"))


def written(wave: str, kept: Sequence[Envelope]) -> dict[str, object]:
    """Sheets and what is kept apart in orders of their own: a row's place must not pair them."""
    aparts = [e.apart for e in kept]
    secrets.SystemRandom().shuffle(aparts)
    return {
        "wave": wave,
        "macs": [e.mac for e in kept],
        "replays": [e.replay_mac for e in kept],
        "sheet_ids": [new_id() for _ in kept],
        "sheets": [e.sheet for e in kept],
        "apart_ids": [new_id() for _ in kept],
        "aparts": aparts,
    }


def open_postgres(address: str) -> PostgresStore:
    """StoreFault for a server that can't be reached, or whose settings would lose a sheet or tell its time."""
    try:
        url = make_url(address).set(drivername="postgresql+psycopg")
        with psycopg.connect(address, connect_timeout=5) as connection:
            rows = connection.execute("SELECT name, setting FROM pg_settings").fetchall()
    except (psycopg.Error, ArgumentError):
        raise StoreFault("the database of ANXIN_INTAKE_URL can't be reached") from None
    settings: dict[str, str] = dict(rows)
    check_settings(settings)
    engine = create_engine(url, hide_parameters=True, pool_size=2, pool_pre_ping=True)
    return PostgresStore(engine, address, archives=settings["archive_mode"] != "off")


def check_settings(settings: dict[str, str]) -> None:
    """StoreFault for the first setting that isn't safe."""
    for name, allowed in ALLOWED.items():
        if name in settings and settings[name] not in allowed:
            rule = f"PostgreSQL runs with {name} = {settings[name]}: a sheet could be lost, or its time be told"
            raise StoreFault(rule, where=name, next_step=f"set it to {sorted(allowed)[-1]}")
