"""All tables of a release in memory, the rows of each home together, and what every audience sees of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from pipelines.contracts import TableContract, load_contract, load_contracts, quoted
from pipelines.release.audiences import Audience, home_of, kind_filter
from pipelines.release.store import write_tables
from pipelines.release.tables import Tables

DIGEST = "sha256(string_agg(line, chr(10) ORDER BY line))"
FEW = 8  # homes whose rows are looked up where they lie
Slices = dict[str, dict[str, tuple[int, int]]]  # table → home → its first and last row
Contents = dict[tuple[str, str], tuple[int, str]]  # (table, audience) → rows, digest whatever their order


@dataclass(frozen=True)
class Joint:
    """The tables that have rows, in schema `joint`, each with a column `home`."""

    connection: duckdb.DuckDBPyConnection
    bureau_only: list[str]
    slices: Slices
    contents: Contents


@contextmanager
def open_tables(tables: Tables, release_id: str, record: dict[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The joint tables in memory, checked against their contracts as they are written."""
    # Readers land on the newest wave, also when an older one was released after it.
    row = {"release_id": release_id, "as_of_wave": tables["pub_wave"]["wave"].max(), "audience": "joint"}
    row |= {"policy_version": record["policy"], "rules_version": record["rules"]}
    with duckdb.connect(":memory:") as connection:
        write_tables(connection, tables | {"pub_release": pd.DataFrame([row])})
        connection.execute("SET threads = 1")  # many small queries: threads only wait for each other
        yield connection


def build_joint(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], bureau_only: list[str]) -> Joint:
    """The tables brought home, and what every audience sees of them."""
    slices = bring_home(connection)
    return Joint(connection, bureau_only, slices, read_contents(connection, audiences, bureau_only, slices))


def bring_home(connection: duckdb.DuckDBPyConnection) -> Slices:
    """Move every table that has rows to the schema `joint`, in the order of its homes, and within these as it was."""
    connection.execute("CREATE SCHEMA joint")
    slices: Slices = {}
    for name, contract in load_contracts("pub_").items():
        if connection.execute(f"SELECT 1 FROM main.{name} LIMIT 1").fetchone():
            query = f"SELECT *, {home_of(contract)} AS home FROM main.{name} ORDER BY home, rowid"
            connection.execute(f"CREATE TABLE joint.{name} AS {query}")
            query = f"SELECT home, min(rowid), max(rowid) FROM joint.{name} GROUP BY home"
            slices[name] = {home: (first, last) for home, first, last in connection.execute(query).fetchall()}
    for name in load_contracts("pub_"):
        connection.execute(f"DROP TABLE main.{name}")
    return slices


def read_contents(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], bureau_only: list[str], tables: Iterable[str]
) -> Contents:
    """Rows and digest of what each audience sees of each table: one query for all audiences of a kind."""
    reach = [(one.kind, one.name, home) for one in audiences for home in one.homes]
    connection.register("reached", pd.DataFrame(reach, columns=["kind", "audience", "home"]))
    connection.execute("CREATE TABLE reach AS SELECT * FROM reached")
    connection.unregister("reached")
    found: Contents = {}
    for contract in map(load_contract, tables):
        for kind in contract.audiences:
            where, values = kind_filter(contract, kind, bureau_only)
            lines = (
                f"SELECT reach.audience AS reader, CAST({line_of(contract)} AS VARCHAR) AS line"
                f" FROM joint.{contract.table} AS kept JOIN reach USING (home) WHERE reach.kind = ? AND {where}"
            )
            query = f"SELECT reader, count(*), {DIGEST} FROM ({lines}) GROUP BY reader"
            for reader, rows, digest in connection.execute(query, [kind, *values]).fetchall():
                found[contract.table, reader] = rows, digest
    return found


def line_of(contract: TableContract) -> str:
    """SQL expression for a row as it stands in a file; pub_release names who reads it."""
    source = {"audience": "reach.audience"} if contract.table == "pub_release" else {}
    return "{" + ", ".join(f"'{name}': {source.get(name, 'kept.' + quoted(name))}" for name in contract.columns) + "}"


def rows_query(joint: Joint, contract: TableContract, audience: Audience) -> tuple[str, list[Any]]:
    """SQL query and its values: the rows that an audience sees of a table, as its file holds them; there are some."""
    where, values = kind_filter(contract, audience.kind, joint.bureau_only)
    kept = "* EXCLUDE (home)" + (" REPLACE (? AS audience)" if contract.table == "pub_release" else "")
    named = [audience.name] if contract.table == "pub_release" else []
    query, values = f"SELECT {kept} FROM joint.{contract.table} WHERE {where}", [*named, *values]
    if len(audience.homes) > FEW:
        return f"{query} AND home IN (SELECT unnest(?))", [*values, list(audience.homes)]
    lie = {home: at for home in audience.homes if (at := joint.slices[contract.table].get(home))}
    near = " OR ".join(f"(home = ? AND rowid BETWEEN {first} AND {last})" for first, last in lie.values())
    return f"{query} AND ({near})", [*values, *lie]
