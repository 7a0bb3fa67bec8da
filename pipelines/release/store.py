"""Releases of single waves, joint over all audiences, kept on the confidential side for audits and trends."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd

from pipelines.contracts import TableContract, create_table_sql, load_contracts, quoted
from pipelines.release.made import Release
from pipelines.release.tables import Tables
from pipelines.settings import settings

NOT_OF_A_WAVE = ("pub_release",)


def releases_folder() -> Path:
    return settings().confidential / "releases"


def list_release_ids() -> list[str]:
    """Ids of all releases, in the order in which they were made within each wave."""
    found = [path.stem for path in releases_folder().glob("*.duckdb")]
    return sorted(found, key=lambda name: (name.rsplit(".", 1)[0], int(name.rsplit(".", 1)[1])))


def next_release_id(wave: str) -> str:
    """`{wave}.{number}`, numbered from 1 within the wave."""
    numbers = [int(name.rsplit(".", 1)[1]) for name in list_release_ids() if name.rsplit(".", 1)[0] == wave]
    return f"{wave}.{max(numbers, default=0) + 1}"


def write_joint(release: Release, release_id: str) -> Path:
    """Keep the release of one wave; the file appears whole or not at all. Raises duckdb.Error on a broken contract."""
    folder = releases_folder()
    folder.mkdir(parents=True, exist_ok=True)
    part, final = folder / f".{release_id}.part", folder / f"{release_id}.duckdb"
    part.unlink(missing_ok=True)
    with duckdb.connect(str(part)) as connection:
        write_tables(connection, release.tables)
        connection.register("incoming", release.bounds)
        connection.execute("CREATE TABLE release_bounds AS SELECT * FROM incoming")
        connection.execute("CREATE TABLE release_record AS SELECT ?::TEXT AS record", [json.dumps(release.record)])
    part.replace(final)
    return final


def write_tables(connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    """Create every pub_ table from its contract and fill it; a row that breaks the contract raises duckdb.Error."""
    for name, contract in load_contracts("pub_").items():
        connection.execute(create_table_sql(contract))
        table = tables.get(name)
        if table is None or table.empty:
            continue
        columns = ", ".join(quoted(column) for column in contract.columns)
        connection.register("incoming", table[list(contract.columns)])
        connection.execute(f"INSERT INTO {name} SELECT {columns} FROM incoming")
        connection.unregister("incoming")


def read_joint(release_id: str) -> Release:
    """A release as it was kept; a table that is newer than the release has no rows."""
    with duckdb.connect(str(releases_folder() / f"{release_id}.duckdb"), read_only=True) as connection:
        kept = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        tables = {
            name: connection.execute(f"SELECT * FROM {name}").df() if name in kept else blank_table(contract)
            for name, contract in load_contracts("pub_").items()
            if name not in NOT_OF_A_WAVE
        }
        bounds = connection.execute("SELECT * FROM release_bounds").df()
        row = connection.execute("SELECT record FROM release_record").fetchone()
    record = json.loads(row[0]) if row else {}
    return Release(record["wave"], tables, bounds, record)


def blank_table(contract: TableContract) -> pd.DataFrame:
    return pd.DataFrame(columns=list(contract.columns))


def merge_waves(releases: list[Release]) -> Tables:
    """Tables over all waves, each as its latest release says it; words and indicators as the newest wave has them."""
    latest = {release.wave: release for release in releases}
    newest_first = [latest[wave] for wave in sorted(latest, reverse=True)]
    contracts = load_contracts("pub_")
    merged: Tables = {}
    for name in newest_first[0].tables:
        frames = [release.tables[name] for release in newest_first if not release.tables[name].empty]
        merged[name] = (
            pd.concat(frames, ignore_index=True).drop_duplicates(list(contracts[name].key))
            if frames
            else blank_table(contracts[name])
        )
    return merged
