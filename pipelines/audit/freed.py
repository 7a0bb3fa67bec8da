"""Freed blocks of a database file: what a deleted row would still stand in."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from pipelines.audit.faults import Fault

HEADERS = 3 * 4096  # bytes before block 0
FROM_TEMPLATE = {0, 1}  # a file begins as the copy of a template without rows, whose catalogue is freed later


def freed_content(connection: duckdb.DuckDBPyConnection, path: Path, tables: Iterable[str]) -> str:
    """Digest of the freed blocks; "rows" where a block is freed that a template can't have left."""
    size, total = connection.execute("SELECT block_size, total_blocks FROM pragma_database_size()").fetchall()[0]
    used = {int(block) for (block,) in connection.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()}
    for table in tables:
        query = "SELECT block_id, additional_block_ids FROM pragma_storage_info(?) WHERE persistent"
        for block, more in connection.execute(query, [table]).fetchall():
            used |= {int(block), *(int(other) for other in more or [])}
    freed = set(range(int(total))) - used
    if not freed <= FROM_TEMPLATE:
        return "rows"
    raw = path.read_bytes()
    blocks = b"".join(raw[HEADERS + block * size : HEADERS + (block + 1) * size] for block in sorted(freed))
    return hashlib.sha256(blocks).hexdigest()


def check_freed(found: Mapping[str, str]) -> list[Fault]:
    """All files have the same freed blocks, the template's: whatever differs may be a row that was deleted."""
    usual = Counter(found.values()).most_common(1)[0][0] if found else ""
    return [
        Fault(file, "", "", "the file holds freed blocks, which may keep deleted values")
        for file, content in found.items()
        if content == "rows" or content != usual
    ]
