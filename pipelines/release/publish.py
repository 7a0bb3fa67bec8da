"""Audience files: one DuckDB file each, built fresh from the joint tables, switched in by one pointer.

Called by the release stage alone. A release is a new folder; the text file `published/current` names it last of all,
so a reader sees the old release or the new one and never half of either.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines.contracts import TableContract, load_contracts
from pipelines.release.pointer import point_to
from pipelines.release.store import write_tables
from pipelines.release.tables import Tables
from pipelines.settings import settings

ABOVE_SCHOOLS = "SELECT cluster_id FROM pub_unit WHERE unit_kind = 'school' AND list_contains(?, unit_id)"
BELOW_SCHOOLS = "SELECT unit_id FROM pub_unit WHERE unit_kind = 'grade' AND list_contains(?, parent_id)"
# (query, values) → school, or "" for a query that isn't about one → (rows, digest)
Contents = dict[tuple[str, str], dict[str, tuple[int, str]]]
LINES = "SELECT *, CAST(kept AS VARCHAR) AS line FROM ({}) AS kept"
DIGEST = "coalesce(sha256(string_agg(line, chr(10) ORDER BY line)), '')"
DEEP_UNITS = {"public": ("city", "district"), "bureau": ("city", "district", "school", "class")}


@dataclass(frozen=True)
class Audience:
    """Who reads a file: `kind` is public, bureau, district, school or lead; `schools` whose rows it may hold."""

    name: str
    kind: str
    scope: str
    schools: tuple[str, ...]


def list_audiences(units: pd.DataFrame) -> list[Audience]:
    """All audiences of a city, from the newest wave's units."""
    schools = units[units["unit_kind"] == "school"].drop_duplicates("unit_id")
    home = {
        str(school): str(district) for school, district in zip(schools["unit_id"], schools["parent_id"], strict=True)
    }
    everyone = tuple(sorted(home))
    districts = sorted(set(home.values()))
    return [
        Audience("public", "public", "", ()),
        Audience("bureau", "bureau", "", everyone),
        *(
            Audience(f"district_{name}", "district", name, tuple(s for s in everyone if home[s] == name))
            for name in districts
        ),
        *(Audience(f"school_{school}", "school", school, (school,)) for school in everyone),
        *(Audience(f"lead_{school}", "lead", school, (school,)) for school in everyone),
    ]


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
        files = {}
        template, known = part / ".template", Contents()
        with _joint(tables, release_id, record) as connection:
            connection.execute("SET threads = 1")  # many small queries: threads only wait for each other
            write_template(connection, template)
            for done, audience in enumerate(audiences):
                files[audience.name] = write_audience(connection, audience, template, record["bureau_only"], known)
                if progress:
                    progress(done + 1, len(audiences))
        template.unlink()
        write_manifest(part, release_id, record, files)
        part.replace(final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    point_to(release_id)
    return final


def _joint(tables: Tables, release_id: str, record: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """The joint tables in memory, checked against their contracts as they are written."""
    connection = duckdb.connect(":memory:")
    # Readers land on the newest wave, also when an older one was released after it.
    row = {"release_id": release_id, "as_of_wave": tables["pub_wave"]["wave"].max(), "audience": "joint"}
    row |= {"policy_version": record["policy"], "rules_version": record["rules"]}
    write_tables(connection, tables | {"pub_release": pd.DataFrame([row])})
    return connection


def write_template(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A file with every table and no row: copying it is far cheaper than creating the tables again and again."""
    # Small blocks: a school's file holds some hundred rows a table, and the default block would make it megabytes.
    connection.execute(f"ATTACH '{path.as_posix()}' AS template (BLOCK_SIZE 16384)")
    connection.execute("BEGIN TRANSACTION")
    for name in load_contracts("pub_"):
        connection.execute(f"CREATE TABLE template.{name} AS SELECT * FROM {name} WHERE false")
    connection.execute("COMMIT")
    connection.execute("DETACH template")


def write_audience(
    connection: duckdb.DuckDBPyConnection, audience: Audience, template: Path, bureau_only: list[str], known: Contents
) -> dict[str, Any]:
    """One audience's file beside the template; returns its content hash and the rows of each table."""
    path = template.with_name(f"{audience.name}.duckdb")
    shutil.copyfile(template, path)
    connection.execute(f"ATTACH '{path.as_posix()}' AS audience_file")
    connection.execute("BEGIN TRANSACTION")
    rows: dict[str, int] = {}
    hashes: list[str] = []
    for name, contract in load_contracts("pub_").items():
        condition, values = audience_filter(contract, audience, bureau_only)
        kept, named = ("* REPLACE (? AS audience)", [audience.name]) if name == "pub_release" else ("*", [])
        query = f"SELECT {kept} FROM {name} WHERE {condition}"
        rows[name], digest = read_content(connection, name, query, [*named, *values], known)
        if rows[name]:
            connection.execute(f"INSERT INTO audience_file.{name} {query}", [*named, *values])
        hashes.append(f"{name}:{digest}")
    connection.execute("COMMIT")
    connection.execute("DETACH audience_file")
    path.chmod(0o600)
    return {"content": _digest(connection, "\n".join(hashes)), "rows": rows}


def read_content(
    connection: duckdb.DuckDBPyConnection, table: str, query: str, values: list[Any], known: Contents
) -> tuple[int, str]:
    """(rows, digest) of a query, whatever the order of its rows; what several audiences share is read once.

    Rows of a single school are read for all schools at once.
    """
    if query.endswith("false"):
        return 0, ""
    by_school = " WHERE school_id = ?"
    if by_school in query:
        every = (query.replace(by_school, " WHERE true"), repr(values[1:]))
        if every not in known:
            known[every] = _content_by_school(connection, every[0], values[1:])
        return known[every].get(values[0], (0, ""))
    key = (query, repr(values))
    if key not in known:
        known[key] = {"": _content(connection, query, values)}
    return known[key][""]


def _content(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> tuple[int, str]:
    row = connection.execute(f"SELECT count(*), {DIGEST} FROM ({LINES.format(query)})", values).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def _content_by_school(
    connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]
) -> dict[str, tuple[int, str]]:
    grouped = f"SELECT school_id, count(*), {DIGEST} FROM ({LINES.format(query)}) GROUP BY school_id"
    return {school: (rows, digest) for school, rows, digest in connection.execute(grouped, values).fetchall()}


def _digest(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    row = connection.execute("SELECT sha256(?)", [text]).fetchone()
    return str(row[0]) if row else ""


def audience_filter(contract: TableContract, audience: Audience, bureau_only: list[str]) -> tuple[str, list[Any]]:
    """SQL condition and its values: which rows of a table this audience may hold.

    `bureau_only`: indicators that bureau and districts alone may see.
    """
    if audience.kind not in contract.audiences:
        return "false", []
    if contract.table == "pub_unit":
        return _unit_filter(audience)
    if contract.table == "pub_label":
        return "school_id = '' OR list_contains(?, school_id)", [list(audience.schools)]
    condition: str = "true"
    values: list[Any] = []
    if "school_id" in contract.columns:
        condition, values = "list_contains(?, school_id)", [list(audience.schools)]
        if len(audience.schools) == 1:
            condition, values = "school_id = ?", list(audience.schools)
    elif "cluster_id" in contract.columns:
        condition, values = f"cluster_id IN ({ABOVE_SCHOOLS})", [list(audience.schools)]
    if "indicator" in contract.columns and audience.kind not in ("bureau", "district"):
        condition += " AND NOT list_contains(?, indicator)"
        values = [*values, bureau_only]
    return condition, values


def _unit_filter(audience: Audience) -> tuple[str, list[Any]]:
    """Units an audience may name: its own, and what stands above them."""
    if audience.kind in DEEP_UNITS:
        return "list_contains(?, unit_kind)", [list(DEEP_UNITS[audience.kind])]
    schools = list(audience.schools)
    parts = [
        "unit_kind IN ('city', 'district')",
        "(unit_kind = 'school' AND list_contains(?, unit_id))",
        f"(unit_kind = 'class' AND parent_id IN ({BELOW_SCHOOLS}))",
    ]
    if audience.kind == "school":
        parts += [
            "(unit_kind = 'grade' AND list_contains(?, parent_id))",
            f"(unit_kind = 'cluster' AND unit_id IN ({ABOVE_SCHOOLS}))",
        ]
    return " OR ".join(parts), [schools] * (len(parts) - 1)


def write_manifest(folder: Path, release_id: str, record: dict[str, Any], files: dict[str, Any]) -> None:
    """manifest.json: what was released, under which rules, with which content, and what the audit found."""
    manifest = {"release": release_id, "made": datetime.now(UTC).isoformat(timespec="seconds")}
    text = json.dumps(manifest | record | {"files": files}, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
