"""How sheets were filled in, as counts of a class: too fast, equal to another, called untrue by who filled them in.

Beside the counts of answers and apart from them: nothing here is about what was lived through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipelines.contracts import literal, quoted
from pipelines.score.answers import Source

if TYPE_CHECKING:
    from survey.columns import Column
    from survey.instrument import Instrument

# Answers by which somebody says that the sheet can't be relied on.
DOUBTFUL = {"hon_true": (3,), "hon_read": (2,)}
# Short sheets are equal by chance.
LEAST_ITEMS = 20
# Equal sheets are found by a hash of each: so many at once, so that they fit in memory.
ROWS_AT_ONCE = 2_000_000


def core_class_wave_quality(connection: duckdb.DuckDBPyConnection, source: Source, instrument: Instrument) -> str:
    """SELECT of one row per class with an answer: r, fast, same, doubtful (NULL where the instrument can't tell).

    Makes the temporary table count_quality; a survey without classes has none.
    """
    columns = list(instrument.columns.values())
    names = ", ".join(quoted(column.name) for column in columns)
    doubtful = " OR ".join(doubtful_conditions(columns))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE count_quality(class_id TEXT, r BIGINT, fast BIGINT, same BIGINT, doubtful BIGINT)"
    )
    bands = ", ".join(map(literal, source.bands))
    for part, parts in slices(connection, source):
        connection.execute(f"""
            INSERT INTO count_quality
            SELECT class_id, sum(sheets), sum(fast), coalesce(sum(sheets) FILTER (sheets > 1), 0), sum(doubtful) FROM (
                SELECT class_id, count(*) AS sheets, count(CASE WHEN too_fast = 1 THEN 1 END) AS fast,
                    count(CASE WHEN {doubtful or "false"} THEN 1 END) AS doubtful
                FROM {quoted(source.schema)}.stg_submission
                WHERE take_part <> 0 AND band IN ({bands}) AND hash(class_id) % {parts} = {part}
                GROUP BY class_id, hash({names})
            ) GROUP BY class_id""")
    same, doubts = "same" if is_long(columns) else "NULL", "doubtful" if doubtful else "NULL"
    return f"SELECT class_id, r, fast, {same} AS same, {doubts} AS doubtful FROM count_quality"


def doubtful_conditions(columns: list[Column]) -> list[str]:
    """SQL conditions on a sheet, for what of it the instrument asks."""
    named = {column.name: column for column in columns}
    found = [
        f"{quoted(name)} IN ({', '.join(map(literal, codes))})" for name, codes in DOUBTFUL.items() if name in named
    ]
    return found + [f"{quoted(column.name)} = 1" for column in columns if column.impossible and column.kind == "flag"]


def is_long(columns: list[Column]) -> bool:
    """Whether two sheets that are equal in every answer are a coincidence worth counting."""
    return len({column.item for column in columns}) >= LEAST_ITEMS


def slices(connection: duckdb.DuckDBPyConnection, source: Source) -> list[tuple[int, int]]:
    """(part, parts) by which the classes are gone through."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {quoted(source.schema)}.raw_submission").fetchall()
    parts = 1 + rows // ROWS_AT_ONCE
    return [(part, parts) for part in range(parts)]
