"""Answers kept apart (`uses`, `about`): no class, shuffled, stored encrypted beside the wave's sheets, never joined.

A wave's sheets are loaded first: they bring the instrument and the class list that these rows are checked against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import duckdb

from pipelines.contracts import create_tables, has_table, literal, load_contract, quoted
from pipelines.files.read import Source, read_chunks
from pipelines.files.row_checks import RowCheck, contract_checks, violations
from pipelines.load import store
from pipelines.load.cells import OUTSIDE, code_sql, label_sql
from pipelines.load.checks import answer_checks
from pipelines.load.incoming import content_hashes
from pipelines.load.job import Job, LoadReport, Progress
from pipelines.load.likeness import check_columns
from pipelines.load.limits import policy_value
from pipelines.load.mapping import Origin, Plan
from pipelines.load.rejects import write_rejects
from pipelines.load.store import WaveCount
from pipelines.microdata import transaction
from pipelines.microdata.rest import forget_content, store_rows, sweep_files
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.words import say
from survey.columns import Column
from survey.instrument import Instrument
from survey.sheets import Apart

KEYS = ("school_id", "grade")
GRADE = Column("grade", "grade", None, "code", tuple(range(1, 13)), (), ())
CHUNK = 20_000  # rows in memory as Python values


def is_apart(source: Source) -> bool:
    """Whether a file holds answers kept apart: a school and a grade, and no class."""
    return set(KEYS) <= set(source.columns) and "class_id" not in source.columns and "school_name" not in source.columns


def load_apart(
    connection: duckdb.DuckDBPyConnection, source: Source, wave: str | None, replace: bool, progress: Progress
) -> LoadReport:
    """Check and keep one file of answers kept apart. BadInput refuses it, CannotDo holds it; nothing changes then."""
    job = prepare_apart(connection, source, wave, replace, progress)
    assert job.wave
    incoming_apart(connection, job)
    checks = apart_checks(job.instrument)
    violations(connection, checks, rows_of_grades(connection, job.wave))
    count = count_rows(connection, job)
    if count.already:
        return report_of(count, (say("load.already"),), None)
    rejects = write_rejects(connection, f"{job.wave}-apart-{count.load_id}", job, checks)
    if count.rejected > policy_value("load.reject_limit") * count.read:
        limit = f"{policy_value('load.reject_limit'):.0%}"
        rule = say("load.held_rejects", rejected=count.rejected, read=count.read, limit=limit)
        raise CannotDo(rule, where=Where(source.path.name), next_step=say("load.apart_held_step", rejects=rejects))
    keep_apart(connection, job, count)
    progress(1, 1)
    return report_of(count, (), rejects)


def prepare_apart(
    connection: duckdb.DuckDBPyConnection, source: Source, wave: str | None, replace: bool, progress: Progress
) -> Job:
    """BadInput where no wave was named, its sheets were not loaded yet, or the columns are others."""
    progress(0, 1)
    if wave is None:
        raise BadInput(say("load.no_wave"), next_step=say("load.no_wave_step"))
    instrument = stored_instrument(connection, wave)
    if instrument is None or instrument.units != "class":
        where = Where(source.path.name)
        raise BadInput(say("load.apart_first", wave=wave), where=where, next_step=say("load.apart_first_step"))
    names = [*KEYS, *instrument.apart_columns]
    check_columns(source, instrument, names, set(names))
    here = {name: Origin(column=name) for name in names}
    fixed = {name: here[name] for name in KEYS}
    answers = {name: here[name] for name in instrument.apart_columns}
    plan = Plan(file="", units="class", wave=None, fixed=fixed, answers=answers, groups={})
    return Job(source, plan, instrument, wave, replace, progress)


def stored_instrument(connection: duckdb.DuckDBPyConnection, wave: str) -> Instrument | None:
    """The instrument the wave was loaded with; None where it was not."""
    if not has_table(connection, "main", "raw_wave"):
        return None
    rows = connection.execute("SELECT instrument_json FROM raw_wave WHERE wave = ?", [wave]).fetchall()
    return Instrument.from_json(rows[0][0]) if rows else None


def incoming_apart(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """The table `incoming`, one row per row of the file: "#row", wave, school_id, grade, answers kept apart."""
    kinds = job.source.kinds
    cells = {name: code_sql(job.plan.answers[name], kinds[name], column) for name, column in apart_of(job.instrument)}
    cells = {"wave": literal(job.wave or ""), "grade": code_sql(job.plan.fixed["grade"], kinds["grade"], GRADE)} | cells
    cells = {"#row": '"#row"', "school_id": label_sql(job.plan.fixed["school_id"], kinds["school_id"])} | cells
    selected = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in cells.items())
    create_incoming(connection, job.instrument)
    with read_chunks(connection, job.source, job.plan.wanted) as chunks:
        for chunk in chunks:
            connection.execute(f"INSERT INTO incoming BY NAME SELECT {selected} FROM {chunk}")


def create_incoming(connection: duckdb.DuckDBPyConnection, instrument: Instrument, name: str = "incoming") -> None:
    answers = "".join(f", {quoted(code)} {sql_type(column)}" for code, column in apart_of(instrument))
    connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    connection.execute(f'CREATE TEMP TABLE {name} ("#row" BIGINT, wave TEXT, school_id TEXT, grade TINYINT{answers})')


def apart_of(instrument: Instrument) -> Iterable[tuple[str, Column]]:
    return instrument.apart_columns.items()


def sql_type(column: Column) -> str:
    return "TEXT" if column.kind == "text" else "TINYINT"


def apart_checks(instrument: Instrument) -> list[RowCheck]:
    """Everything such a row can break; expects the columns of `incoming` and of its grade (known, band)."""
    found = [RowCheck("code", "grade", f"grade = {OUTSIDE}")]
    found += [check for check in contract_checks(load_contract("apart")) if check.rule != "range"]
    found.append(RowCheck("school_unknown", "school_id", f"school_id IS NOT NULL AND grade <> {OUTSIDE} AND NOT known"))
    return found + [check for _, column in apart_of(instrument) for check in answer_checks(column, instrument)]


def rows_of_grades(connection: duckdb.DuckDBPyConnection, wave: str) -> str:
    """FROM clause of `incoming` with what the wave's class list says of school and grade: known, and their band.

    The band is NULL, and so not checked, where one grade of a school has classes of two.
    """
    grades = f"""SELECT school_id, grade, CASE WHEN count(DISTINCT band) = 1 THEN min(band) END AS band, true AS known
        FROM raw_registry WHERE band IS NOT NULL
        AND snapshot_id = (SELECT snapshot_id FROM raw_wave WHERE wave = {literal(wave)}) GROUP BY school_id, grade"""
    return (
        f"(SELECT incoming.*, asked.band, coalesce(asked.known, false) AS known "
        f"FROM incoming LEFT JOIN ({grades}) AS asked USING (school_id, grade))"
    )


def count_rows(connection: duckdb.DuckDBPyConnection, job: Job) -> WaveCount:
    """Rows read, accepted and rejected; `already` where the same rows were loaded before."""
    names = [*KEYS, *job.instrument.apart_columns]
    digest = content_hashes(connection, names, job.instrument.hash).get(str(job.wave), "0" * 64)
    query = 'SELECT count(*), count(*) FILTER ("#row" IN (SELECT "#row" FROM violations)) FROM incoming'
    ((rows, broken),) = connection.execute(query).fetchall()
    strays = len(job.source.unreadable)
    count = WaveCount(str(job.wave), digest[:12], digest, rows + strays, rows - broken, broken + strays)
    if not count.read:
        raise BadInput(say("file.no_rows"), where=Where(job.source.path.name), next_step=say("file.export_again"))
    before = None if job.replace else store.loaded_before(connection, count.wave, digest, "raw_apart_load")
    return before or count


def keep_apart(connection: duckdb.DuckDBPyConnection, job: Job, count: WaveCount) -> None:
    with transaction(connection):
        create_tables(connection, ["raw_apart_load"])
        if job.replace:
            forget_content(connection, count.wave, "raw_apart")
            connection.execute("DELETE FROM raw_apart_load WHERE wave = ?", [count.wave])
        name = job.source.path.name
        values = [count.wave, count.load_id, count.content_hash, name, count.read, count.accepted, count.rejected]
        connection.execute("INSERT OR REPLACE INTO raw_apart_load VALUES (?, ?, ?, ?, ?, ?, ?, 'loaded')", values)
        names = ", ".join(map(quoted, (*KEYS, *job.instrument.apart_columns)))
        accepted = f'SELECT {names} FROM incoming ANTI JOIN violations USING ("#row")'
        store_rows(connection, count.wave, "raw_apart", accepted)
    sweep_files(connection)


def store_apart(connection: duckdb.DuckDBPyConnection, wave: str, rows: Iterable[Apart]) -> int:
    """Add rows that were checked already to the wave's raw_apart, in the caller's transaction; returns rows stored.

    The wave stands in raw_wave. Rows are taken in chunks, so that a city's envelopes never are in memory together.
    """
    instrument = stored_instrument(connection, wave)
    if instrument is None:
        raise CannotDo(f"wave {wave} has not been loaded", next_step=f"anxin load FILE --wave {wave}")
    names = list(instrument.apart_columns)
    create_incoming(connection, instrument, "incoming_apart")
    for table in apart_tables(iter(rows), instrument):
        connection.register("apart_chunk", table)
        connection.execute("INSERT INTO incoming_apart BY NAME SELECT * FROM apart_chunk")
        connection.unregister("apart_chunk")
    selected = ", ".join(map(quoted, (*KEYS, *names)))
    stored = store_rows(connection, wave, "raw_apart", f"SELECT {selected} FROM incoming_apart")
    connection.execute("DROP TABLE temp.incoming_apart")
    return stored


def apart_tables(rows: Iterator[Apart], instrument: Instrument) -> Iterator[object]:
    """The rows as Arrow tables of up to CHUNK rows."""
    import pyarrow as pa

    types = {name: pa.string() if column.kind == "text" else pa.int8() for name, column in apart_of(instrument)}
    while chunk := list(islice(rows, CHUNK)):
        columns = {"school_id": pa.array([row.school_id for row in chunk], pa.string())}
        columns["grade"] = pa.array([row.grade for row in chunk], pa.int8())
        columns |= {name: pa.array([row.answers.get(name) for row in chunk], kind) for name, kind in types.items()}
        yield pa.table(columns)


def report_of(count: WaveCount, warnings: tuple[str, ...], rejects: Path | None) -> LoadReport:
    numbers = (count.read, count.accepted, count.rejected)
    return LoadReport(count.wave, *numbers, rejects, count.already, warnings, None, (count,))
