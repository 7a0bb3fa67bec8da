"""The dashboard's own store: accounts, sessions, failed sign-ins, hashes of the access log; nothing of answers."""

from __future__ import annotations

import os
import secrets
import threading
import time
from functools import cache
from pathlib import Path

from sqlalchemy import Column, Engine, ForeignKey, Index, Integer, MetaData, String, Table, create_engine, event

from dashboard.settings import settings

METADATA = MetaData()
_making = threading.Lock()  # two that come first would both make the tables

account = Table(
    "account",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("password_hash", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("scope", String(40), nullable=False),
    Column("active", Integer, nullable=False, default=1),
)

session = Table(
    "session",
    METADATA,
    Column("token_hash", String(64), primary_key=True),  # sha256: a stolen copy of the store opens no session
    Column("account", String(40), ForeignKey("account.name", ondelete="CASCADE"), nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("seen_at", Integer, nullable=False),
    Column("language", String(8), nullable=False),
)
Index("session_account", session.c.account)

bound_subject = Table(
    "bound_subject",
    METADATA,
    Column("issuer", String(200), primary_key=True),
    Column("subject", String(255), primary_key=True),  # what the provider calls this person, for ever
    Column("account", String(40), ForeignKey("account.name", ondelete="CASCADE"), nullable=False),
)

failed_signin = Table(
    "failed_signin",
    METADATA,
    Column("subject", String(120), primary_key=True),  # who is slowed down: a name, an address, or the pair
    Column("failures", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
)

# The access log's hashes a second time: a chain whose end was cut off is whole in itself.
log_hash = Table(
    "log_hash",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("hash", String(64), nullable=False),
)


def now() -> int:
    """Seconds since the epoch; one place, so that tests can move the clock."""
    return int(time.time())


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner may enter."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def engine() -> Engine:
    """The store's engine, with its tables made on first use."""
    with _making:
        return _engine(settings().store)


@cache
def _engine(path: Path) -> Engine:
    private_folder(path.parent)
    made = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
    event.listen(made, "connect", _set_pragmas)
    METADATA.create_all(made)
    path.chmod(0o600)
    return made


def _set_pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def signing_key() -> str:
    """The key that signs cookies, made on first start and readable by its owner only."""
    path = settings().signing_key
    private_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii")
