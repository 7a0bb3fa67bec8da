"""Opened answers at rest: files named by raw_sealed, shown to SQL as "wave_…".raw_submission and raw_apart.

The table's row is the point of commit: a file that no row names was never stored, or is stored no longer.
"""

from __future__ import annotations

import secrets
from datetime import date
from pathlib import Path

import duckdb

from pipelines.contracts import create_tables, has_table, literal, quoted, wave_schema
from pipelines.microdata.keys import make_key, read_key, sync_folder
from pipelines.problems import CannotDo
from pipelines.settings import settings


def answers_folder() -> Path:
    return settings().confidential / "answers"


def opened_name(wave: str, content: str) -> str:
    """What a file is called on the connection; the view in the wave's schema refers to it."""
    return f"{wave_schema(wave)}_{content}"


def show_opened(connection: duckdb.DuckDBPyConnection) -> None:
    """Show every file whose key is here; whoever asks for another one is told by `stage`."""
    if not has_table(connection, "main", "raw_sealed"):
        return
    for wave, content, file in connection.execute("SELECT wave, content, file FROM raw_sealed").fetchall():
        show_file(connection, wave, content, answers_folder() / file)


def show_file(connection: duckdb.DuckDBPyConnection, wave: str, content: str, path: Path) -> bool:
    """Whether the file could be opened with the wave's key."""
    key = read_key(wave)
    if key is None or not path.exists():
        return False
    from pipelines.microdata.sealed import open_sealed

    try:
        rows = open_sealed(path, key)
    except OSError:
        return False
    connection.register(opened_name(wave, content), rows)
    return True


def store_rows(connection: duckdb.DuckDBPyConnection, wave: str, content: str, select: str) -> int:
    """Add the rows of `select` to a wave's opened answers, all shuffled together; the caller's transaction decides.

    The file is written anew and read back with the key on the disk before it counts. Returns rows now stored.
    Raises CannotDo where the earlier rows can't be opened, OSError and duckdb.Error where the disk refuses.
    """
    from pipelines.microdata.sealed import ROWS, write_sealed

    create_tables(connection, ["raw_sealed"])
    since = earlier_rows(connection, wave, content)
    if since:
        select = f"SELECT * FROM {quoted(opened_name(wave, content))} UNION ALL BY NAME ({select})"
    folder = answers_folder()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / f"{wave}-{content}-{secrets.token_hex(8)}.parquet"
    with connection.sql(shuffled(select)).to_arrow_reader(ROWS) as rows:
        write_sealed(path, rows, make_key(wave))
    sync_folder(folder)
    if not show_file(connection, wave, content, path):
        raise CannotDo(
            "what was stored could not be read back", next_step="check the disk and the key, then load again"
        )
    show_as_table(connection, wave, content)
    return name_file(connection, wave, content, path, since or date.today())


def earlier_rows(connection: duckdb.DuckDBPyConnection, wave: str, content: str) -> date | None:
    """Since when rows are stored; None where there are none. Raises CannotDo where they can't be opened."""
    is_open = has_table(connection, "main", opened_name(wave, content))
    query = "SELECT since FROM raw_sealed WHERE wave = ? AND content = ?"
    found = connection.execute(query, [wave, content]).fetchall()  # all of it: DuckDB streams one result at a time
    if found and not is_open:
        raise unopened(wave)
    return found[0][0] if found else None


def is_here(connection: duckdb.DuckDBPyConnection, wave: str, content: str) -> bool:
    """Whether the wave has these rows. Raises CannotDo where it has them and they can't be opened."""
    if not has_table(connection, wave_schema(wave), content):
        return False
    try:
        connection.execute(f"SELECT 1 FROM {quoted(wave_schema(wave))}.{quoted(content)} LIMIT 0").fetchall()
    except duckdb.CatalogException as error:  # the view is there, the file it shows is not open
        raise unopened(wave) from error
    return True


def unopened(wave: str) -> CannotDo:
    """The answers are here, and can't be read."""
    return CannotDo(
        f"the answers of wave {wave} can't be opened: their key is missing, is another one, or the file is damaged",
        next_step="put the key back where ANXIN_KEYS points, or load the wave again with --replace",
    )


def shuffled(select: str) -> str:
    """Rows ordered by a hash with a secret key that is forgotten: no order they had before can be found again."""
    key = literal(secrets.token_hex(32))
    numbered = f'SELECT *, row_number() OVER () AS "#n" FROM ({select})'
    return f'SELECT * EXCLUDE ("#n") FROM ({numbered}) ORDER BY sha256({key} || "#n"::VARCHAR)'


def show_as_table(connection: duckdb.DuckDBPyConnection, wave: str, content: str) -> None:
    schema = quoted(wave_schema(wave))
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    opened = quoted(opened_name(wave, content))
    connection.execute(f"CREATE OR REPLACE VIEW {schema}.{quoted(content)} AS SELECT * FROM {opened}")


def name_file(connection: duckdb.DuckDBPyConnection, wave: str, content: str, path: Path, since: date) -> int:
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {quoted(opened_name(wave, content))}").fetchall()
    connection.execute("DELETE FROM raw_sealed WHERE wave = ? AND content = ?", [wave, content])
    connection.execute("INSERT INTO raw_sealed VALUES (?, ?, ?, ?, ?)", [wave, content, path.name, rows, since])
    return int(rows)


def count_days_from(connection: duckdb.DuckDBPyConnection, wave: str, day: date) -> None:
    """Destroy the wave's answers so many days after `day`, where that is earlier than when they were opened."""
    connection.execute("UPDATE raw_sealed SET since = least(since, ?) WHERE wave = ?", [day, wave])


def forget_rows(connection: duckdb.DuckDBPyConnection, wave: str) -> None:
    """No row of the wave is stored any longer; `sweep_files` removes the files once that is committed."""
    create_tables(connection, ["raw_sealed"])
    connection.execute(f"DROP SCHEMA IF EXISTS {quoted(wave_schema(wave))} CASCADE")
    connection.execute("DELETE FROM raw_sealed WHERE wave = ?", [wave])


def forget_content(connection: duckdb.DuckDBPyConnection, wave: str, content: str) -> None:
    """As `forget_rows`, for one of the wave's tables."""
    create_tables(connection, ["raw_sealed"])
    connection.execute(f"DROP VIEW IF EXISTS {quoted(wave_schema(wave))}.{quoted(content)}")
    connection.execute("DELETE FROM raw_sealed WHERE wave = ? AND content = ?", [wave, content])


def sweep_files(connection: duckdb.DuckDBPyConnection) -> int:
    """Remove files that raw_sealed doesn't name; returns how many. Call it outside of a transaction."""
    named = set()
    if has_table(connection, "main", "raw_sealed"):
        named = {file for (file,) in connection.execute("SELECT file FROM raw_sealed").fetchall()}
    strays = [path for path in answers_folder().glob("*.parquet") if path.name not in named]
    for path in strays:
        path.unlink()
    return len(strays)
