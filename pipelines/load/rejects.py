"""The reject file: row, column and rule of everything that was not accepted, and never a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from pipelines.files.csv_out import write_csv
from pipelines.files.row_checks import RowCheck
from pipelines.load.job import Job
from pipelines.settings import settings
from pipelines.words import say

HEADER = ("row", "column", "rule", "说明", "meaning")


def write_rejects(
    connection: duckdb.DuckDBPyConnection, name: str, job: Job, checks: Sequence[RowCheck]
) -> Path | None:
    """Write confidential/rejects/<name>.csv; None, and no file, where every row was accepted."""
    rows = reject_rows(connection, job, checks)
    first = next(rows, None)
    if first is None:
        return None
    path = settings().confidential / "rejects" / f"{name}.csv"
    return write_csv(path, HEADER, _with_first(first, rows))


def reject_rows(
    connection: duckdb.DuckDBPyConnection, job: Job, checks: Sequence[RowCheck]
) -> Iterator[tuple[int, str, str, str, str]]:
    """Row in the file, column as the file calls it, rule, and the rule's words in both languages."""
    for line, rule in job.source.unreadable.items():
        yield (line, "", *_words(rule))
    columns = [source_column(check.column, job) for check in checks]
    query = 'SELECT DISTINCT "#row", check_no FROM violations ORDER BY ALL'
    cursor = connection.execute(query)
    seen: set[tuple[str, str]] = set()
    last = -1
    while rows := cursor.fetchmany(10_000):
        for line, number in rows:
            seen = seen if line == last else set()
            last, fault = line, (columns[number], checks[number].rule)
            if fault not in seen:
                seen.add(fault)
                yield (line, fault[0], *_words(fault[1]))


def source_column(column: str, job: Job) -> str:
    """The file's own name of a column, so that the person who has the file finds it."""
    origin = job.plan.wave if column == "wave" else job.plan.origins.get(column)
    return origin.column if origin else column


def _words(rule: str) -> tuple[str, str, str]:
    return rule, say(f"rule.{rule}", "zh_CN"), say(f"rule.{rule}", "en")


def _with_first(
    first: tuple[int, str, str, str, str], rest: Iterator[tuple[int, str, str, str, str]]
) -> Iterator[tuple[int, str, str, str, str]]:
    yield first
    yield from rest
