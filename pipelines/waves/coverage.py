"""Coverage files: how far the classes of a wave are, one file per audience, apart from releases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.contracts import create_table_sql, load_contract
from pipelines.problems import CannotDo, Where
from pipelines.waves.status import ClassMeter, WaveStatus
from pipelines.words import say

TABLE = "live_class_wave_meter"


def write_coverage(status: WaveStatus, out: Path) -> list[Path]:
    """Write coverage/<wave>/<audience>.duckdb beneath `out`; a reader sees a file as it was or as it is now.

    CannotDo where the disk refuses; files written so far are whole, the rest are as they were.
    """
    folder = out / "coverage" / status.wave
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with duckdb.connect() as connection:
            live_class_wave_meter(connection, status)
            return [
                write_file(connection, folder / f"{name}.duckdb", classes)
                for name, classes in split_audiences(status.meters).items()
            ]
    except (OSError, duckdb.Error) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        rule = say("file.not_written", reason=reason)
        raise CannotDo(rule, where=Where(str(folder)), next_step=say("file.not_written_step")) from error


def live_class_wave_meter(connection: duckdb.DuckDBPyConnection, status: WaveStatus) -> None:
    """One row per class of the wave."""
    shared = {"wave": status.wave, "as_of": date.today(), "wave_state": status.state}
    rows = pa.Table.from_pylist([shared | asdict(meter) for meter in status.meters])
    connection.execute(create_table_sql(load_contract(TABLE)))
    connection.register("meter_rows", rows)
    connection.execute(f"INSERT INTO {TABLE} BY NAME SELECT * FROM meter_rows")


def split_audiences(meters: Sequence[ClassMeter]) -> dict[str, list[str]]:
    """Audience → ids of the classes it may hold."""
    found: dict[str, list[str]] = {"bureau": []}
    for meter in meters:
        for name in ("bureau", f"district_{meter.district_id}", f"school_{meter.school_id}"):
            found.setdefault(name, []).append(meter.class_id)
    return found


def write_file(connection: duckdb.DuckDBPyConnection, path: Path, classes: Sequence[str]) -> Path:
    """Built fresh beside its place, then switched in."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        connection.execute(f"ATTACH '{part.as_posix()}' AS file (BLOCK_SIZE 16384)")
        query = f"CREATE TABLE file.{TABLE} AS SELECT * FROM {TABLE} WHERE list_contains(?, class_id) ORDER BY ALL"
        connection.execute(query, [list(classes)])
        connection.execute("DETACH file")
        part.chmod(0o600)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    return path
