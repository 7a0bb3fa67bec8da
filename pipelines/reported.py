"""What schools reported, read back from casework's counts: one module, numbers only."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.contracts import create_tables
from pipelines.microdata import transaction
from pipelines.problems import BadInput, Where
from pipelines.registry import check_unique, given
from pipelines.settings import settings

TABLE = "core_school_wave_reported"
KEY = ("school_id", "wave", "kind", "code")


def counts_file(named: Path | None) -> Path | None:
    """The file to read: the one that is named, else casework/counts.csv of the home if it is there.

    Raises BadInput where a file is named that isn't there.
    """
    if named is not None and not named.is_file():
        raise BadInput("there is no such file", where=Where(str(named)), next_step="anxin casework export FILE")
    usual = settings().home / "casework" / "counts.csv"
    return named or (usual if usual.is_file() else None)


def core_school_wave_reported(connection: duckdb.DuckDBPyConnection, wave: str, path: Path | None) -> int:
    """One row per school of the file per wave, replacing the wave's: incidents first reported in its half year.

    A file that has a row of the wave knows the wave: a school it has nothing of reported nothing. Without a file, or
    with one of other waves, nothing is known. Returns the rows; raises BadInput, nothing stored, for a file that breaks
    its contract (file, row, column, rule).
    """
    create_tables(connection, [TABLE])
    if path is not None:
        given(connection, path, "casework_counts")
        check_unique(connection, "casework_counts", KEY)
    with transaction(connection):
        connection.execute(f"DELETE FROM {TABLE} WHERE wave = ?", [wave])
        if path is None:
            return 0
        rows = connection.execute(
            f"""INSERT INTO {TABLE}
                SELECT ?, school_id, coalesce(sum(number) FILTER (kind = 'incident' AND code = 'reported'), 0)
                FROM given_casework_counts WHERE wave = ? GROUP BY school_id""",
            [wave, wave],
        ).fetchall()
    return int(rows[0][0])
