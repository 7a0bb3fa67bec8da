"""One measurement in a process of its own.

`python -m pipelines.bench.job NAME DATABASE` prints {seconds, cpu_s, peak_mb} and, of counts, a checksum.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from pipelines.bench.synthetic import WAVE, make_wave, write_files
from pipelines.contracts import load_contract, quoted, wave_schema
from pipelines.microdata import CONFIG
from pipelines.microdata.rest import show_opened
from pipelines.score.core import CORE_TABLES
from pipelines.stage import wave_row
from survey.instrument import Instrument, load_instrument

PEER_TABLES = tuple(table for table in CORE_TABLES if "class" in table and "response" not in table)
Result = dict[str, Any]


def timed(work: Callable[[], Any]) -> tuple[Result, Any]:
    """Wall and processor seconds of the work, and what it returns."""
    started, cpu = time.perf_counter(), time.process_time()
    found = work()
    return {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}, found


def job_make(connection: duckdb.DuckDBPyConnection, n: str) -> Result:
    """Make the synthetic wave of n sheets."""
    seconds, _ = timed(lambda: make_wave(connection, load_instrument(), int(n)))
    return seconds


def job_scan(connection: duckdb.DuckDBPyConnection) -> Result:
    """The floor: every answer read and added up once."""
    columns = stored_instrument(connection).columns.values()
    sums = ", ".join(f"{'count' if column.kind == 'text' else 'sum'}({quoted(column.name)})" for column in columns)
    query = f"SELECT count(*), {sums} FROM {wave_schema(WAVE)}.raw_submission"
    seconds, _ = timed(lambda: connection.execute(query).fetchall())
    return seconds


def job_counts(connection: duckdb.DuckDBPyConnection) -> Result:
    """The product: score_wave, Ibis compiled as in a fresh process."""
    from pipelines.score import score_wave

    seconds, _ = timed(lambda: score_wave(connection, WAVE))
    return {**seconds, "checksum": checksum(connection)}


def job_counts_sql(connection: duckdb.DuckDBPyConnection) -> Result:
    """The same tables with SQL written by hand in the place of the Ibis expressions."""
    from pipelines import score
    from pipelines.bench.counts_sql import count_answers_sql

    seconds, _ = timed(lambda: score.score_wave(connection, WAVE, counter=count_answers_sql))
    return {**seconds, "checksum": checksum(connection)}


def job_counts_pandas(connection: duckdb.DuckDBPyConnection) -> Result:
    """The same class tables as frames, left in the same database as the other peers leave theirs."""
    from pipelines.bench.counts_pandas import count_classes, read_sheets
    from pipelines.score.places import grid_of

    instrument = stored_instrument(connection)

    def count_and_store() -> None:
        sheets = read_sheets(connection, WAVE, instrument)
        for table, frame in count_classes(sheets, instrument, grid_of(instrument)).items():
            connection.execute(f"DELETE FROM {table} WHERE wave = '{WAVE}'")
            connection.register("frame", frame.astype({"class_id": str}))
            connection.execute(f"INSERT INTO {table} BY NAME SELECT '{WAVE}' AS wave, * FROM frame")
            connection.unregister("frame")

    seconds, _ = timed(count_and_store)
    return {**seconds, "checksum": checksum(connection)}


def job_files(connection: duckdb.DuckDBPyConnection, n: str) -> Result:
    """Write the interchange files of n sheets beside the database."""
    (database,) = connection.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchall()[0]
    seconds, _ = timed(lambda: write_files(connection, load_instrument(), int(n), Path(database).parent / "city"))
    return seconds


def job_load(connection: duckdb.DuckDBPyConnection, folder: str) -> Result:
    """Load the files into ANXIN_HOME and count: what a bureau waits for. Unused: the given scratch database."""
    from pipelines.load import load_file
    from pipelines.microdata import open_microdata
    from pipelines.registry import import_registry
    from pipelines.score import score_wave

    def load_to_counts() -> int:
        import_registry(Path(folder))
        report = load_file(Path(folder) / f"responses-{WAVE}.parquet", WAVE)
        with open_microdata() as microdata:
            score_wave(microdata, WAVE)
        return report.accepted

    seconds, accepted = timed(load_to_counts)
    return {**seconds, "accepted": accepted}


def job_run(connection: duckdb.DuckDBPyConnection) -> Result:
    """Run the loaded wave; seconds of the release stage."""
    from pipelines.run import run_wave

    report = run_wave(WAVE)
    return {"seconds": report.seconds["release"]}


def stored_instrument(connection: duckdb.DuckDBPyConnection) -> Instrument:
    return Instrument.from_json(str(wave_row(connection, WAVE)["instrument_json"]))


def checksum(connection: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """Rows and order-free sum of row hashes of each class table that all peers make."""
    found = {}
    for table in PEER_TABLES:
        columns = ", ".join(map(quoted, load_contract(table).columns))
        ((rows, digest),) = connection.execute(f"SELECT count(*), sum(hash({columns}))::TEXT FROM {table}").fetchall()
        found[table] = [rows, digest]
    return found


JOBS: dict[str, Callable[..., Result]] = {
    "make": job_make,
    "scan": job_scan,
    "counts": job_counts,
    "counts_sql": job_counts_sql,
    "counts_pandas": job_counts_pandas,
    "files": job_files,
    "load": job_load,
    "run": job_run,
}


def main(arguments: list[str]) -> None:
    name, database, *rest = arguments
    connection = duckdb.connect(str(Path(database)), config=dict(CONFIG))
    show_opened(connection)
    result = JOBS[name](connection, *rest)
    connection.close()
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
