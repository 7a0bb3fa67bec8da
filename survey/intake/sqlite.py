"""The store as SQLite files: `<wave>/book.sqlite`, and `<wave>/shelves/<school>.sqlite` with its codes and envelopes.

Tables without a row id under random keys, WAL, synchronous=FULL: a commit that returned has been synced.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from survey.intake.batch import Code, Envelope, decide, new_id, stored
from survey.intake.labels import OPEN, Outcome
from survey.intake.schema import BOOK, SHELF, TABLES
from survey.intake.store import not_saved
from survey.problems import StoreFault

BUSY_SECONDS = 10
PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",  # a rewrite leaves no copy in a temporary folder
    "PRAGMA cache_size = -1024",
    "PRAGMA trusted_schema = OFF",
)
WIPING = ".wiping-"
FIND = "SELECT class_id FROM access_code WHERE code_mac = ?"
LOCK = "SELECT spent, replay_mac FROM access_code WHERE code_mac = ?"
STATE = "SELECT state FROM wave WHERE wave_id = ?"
SPEND = "UPDATE access_code SET spent = 1, replay_mac = ? WHERE code_mac = ?"
PUT_SEALED = "INSERT INTO sealed (envelope_id, wave_id, ciphertext) VALUES (?, ?, ?)"
PUT_APART = "INSERT INTO apart (envelope_id, wave_id, ciphertext) VALUES (?, ?, ?)"


@dataclass(frozen=True)
class SqliteStore:
    root: Path
    name: str = "sqlite"

    def waves(self) -> list[str]:
        return sorted(path.parent.name for path in self.root.glob("[!.]*/book.sqlite"))

    def prepare(self, wave: str, shelves: Sequence[str]) -> None:
        for folder in (self.root, self.root / wave, self.root / wave / "shelves"):  # a mode is the last folder's only
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, tables in [(self.book_path(wave), BOOK), *((self.shelf_path(wave, s), SHELF) for s in shelves)]:
            with transaction(path, create=True) as connection:
                TABLES.create_all(connection, tables)

    @contextmanager
    def book(self, wave: str) -> Iterator[Connection]:
        with transaction(self.book_path(wave)) as connection:
            yield connection

    @contextmanager
    def shelf(self, wave: str, shelf: str) -> Iterator[Connection]:
        with transaction(self.shelf_path(wave, shelf)) as connection:
            yield connection

    def shelves(self, wave: str) -> list[str]:
        return sorted(path.stem for path in (self.root / wave / "shelves").glob("*.sqlite"))

    def shelf_of(self, school_id: str) -> str:
        return school_id

    def connect(self, wave: str, shelf: str) -> sqlite3.Connection:
        return connect_file(self.shelf_path(wave, shelf))

    def find_classes(self, connection: Any, macs: Sequence[bytes]) -> dict[bytes, str]:
        found = ((mac, connection.execute(FIND, (mac,)).fetchone()) for mac in macs)
        return {mac: row[0] for mac, row in found if row}

    def write(self, connection: Any, wave: str, envelopes: Sequence[Envelope]) -> list[Outcome]:
        return write_envelopes(connection, wave, envelopes)

    def rewrite(self, wave: str, shelf: str) -> bool:
        with not_saved(), opened(self.shelf_path(wave, shelf)) as connection:
            return rewrite_file(connection)

    def is_due(self, wave: str, shelf: str, quiet_seconds: float, at_least: int) -> bool:
        path = self.shelf_path(wave, shelf)
        if not is_quiet(path, quiet_seconds):
            return False
        with not_saved(), opened(path) as connection:
            return rows_since_rewrite(connection) >= at_least

    def read(self, wave: str, table: str) -> Iterator[bytes]:
        """Memory: an id per envelope, not the envelopes."""
        query = f"SELECT ciphertext FROM {table} WHERE envelope_id = ?"
        with not_saved(), ExitStack() as stack:
            shelves = [stack.enter_context(opened(self.shelf_path(wave, shelf))) for shelf in self.shelves(wave)]
            ids = [(shelf, row[0]) for shelf in shelves for row in shelf.execute(f"SELECT envelope_id FROM {table}")]
            secrets.SystemRandom().shuffle(ids)
            for shelf, envelope_id in ids:
                yield shelf.execute(query, (envelope_id,)).fetchone()[0]

    def destroy(self, wave: str) -> int:
        """Under a name of its own first: a wipe that is cut short is gone on with by whoever opens the store next."""
        aside = self.root / f"{WIPING}{wave}"
        (self.root / wave).rename(aside)
        sync_folder(self.root)
        return destroy_folder(aside)

    def finish_wiping(self) -> None:
        """Destroy what wipes that were cut short have left."""
        for aside in self.root.glob(f"{WIPING}*"):
            destroy_folder(aside)

    def search(self, wave: str, needles: Sequence[bytes]) -> tuple[int, int]:
        contents = [path.read_bytes() for path in (self.root / wave).rglob("*") if path.is_file()]
        found = sum(needle in content for needle in needles for content in contents)
        return sum(map(len, contents)), found

    def beyond_reach(self) -> tuple[str, ...]:
        return ("backups", "free_blocks")

    def book_path(self, wave: str) -> Path:
        return self.root / wave / "book.sqlite"

    def shelf_path(self, wave: str, shelf: str) -> Path:
        return self.root / wave / "shelves" / f"{shelf}.sqlite"


def write_envelopes(connection: Any, wave: str, envelopes: Sequence[Envelope]) -> list[Outcome]:
    """The transaction of the hot path, on any SQLite connection: the power-cut tests run this very function."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        state = connection.execute(STATE, (wave,)).fetchone()
        found = {e.mac: connection.execute(LOCK, (e.mac,)).fetchone() for e in envelopes}
        codes = {mac: Code(bool(row[0]), row[1]) for mac, row in found.items() if row}
        outcomes = decide(envelopes, codes, is_open=bool(state) and state[0] == OPEN)
        kept = stored(envelopes, outcomes)
        connection.executemany(SPEND, [(e.replay_mac, e.mac) for e in kept])
        connection.executemany(PUT_SEALED, [(new_id(), wave, e.sheet) for e in kept])
        connection.executemany(PUT_APART, [(new_id(), wave, e.apart) for e in kept])
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    return outcomes


