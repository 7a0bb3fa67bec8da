"""What the storage of a database file tells: segments of its tables, and freed blocks, where deleted rows would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

HEADERS = 3 * 4096  # bytes before block 0


@dataclass(frozen=True)
class Segment:
    """So many stored rows of one column (or of which of its values are NULL), and the blocks they stand in."""

    table: str
    column: str
    rows: int
    has_updates: bool
    is_validity: bool
    blocks: frozenset[int]


def read_segments(connection: duckdb.DuckDBPyConnection) -> list[Segment]:
    """Every segment of the file's tables, in one statement: one for each table costs five times as much.

    A view has no segments and DuckDB refuses to look for any, so it isn't asked of.
    """
    tables = [
        name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
    ]
    kept = "column_path, count, has_updates, segment_type = 'VALIDITY', persistent, block_id, additional_block_ids"
    asked = [f"SELECT {as_text(name)}, {kept} FROM pragma_storage_info({as_text(quoted(name))})" for name in tables]
    found = connection.execute(" UNION ALL ".join(asked)).fetchall() if asked else []
    return [
        Segment(table, column, rows, updated, validity, frozenset({block, *(more or [])} if persistent else ()))
        for table, column, rows, updated, validity, persistent, block, more in found
    ]


def as_text(name: str) -> str:
    """A name as SQL writes a text; whoever forged the file named its tables."""
    return "'" + name.replace("'", "''") + "'"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def holds_freed_rows(connection: duckdb.DuckDBPyConnection, path: Path, segments: Sequence[Segment]) -> bool:
    """Whether a block is freed that isn't one of the empty file which this one began as.

    An audience's file is the copy of an empty one with the same tables; what its catalogue stood in is freed when rows
    come in. Those blocks are made again here and compared byte by byte: anything else may be a row that was deleted.
    """
    size, total = connection.execute("SELECT block_size, total_blocks FROM pragma_database_size()").fetchall()[0]
    tables = connection.execute("SELECT sql FROM duckdb_tables() WHERE NOT internal")
    statements = tuple(sql for (sql,) in tables.fetchall())
    freed = set(range(int(total))) - used_blocks(connection, segments)
    raw, empty = path.read_bytes(), empty_file(statements, int(size))
    return any(block_of(raw, block, size) != block_of(empty, block, size) for block in freed)


def used_blocks(connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment]) -> set[int]:
    """Blocks that hold the catalogue, or rows of a table."""
    catalogue = connection.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()
    return {int(block) for (block,) in catalogue}.union(*(segment.blocks for segment in segments))


def block_of(raw: bytes, block: int, size: int) -> bytes:
    return raw[HEADERS + block * size : HEADERS + (block + 1) * size]


@lru_cache(maxsize=4)
def empty_file(statements: tuple[str, ...], block_size: int) -> bytes:
    """The bytes of a database in which these tables were created, in one transaction, and nothing else."""
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "empty.duckdb"  # attached by the name the writer uses: the catalogue keeps that name
        connection.execute(f"ATTACH '{path.as_posix()}' AS template (BLOCK_SIZE {block_size})")
        connection.execute("USE template")
        connection.execute("BEGIN TRANSACTION")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH template")
        return path.read_bytes()
