"""Stage: what was loaded, seen through the class list the wave was loaded with. A view: nothing is copied."""

from __future__ import annotations

import duckdb

from pipelines.contracts import has_table, wave_schema
from pipelines.microdata.rest import is_here
from pipelines.problems import CannotDo

REGISTRY_COLUMNS = ("school_id", "grade", "band", "level", "enrolled")


def wave_row(connection: duckdb.DuckDBPyConnection, wave: str) -> dict[str, str | None]:
    """The wave's row of raw_wave: its instrument, class list, units and group columns. Raises CannotDo."""
    columns = ("instrument_json", "snapshot_id", "units", "groups")
    query = f"SELECT {', '.join(columns)} FROM raw_wave WHERE wave = ?"
    row = connection.execute(query, [wave]).fetchone() if has_table(connection, "main", "raw_wave") else None
    if row is None:
        raise CannotDo(f"wave {wave} has not been loaded", next_step=f"anxin load FILE --wave {wave}")
    return dict(zip(columns, row, strict=True))


def stg_submission(connection: duckdb.DuckDBPyConnection, wave: str) -> None:
    """One row per submission of a class on the wave's class list (every submission where units is none).

    Adds school_id, grade, band, level, enrolled of the class. Raises CannotDo where the wave was not loaded,
    its answers were destroyed already, or they can't be opened.
    """
    schema, snapshot = wave_schema(wave), wave_row(connection, wave)["snapshot_id"]
    check_readable(connection, wave)
    connection.execute(f'CREATE OR REPLACE VIEW "{schema}".stg_submission AS {submission_query(schema, snapshot)}')


def check_readable(connection: duckdb.DuckDBPyConnection, wave: str) -> None:
    """Raises CannotDo where the wave's answers are gone, have no key, or lie in plain in the database's file."""
    if not is_here(connection, wave, "raw_submission"):
        raise CannotDo(
            f"the answers of wave {wave} are no longer here",
            next_step="its counts stay; load the bundle again to count anew",
        )
    if lie_in_plain(connection, wave_schema(wave)):
        raise CannotDo(
            f"the answers of wave {wave} lie unencrypted in the database, as an earlier version left them",
            next_step="begin a new home: import the class list, load the waves again, then destroy the old folder",
        )


def lie_in_plain(connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
    """Whether a wave's answers are a table of a database that is a file (in memory, as in tests, they may be)."""
    query = """SELECT 1 FROM duckdb_tables() AS answers JOIN duckdb_databases() AS place USING (database_name)
        WHERE schema_name = ? AND table_name = 'raw_submission' AND path IS NOT NULL"""
    return bool(connection.execute(query, [schema]).fetchall())


def submission_query(schema: str, snapshot: str | None) -> str:
    """SELECT of stg_submission; without a class list (units none) the raw rows as they are."""
    if snapshot is None:
        return f'SELECT * FROM "{schema}".raw_submission'
    columns = ", ".join(f"registry.{column}" for column in REGISTRY_COLUMNS)
    literal = snapshot.replace("'", "''")
    return (
        f'SELECT submission.*, {columns} FROM "{schema}".raw_submission AS submission '
        f"JOIN raw_registry AS registry ON registry.class_id = submission.class_id "
        f"AND registry.snapshot_id = '{literal}'"
    )
