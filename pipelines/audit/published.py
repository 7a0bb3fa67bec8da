"""Read what was published: every audience's file and the manifest, as a reader of all of them would."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines.audit.faults import Fault
from pipelines.audit.freed import Segment, holds_freed_rows, read_segments
from pipelines.contracts import SQL_TYPE, load_contracts
from pipelines.policy import is_house_policy
from pipelines.problems import BadInput, Where

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
    "threads": "1",
}
Tables = Mapping[str, pd.DataFrame]
OBJECTS = {  # catalogue function: which of its rows are a file's own
    "duckdb_views": "NOT internal",
    "duckdb_types": "NOT internal",
    "duckdb_functions": "NOT internal",
    "duckdb_schemas": "NOT internal AND schema_name <> 'main'",
    "duckdb_sequences": "true",
    "duckdb_indexes": "true",
}


@dataclass(frozen=True)
class Published:
    """One release as its files hold it. `files`: the tables by audience; `faults`: what the storage gives away."""

    release: str
    manifest: dict[str, Any]
    files: dict[str, Tables]
    faults: tuple[Fault, ...]


def read_release_files(folder: Path, look_inside: bool = True) -> Published:
    """All audience files of one release; `look_inside`: check the storage too.

    Raises BadInput where the folder or its manifest can't be read.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        listed = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput("this release has no readable manifest", where=Where(str(folder / "manifest.json"))) from error
    files: dict[str, Tables] = {}
    faults = check_listing(folder, listed)
    for path in sorted(folder.glob("*.duckdb")):
        try:
            with duckdb.connect(str(path), read_only=True, config=CONFIG) as connection:
                shapes = read_shapes(connection)
                faults += check_shapes(path.name, shapes, is_older(manifest))
                faults += check_inside(connection, path, shapes, listed.get(path.stem, {})) if look_inside else []
                files[path.stem] = read_tables(connection, shapes)
        except duckdb.Error:
            faults.append(Fault(path.name, "", "", "the file can't be read as a database"))
    return Published(folder.name, manifest, files, tuple(faults))


def check_listing(folder: Path, listed: Mapping[str, Any]) -> list[Fault]:
    """The folder holds what the manifest names, and nothing else."""
    wanted = {f"{name}.duckdb" for name in listed} | {"manifest.json"}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    faults = [Fault(name, "", "", "named by the manifest, but missing") for name in sorted(wanted - found)]
    return faults + [Fault(name, "", "", "not named by the manifest") for name in sorted(found - wanted)]


def read_tables(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> Tables:
    """The tables that have a contract."""
    known = [name for name in load_contracts("pub_") if name in names]
    return {name: connection.execute(f'SELECT * FROM "{name}"').df() for name in known}


def distinct_rows(files: Mapping[str, Tables], table: str) -> pd.DataFrame:
    """The rows of a table over all files, equal ones once; `file` names the first that holds each."""
    frames = [tables[table].assign(file=f"{name}.duckdb") for name, tables in files.items() if table in tables]
    frames = [frame for frame in frames if not frame.empty]
    if not frames:
        return pd.DataFrame()
    rows = pd.concat(frames, ignore_index=True)
    return rows.drop_duplicates([column for column in rows if column != "file"], ignore_index=True)


def check_inside(
    connection: duckdb.DuckDBPyConnection, path: Path, names: Mapping[str, Any], listed: Mapping[str, Any]
) -> list[Fault]:
    """What the storage gives away, and whether rows and hash are the manifest's."""
    segments = read_segments(connection)
    faults = check_leftovers(connection, path.name, names, segments) + check_content(connection, path.name, listed)
    if holds_freed_rows(connection, path, segments):
        faults.append(Fault(path.name, "", "", "the file holds freed blocks, which may keep deleted values"))
    return faults


def read_shapes(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """(column, type) of each table, in order."""
    query = (
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY 1, column_index"
    )
    shapes: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in connection.execute(query).fetchall():
        shapes.setdefault(table, []).append((column, kind))
    return shapes


def is_older(manifest: Mapping[str, Any]) -> bool:
    """Whether another version of the house's policy than today's made the release: it may know fewer tables."""
    return not is_house_policy(str(manifest.get("policy", "")))


def check_shapes(file: str, shapes: Mapping[str, list[tuple[str, str]]], older: bool = False) -> list[Fault]:
    """Exactly the contracts' tables, each with exactly its columns and types; older: of these, some may be missing."""
    contracts = load_contracts("pub_")
    faults = [Fault(file, name, "", "a table without a contract") for name in sorted(set(shapes) - set(contracts))]
    for name, contract in contracts.items():
        wanted = [(column, SQL_TYPE[spec.type].replace("TEXT", "VARCHAR")) for column, spec in contract.columns.items()]
        found = shapes.get(name)
        if found is None:
            faults += [] if older else [Fault(file, name, "", "the table is missing")]
            continue
        wanted = [column for column in wanted if column in found or not older]
        if found != wanted:
            odd = sorted({column for column, _ in set(found) ^ set(wanted)})
            faults.append(Fault(file, name, "column " + ", ".join(odd), "columns are not those of the contract"))
    return faults


def check_leftovers(
    connection: duckdb.DuckDBPyConnection, file: str, names: Iterable[str], segments: Sequence[Segment]
) -> list[Fault]:
    """No deleted rows, nothing but tables: all that could hold what isn't shown."""
    values, faults = [segment for segment in segments if not segment.is_validity], []
    stored = Counter[tuple[str, str]]()
    for segment in values:
        stored[segment.table, segment.column] += segment.rows
    changed = {segment.table for segment in values if segment.has_updates}
    known = sorted(set(names) & set(load_contracts("pub_")))
    for name, rows in count_rows(connection, known):
        most = max((total for (table, _), total in stored.items() if table == name), default=0)
        if most != rows or name in changed:
            faults.append(Fault(file, name, "", "the file still holds deleted or changed rows"))
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}() WHERE {own}" for name, own in OBJECTS.items())
    for name, count in connection.execute(counts).fetchall():
        if count:
            faults.append(Fault(file, "", name.removeprefix("duckdb_"), "something besides plain tables"))
    return faults


def count_rows(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> list[tuple[str, int]]:
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in tables)
    return connection.execute(counts).fetchall() if tables else []


def check_content(connection: duckdb.DuckDBPyConnection, file: str, listed: Mapping[str, Any]) -> list[Fault]:
    """Rows and content hash are those of the manifest."""
    lines, faults = [], []
    for name in load_contracts("pub_"):
        try:
            rows, digest = table_content(connection, name)
        except duckdb.CatalogException:
            continue
        lines.append(f"{name}:{digest}")
        if rows != listed.get("rows", {}).get(name):
            faults.append(Fault(file, name, "", "the number of rows is not the manifest's"))
    if hashlib.sha256("\n".join(lines).encode()).hexdigest() != listed.get("content"):
        faults.append(Fault(file, "", "", "the content hash is not the manifest's"))
    return faults


def table_content(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, str]:
    """(rows, sha256 over the sorted rows as text), as the manifest's hashes are made."""
    rows = connection.execute(f'SELECT CAST(kept AS VARCHAR) FROM "{table}" AS kept').fetchall()
    text = "\n".join(sorted((row[0] for row in rows), key=lambda line: line.encode()))
    return len(rows), hashlib.sha256(text.encode()).hexdigest() if rows else ""