def roll_back(connection: Any) -> None:
    """A failed write may have ended the transaction by itself."""
    try:
        connection.execute("ROLLBACK")
    except Exception:
        return


def rewrite_file(connection: Any) -> bool:
    """Rebuild every table in the order of its random keys, and empty the log that still tells the order of arrival."""
    connection.execute(f"PRAGMA user_version = {count_rows(connection)}")
    connection.execute("VACUUM")
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def rows_since_rewrite(connection: Any) -> int:
    """The file's header remembers how many rows the last rewrite saw: a number of ten and more, no time."""
    return int(count_rows(connection) - connection.execute("PRAGMA user_version").fetchone()[0])


def count_rows(connection: Any) -> int:
    return int(connection.execute("SELECT count(*) FROM sealed").fetchone()[0])


def is_quiet(path: Path, seconds: float) -> bool:
    """Whether file and log have both lain untouched that long; the log goes when nobody has the file open."""
    written = [part.stat().st_mtime for part in (path, path.with_name(path.name + "-wal")) if part.is_file()]
    return time.time() - max(written, default=0.0) >= seconds


def connect_file(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection with the pragmas set; a file that isn't there is an error, never a new store."""
    mode = "rwc" if create else "rw"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


@contextmanager
def transaction(path: Path, *, create: bool = False) -> Iterator[Connection]:
    """SQLAlchemy's connection to one file, in one immediate transaction."""
    if not create and not path.is_file():
        raise StoreFault("the intake has no such file", where=path.name)
    engine = create_engine(
        "sqlite://", creator=lambda: connect_file(path, create=create), poolclass=NullPool, hide_parameters=True
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with not_saved(), closing_engine(engine), engine.begin() as connection:
        yield connection


@contextmanager
def closing_engine(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def opened(path: Path) -> AbstractContextManager[sqlite3.Connection]:
    """The bare connection, closed when the block ends."""
    return closing(connect_file(path))


def destroy_folder(folder: Path) -> int:
    """Overwrite and remove every file, then the folder; returns how many files there were."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        overwrite(path)
        path.unlink()
    shutil.rmtree(folder)
    sync_folder(folder.parent)
    return len(files)


def overwrite(path: Path) -> None:
    """Zeros over the whole file and onto the disk: a process that still holds it open holds nothing."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder can't be synced there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
