"""The access log: who saw, opened or exported what, when, and why. A store of its own, append-only, a chain of hashes.

Each entry's hash covers the entry and the hash before it: to change or drop one, all after it would have to be written
anew, and the day's head (`heads.txt`, and the paper it is copied to) would no longer fit. A chain can't tell that its
end was cut off, so each entry's hash is kept a second time, in the store of accounts. No view without its entry: where
the log can't be written, nothing is shown.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, astuple, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from dashboard import store
from dashboard.settings import settings
from dashboard.store import now, private_folder
from dashboard.viewer import Viewer

FIRST = "0" * 64
BEIJING = timezone(timedelta(hours=8))
LONGEST = 400  # characters of a reason or of what an entry is about
SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL, scope TEXT NOT NULL,
    action TEXT NOT NULL, about TEXT NOT NULL, reason TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS entry_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are kept'); END;
CREATE TRIGGER IF NOT EXISTS entry_fixed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are fixed'); END;
"""


class LogGone(Exception):
    """The log can't be written or read. Nothing may be shown without it."""


@dataclass(frozen=True)
class Entry:
    """One thing that one person saw or did. `at`: seconds since the epoch, never earlier than the entry before."""

    seq: int
    at: int
    who: str
    role: str
    scope: str
    action: str
    about: str
    reason: str
    hash: str


@dataclass(frozen=True)
class Break:
    """Where the chain doesn't hold: the first entry that doesn't fit, and which rule it breaks."""

    seq: int
    rule: str  # missing, changed, head


def note(viewer: Viewer, action: str, about: str, reason: str = "") -> None:
    """Append one entry. Raises LogGone; the caller then shows nothing."""
    with _log() as connection:
        connection.execute("BEGIN IMMEDIATE")  # one writer: the chain has one end
        last = connection.execute("SELECT seq, at, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        seq, at, previous = last or (0, 0, FIRST)
        who, about, reason = (viewer.name, viewer.role, viewer.scope), about[:LONGEST], reason[:LONGEST]
        plain = Entry(seq + 1, max(now(), at), *who, action, about, reason, "")
        _append_head(at, plain.at, seq, previous)
        entry = (*astuple(plain)[:-1], chain_hash(previous, plain))
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", entry)
        connection.commit()
        # only now: a hash without its entry would accuse somebody of having cut it off
        with store.engine().begin() as accounts:
            accounts.execute(insert(store.log_hash).prefix_with("OR IGNORE").values(seq=seq + 1, hash=entry[-1]))


def chain_hash(previous: str, entry: Entry) -> str:
    """SHA-256 over the hash before and the entry's own fields."""
    fields = {name: value for name, value in asdict(entry).items() if name != "hash"}
    return hashlib.sha256((previous + json.dumps(fields, ensure_ascii=False, sort_keys=True)).encode()).hexdigest()


def read_entries(limit: int = 200, before: int | None = None, who: str = "") -> list[Entry]:
    """The newest entries first, older than `before`; of one person if `who` is given. Raises LogGone."""
    query = "SELECT * FROM entry WHERE seq < ? AND (? = '' OR who = ?) ORDER BY seq DESC LIMIT ?"
    with _log() as connection:
        return [Entry(*row) for row in connection.execute(query, (before or 2**62, who, who, limit))]


def check_chain() -> Break | None:
    """The first place where the chain or a day's head doesn't hold; None where all is well. Raises LogGone."""
    heads, previous, expected = read_heads() | _kept_hashes(), FIRST, 1
    with _log() as connection:
        for row in connection.execute("SELECT * FROM entry ORDER BY seq"):
            entry = Entry(*row)
            if entry.seq != expected:
                return Break(expected, "missing")
            if entry.hash != chain_hash(previous, entry):
                return Break(entry.seq, "changed")
            if heads.pop(entry.seq, entry.hash) != entry.hash:
                return Break(entry.seq, "head")
            previous, expected = entry.hash, entry.seq + 1
    return Break(expected, "missing") if heads else None


def head() -> tuple[int, str]:
    """Number and hash of the last entry: what an office copies onto paper. Raises LogGone."""
    with _log() as connection:
        return connection.execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone() or (0, FIRST)


def read_heads() -> dict[int, str]:
    """Heads of past days as they were written down: number of the entry → hash."""
    path = settings().access_heads
    lines = path.read_text(encoding="ascii").splitlines() if path.is_file() else []
    return {int(seq): kept for _, seq, kept in (line.split() for line in lines)}


def _kept_hashes() -> dict[int, str]:
    """Number of an entry → its hash, as it stands beside the accounts; the first one, should the entry be rewritten."""
    try:
        with store.engine().connect() as accounts:
            return dict(accounts.execute(select(store.log_hash)).all())
    except SQLAlchemyError as error:
        raise LogGone(type(error).__name__) from error


def _append_head(last_at: int, at: int, seq: int, previous: str) -> None:
    """At a day's first entry, the head that the day before ended with is written down."""
    if seq == 0 or _day(last_at) == _day(at) or seq in read_heads():
        return
    descriptor = os.open(settings().access_heads, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{_day(last_at)} {seq} {previous}\n")


def _day(at: int) -> str:
    """The day in China: heads are copied when offices open."""
    return datetime.fromtimestamp(at, BEIJING).date().isoformat()


@contextmanager
def _log() -> Iterator[sqlite3.Connection]:
    try:
        with closing(_open(settings().access_log)) as connection:
            yield connection
    except (sqlite3.Error, SQLAlchemyError, OSError) as error:
        raise LogGone(type(error).__name__) from error


def _open(path: Path) -> sqlite3.Connection:
    """Opened anew each time: a log that was moved away is missed at once, and not written into the void."""
    if not path.exists():
        if (read_heads() or _kept_hashes()) and not path.exists():  # another tab may have begun it in between
            raise OSError("the log is gone, its hashes are not")
        _begin(path)
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _begin(path: Path) -> None:
    """An empty log, there with its table or not at all; of two that begin it in the same moment, one is kept."""
    private_folder(path.parent)
    with TemporaryDirectory(dir=path.parent) as folder:
        fresh = Path(folder) / path.name
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)
        with suppress(FileExistsError):
            os.link(fresh, path)
