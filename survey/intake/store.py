"""What a store can do. Two keep to it: SQLite files and a PostgreSQL database.

The book holds the wave, its labels and meters; shelves hold codes and envelopes (SQLite: one per school).
Administration goes through SQLAlchemy; `write` is the hot path and doesn't (docs/adr/0006-two-ways-to-the-store.md).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from survey.intake.batch import Envelope
from survey.intake.labels import Outcome
from survey.problems import NotSaved

HotConnection = Any  # sqlite3, apsw or psycopg: what they share is not a type


class Store(Protocol):
    @property
    def name(self) -> str:
        """sqlite or postgresql."""

    def waves(self) -> list[str]:
        """Ids of all waves, wiped ones included."""

    def prepare(self, wave: str, shelves: Sequence[str]) -> None:
        """Make the wave's tables, empty, where they aren't there yet."""

    def book(self, wave: str) -> AbstractContextManager[Connection]:
        """One transaction on the wave's own tables."""

    def shelf(self, wave: str, shelf: str) -> AbstractContextManager[Connection]:
        """One transaction on the codes and envelopes of a shelf."""

    def shelves(self, wave: str) -> list[str]:
        """Names of the wave's shelves."""

    def shelf_of(self, school_id: str) -> str:
        """The shelf a school's codes and envelopes lie on."""

    def connect(self, wave: str, shelf: str) -> HotConnection:
        """A connection of the bare driver, for one thread."""

    def find_classes(self, connection: HotConnection, macs: Sequence[bytes]) -> dict[bytes, str]:
        """Code → class, for the codes that exist; takes no lock."""

    def write(self, connection: HotConnection, wave: str, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """One durable transaction: spend the codes and store their envelopes. One outcome per envelope, in order."""

    def rewrite(self, wave: str, shelf: str) -> bool:
        """Put the rows into an order that knows nothing of their arrival; False where a reader stood in the way."""

    def is_due(self, wave: str, shelf: str, quiet_seconds: float, at_least: int) -> bool:
        """Whether a sitting has been quiet that long and left at least so many new rows."""

    def read(self, wave: str, table: str) -> Iterator[bytes]:
        """Every ciphertext of `sealed` or `apart`, in an order drawn anew."""

    def destroy(self, wave: str) -> int:
        """Remove every table of the wave from the disk; the number of files or tables."""

    def search(self, wave: str, needles: Sequence[bytes]) -> tuple[int, int]:
        """Look for known bytes in all that is left: (bytes or rows looked through, found)."""

    def beyond_reach(self) -> tuple[str, ...]:
        """Where copies may lie that this program can't destroy."""


@contextmanager
def not_saved() -> Iterator[None]:
    """A store that is full, locked, read-only or gone, in our own words; the driver's may hold what was written."""
    try:
        yield
    except (IntegrityError, ProgrammingError, sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except (DBAPIError, sqlite3.Error):
        raise NotSaved() from None
