"""`anxin purge`: opened answers are destroyed, their key first. Counts, estimates and releases stay.

Interrupted anywhere, it is run again: without the key nothing can be read, and the rest is finished.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from pipelines.contracts import create_tables, has_table
from pipelines.microdata import open_microdata, transaction
from pipelines.microdata.keys import destroy_key
from pipelines.microdata.rest import forget_rows, sweep_files
from pipelines.problems import BadInput, CannotDo
from pipelines.release.store import list_release_ids
from pipelines.words import say

MAX_DAYS = 30  # what the promise page says: opened answers live until the release is accepted, at most this long
LOADS = ("raw_load", "raw_apart_load")


@dataclass(frozen=True)
class Purged:
    """What was destroyed: opened rows by raw_sealed, and the key. `unchanged`: there was nothing left to destroy."""

    wave: str
    rows: int
    key_destroyed: bool
    files: int
    unchanged: bool


@dataclass(frozen=True)
class Opened:
    """A wave whose opened answers are here, since the day its first file was loaded."""

    wave: str
    since: date
    rows: int

    @property
    def last_day(self) -> date:
        return self.since + timedelta(days=MAX_DAYS)


def purge_wave(wave: str, today: date, force_reason: str | None = None) -> Purged:
    """Destroy a wave's opened answers. BadInput: no such wave, no reason. CannotDo before its first release.

    `force_reason` destroys them all the same, and is kept.
    """
    if force_reason is not None and not force_reason.strip():
        raise BadInput(say("care.no_reason"), next_step=say("care.no_reason_step"))
    with open_microdata() as connection:
        if wave not in loaded_waves(connection):
            raise BadInput(say("care.no_wave", wave=wave), next_step=say("care.no_wave_step"))
        if force_reason is None and not is_released(wave):
            raise CannotDo(say("care.not_released", wave=wave), next_step=say("care.not_released_step", wave=wave))
        return destroy_answers(connection, wave, today, force_reason or "released")


def purge_due(today: date) -> list[Purged]:
    """Destroy the opened answers of every wave that has reached its last day, released or not."""
    with open_microdata() as connection:
        due = [one.wave for one in list_opened(connection) if today > one.last_day]
        return [destroy_answers(connection, wave, today, "due") for wave in due]


def destroy_answers(connection: duckdb.DuckDBPyConnection, wave: str, today: date, reason: str) -> Purged:
    """The key first: whatever happens afterwards, nothing can be read any more."""
    had_key = destroy_key(wave)
    rows = sum(one.rows for one in list_opened(connection) if one.wave == wave)
    is_named = any(one.wave == wave for one in list_opened(connection))
    if had_key or is_named:
        with transaction(connection):
            forget_rows(connection, wave)
            create_tables(connection, [*LOADS, "raw_purge"])
            for table in LOADS:
                connection.execute(f"UPDATE {table} SET status = 'destroyed' WHERE wave = ?", [wave])
            connection.execute("INSERT INTO raw_purge VALUES (?, ?, ?)", [wave, today, reason])
    files = sweep_files(connection)
    connection.execute("CHECKPOINT")
    return Purged(wave, rows, had_key, files, unchanged=not (had_key or is_named or files))


def list_opened(connection: duckdb.DuckDBPyConnection) -> list[Opened]:
    """Waves whose opened answers are here, the oldest first."""
    if not has_table(connection, "main", "raw_sealed"):
        return []
    query = "SELECT wave, min(since) AS since, sum(rows)::BIGINT FROM raw_sealed GROUP BY wave ORDER BY since, wave"
    return [Opened(*row) for row in connection.execute(query).fetchall()]


def loaded_waves(connection: duckdb.DuckDBPyConnection) -> set[str]:
    if not has_table(connection, "main", "raw_wave"):
        return set()
    return {wave for (wave,) in connection.execute("SELECT wave FROM raw_wave").fetchall()}


def is_released(wave: str) -> bool:
    """Whether a release of the wave passed its audit: only those are kept."""
    return any(release.rsplit(".", 1)[0] == wave for release in list_release_ids())
