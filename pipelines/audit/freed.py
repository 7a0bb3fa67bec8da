"""Freed blocks of a database file: what a deleted row would still stand in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

HEADERS = 3 * 4096  # bytes before block 0


def holds_freed_rows(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether a block is freed that isn't one of the empty file which this one began as.

    An audience's file is the copy of an empty one with the same tables; what its catalogue stood in is freed when rows
    come in. Those blocks are made again here and compared byte by byte: anything else may be a row that was deleted.
    """
    size, total = connection.execute("SELECT block_size, total_blocks FROM pragma_database_size()").fetchall()[0]
    tables = connection.execute("SELECT table_name, sql FROM duckdb_tables() WHERE NOT internal")
    names, statements = zip(*tables.fetchall(), strict=True)
    freed = set(range(int(total))) - used_blocks(connection, names)
    raw, empty = path.read_bytes(), empty_file(statements, int(size))
    return any(block_of(raw, block, size) != block_of(empty, block, size) for block in freed)


def used_blocks(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> set[int]:
    """Blocks that hold the catalogue, or rows of a table."""
    used = {int(block) for (block,) in connection.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()}
    query = "SELECT block_id, additional_block_ids FROM pragma_storage_info(?) WHERE persistent"
    for table in tables:
        for block, more in connection.execute(query, [table]).fetchall():
            used |= {int(block), *(int(other) for other in more or [])}
    return used


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
