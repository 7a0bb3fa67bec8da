"""Keeping what was accepted: raw_wave and raw_load, and the wave's raw_submission encrypted, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipelines.contracts import create_tables, has_table, literal, quoted
from pipelines.load.mapping import Plan
from pipelines.microdata.rest import forget_rows, store_rows
from survey.instrument import Instrument

TABLES = ("raw_wave", "raw_load", "raw_apart_load")
STORED = ("class_id", "weight", "take_part", "too_fast")


@dataclass(frozen=True)
class WaveRow:
    """What is known of a wave that was loaded before."""

    wave: str
    instrument_id: str
    instrument_hash: str
    snapshot_id: str | None
    units: str
    groups: str


@dataclass(frozen=True)
class WaveCount:
    """One file's rows of one wave: read = accepted + rejected."""

    wave: str
    load_id: str
    content_hash: str
    read: int
    accepted: int
    rejected: int
    already: bool = False


def wave_row(connection: duckdb.DuckDBPyConnection, wave: str) -> WaveRow | None:
    """The wave as it was loaded before; None for a new one."""
    if not has_table(connection, "main", "raw_wave"):
        return None
    columns = "wave, instrument_id, instrument_hash, snapshot_id, units, groups"
    row = connection.execute(f"SELECT {columns} FROM raw_wave WHERE wave = ?", [wave]).fetchone()
    return WaveRow(*row) if row else None


def loaded_before(
    connection: duckdb.DuckDBPyConnection, wave: str, content_hash: str, table: str = "raw_load"
) -> WaveCount | None:
    """The counts of an earlier load of the same rows into the same wave; None if there was none, or it was purged."""
    if not has_table(connection, "main", table):
        return None
    query = f"""SELECT load_id, read, accepted, rejected FROM {table}
        WHERE wave = ? AND content_hash = ? AND status = 'loaded'"""
    row = connection.execute(query, [wave, content_hash]).fetchone()
    return WaveCount(wave, row[0], content_hash, row[1], row[2], row[3], already=True) if row else None


def store_wave(
    connection: duckdb.DuckDBPyConnection,
    count: WaveCount,
    plan: Plan,
    instrument: Instrument,
    snapshot: str | None,
    file_name: str,
) -> None:
    """Keep one wave's accepted rows of `incoming`; the caller's transaction makes it all or nothing."""
    create_tables(connection, ["raw_wave", "raw_load"])
    if wave_row(connection, count.wave) is None:
        _insert_wave(connection, count.wave, plan, instrument, snapshot)
    values = [count.wave, count.load_id, count.content_hash, file_name, count.read, count.accepted, count.rejected]
    connection.execute("INSERT OR REPLACE INTO raw_load VALUES (?, ?, ?, ?, ?, ?, ?, 'loaded')", values)
    _insert_submissions(connection, count, [*instrument.columns, *plan.groups])


def _insert_wave(
    connection: duckdb.DuckDBPyConnection, wave: str, plan: Plan, instrument: Instrument, snapshot: str | None
) -> None:
    anonymous = not plan.file  # a foreign export carries order and addresses: it gets no promise badge
    values = [wave, instrument.id, instrument.hash, instrument.to_json(), snapshot, plan.units, anonymous]
    connection.execute("INSERT INTO raw_wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [*values, ",".join(plan.groups)])


def _insert_submissions(connection: duckdb.DuckDBPyConnection, count: WaveCount, answers: Sequence[str]) -> None:
    names = ", ".join(map(quoted, (*STORED, *answers)))
    accepted = f'FROM incoming ANTI JOIN violations USING ("#row") WHERE wave = {literal(count.wave)}'
    store_rows(
        connection, count.wave, "raw_submission", f"SELECT {literal(count.load_id)} AS load_id, {names} {accepted}"
    )


def drop_wave(connection: duckdb.DuckDBPyConnection, wave: str) -> None:
    """Forget what was loaded of a wave, so that it starts anew."""
    forget_rows(connection, wave)
    create_tables(connection, TABLES)
    for table in TABLES:
        connection.execute(f"DELETE FROM {table} WHERE wave = ?", [wave])


def latest_snapshot(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The class list imported last; None if there is none."""
    if not has_table(connection, "main", "raw_snapshot"):
        return None
    row = connection.execute("SELECT max(snapshot_id) FROM raw_snapshot").fetchone()
    return row[0] if row else None
