"""The casework store: SQLite under home, or PostgreSQL by ANXIN_CASEWORK_URL. All reads and writes go through here."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from dashboard.casework.problems import CaseworkGone
from dashboard.casework.scope import reach
from dashboard.settings import settings
from dashboard.store import private_folder
from dashboard.viewer import Viewer

HEAD = "0002"  # the newest migration; a test holds it to the folder
LOCK = 0x0A_11_51_2C  # PostgreSQL's advisory lock of whoever migrates or syncs
BUSY_SECONDS = 5
_migrating = threading.Lock()


def engine() -> Engine:
    """The store's engine, its tables brought to the newest shape on first use. CaseworkGone if it can't be reached."""
    address = settings().casework_store
    with _migrating, telling():
        made = _engine(address)
        if address not in _ready:
            if (file := _file(address)) is not None:
                private_folder(file.parent)
            migrate(made, file)
            _ready.add(address)
    return made


_ready: set[str] = set()


def is_there() -> bool:
    """Whether a store was ever made here, or a server is named; makes none."""
    file = _file(settings().casework_store)
    return file is None or file.exists() or _mark(file).exists()


def forget() -> None:
    """Close everything and start anew, as after a restore."""
    _ready.clear()
    _engine.cache_clear()


def _file(address: str) -> Path | None:
    return Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite") else None


def _mark(file: Path) -> Path:
    """Says that a store was made here: without it, one that was lost would silently begin anew, empty."""
    return file.with_suffix(".made")


@cache
def _engine(address: str) -> Engine:
    file = _file(address)
    if file is None:
        return create_engine(address, pool_size=5, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    # A connection per transaction: a store that was moved away is noticed, and no page holds a lock.
    made = create_engine("sqlite://", poolclass=NullPool, creator=lambda: _open(file))
    event.listen(made, "begin", _begin)
    return made


def _open(file: Path) -> sqlite3.Connection:
    mode = "rw" if _mark(file).exists() else "rwc"
    address = f"file:{quote(str(file))}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(made: Engine, file: Path | None = None) -> None:
    """Bring the tables to the newest shape; one process at a time, the others find it done."""
    with made.connect() as connection:
        standing = _version(connection)
    if standing is None and file:
        with closing(_open(file)) as plain:
            plain.execute("PRAGMA journal_mode=WAL")
    if standing != HEAD:
        with made.connect().execution_options(writes=True) as connection, connection.begin():
            lock_for_sync(connection)
            if _version(connection) != HEAD:
                _upgrade(connection)
    if file:
        file.chmod(0o600)
        _mark(file).touch(mode=0o600)


def _version(connection: Connection) -> str | None:
    """The migration this database stands at; None for an empty one."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, to: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


@contextmanager
def reading(viewer: Viewer) -> Iterator[Connection]:
    """A transaction that reads, for this viewer; PostgreSQL's row security is told whose it is."""
    made = engine()
    with telling(), made.connect() as connection, connection.begin():
        _tell_reach(connection, viewer)
        yield connection


@contextmanager
def writing(viewer: Viewer) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing, one writer at a time in SQLite."""
    made = engine()
    with telling(), made.connect().execution_options(writes=True) as connection, connection.begin():
        _tell_reach(connection, viewer)
        _wait_for_school(connection, viewer)
        yield connection


def _tell_reach(connection: Connection, viewer: Viewer) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('anxin.school', :reach, true)"), {"reach": reach(viewer)})


def _wait_for_school(connection: Connection, viewer: Viewer) -> None:
    """One writer per school: numbers of cases and versions of reports are given one after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:reach))"), {"reach": reach(viewer)})


def lock_for_sync(connection: Connection) -> None:
    """Let two runs of the timer go one after the other; SQLite's one writer does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


@contextmanager
def telling() -> Iterator[None]:
    """A database's error as CaseworkGone, without its text: it could hold what somebody typed."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise CaseworkGone(_cause(error)) from None


def _cause(error: Exception) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    for code, signs in CAUSES.items():
        if any(sign in said for sign in signs):
            return code
    return "gone"


CAUSES = {
    "locked": ("database is locked", "database table is locked", "lock timeout", "lock not available"),
    "full": ("disk is full", "no space left", "disk full", "could not extend file"),
    "read_only": ("readonly database", "read-only"),
    "damaged": ("malformed", "not a database", "disk image"),
}
