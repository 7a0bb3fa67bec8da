"""Audience files: one DuckDB file each, built fresh from the joint tables, switched in by one pointer.

Called by the release stage alone. A release is a new folder; the text file `published/current` names it last of all,
so a reader sees the old release or the new one and never half of either.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts import load_contract, load_contracts
from pipelines.release.audiences import Audience, list_audiences
from pipelines.release.joint import Joint, build_joint, open_tables, rows_query
from pipelines.release.pointer import point_to
from pipelines.release.tables import Tables
from pipelines.settings import settings

WRITERS = 2  # files written at a time


def publish(
    tables: Tables, release_id: str, record: dict[str, Any], progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write every audience's file and the manifest, then move the pointer. Returns the release's folder."""
    published = settings().published
    published.mkdir(parents=True, exist_ok=True)
    published.chmod(0o700)
    part, final = published / f".{release_id}.part", published / release_id
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        audiences = list_audiences(tables["pub_unit"])
        with open_tables(tables, release_id, record) as connection:
            template = write_template(connection, part / ".template")
            joint = build_joint(connection, audiences, record["bureau_only"])
            files = write_audiences(joint, template, audiences, progress)
        template.unlink()
        write_manifest(part, release_id, record, files)
        part.replace(final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    point_to(release_id)
    return final


def write_audiences(
    joint: Joint, template: Path, audiences: list[Audience], progress: Callable[[int, int], None] | None
) -> dict[str, dict[str, Any]]:
    """Every audience's file, some at a time; content hash and rows by audience."""
    files = {}
    with ThreadPoolExecutor(WRITERS) as writers:
        written = writers.map(lambda audience: write_audience(joint, template, audience), audiences)
        for done, (audience, file) in enumerate(zip(audiences, written, strict=True), start=1):
            files[audience.name] = file
            if progress:
                progress(done, len(audiences))
    return files


def write_template(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """A file with every table and no row: copying it is far cheaper than creating the tables again and again."""
    # Small blocks: a school's file holds some hundred rows a table, and the default block would make it megabytes.
    connection.execute(f"ATTACH '{path.as_posix()}' AS template (BLOCK_SIZE 16384)")
    connection.execute("BEGIN TRANSACTION")
    for name in load_contracts("pub_"):
        connection.execute(f"CREATE TABLE template.{name} AS SELECT * FROM {name} WHERE false")
    connection.execute("COMMIT")
    connection.execute("DETACH template")
    return path


def write_audience(joint: Joint, template: Path, audience: Audience) -> dict[str, Any]:
    """One audience's file beside the template; returns its content hash and the rows of each table."""
    path, file = template.with_name(f"{audience.name}.duckdb"), f'"{audience.name}"'
    shutil.copyfile(template, path)
    found = {name: joint.contents.get((name, audience.name), (0, "")) for name in load_contracts("pub_")}
    with joint.connection.cursor() as cursor:
        cursor.execute(f"ATTACH '{path.as_posix()}' AS {file}")
        cursor.execute("BEGIN TRANSACTION")
        for name, (rows, _) in found.items():
            if rows:
                write_rows(cursor, joint, name, audience, rows)
        cursor.execute("COMMIT")
        cursor.execute(f"DETACH {file}")
    path.chmod(0o600)
    text = "\n".join(f"{name}:{digest}" for name, (_, digest) in found.items())
    return {"content": sha256(text.encode()).hexdigest(), "rows": {name: rows for name, (rows, _) in found.items()}}


def write_rows(cursor: duckdb.DuckDBPyConnection, joint: Joint, table: str, audience: Audience, rows: int) -> None:
    """Fill a table of an audience's file. Raises ArithmeticError where other rows arrive than were counted."""
    query, values = rows_query(joint, load_contract(table), audience)
    written = cursor.execute(f'INSERT INTO "{audience.name}".{table} {query}', values).fetchone()
    if written != (rows,):
        raise ArithmeticError(f"{audience.name}: {table} would not hold the {rows} rows that were counted")


def write_manifest(folder: Path, release_id: str, record: dict[str, Any], files: dict[str, Any]) -> None:
    """manifest.json: what was released, under which rules, with which content, and what the audit found."""
    manifest = {"release": release_id, "made": datetime.now(UTC).isoformat(timespec="seconds")}
    text = json.dumps(manifest | record | {"files": files}, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
