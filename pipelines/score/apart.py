"""Answers stored apart (`uses`, `about`) → totals of a school's grades. They carry no class, and never meet one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.contracts import literal, quoted

if TYPE_CHECKING:
    from survey.columns import Column
    from survey.instrument import Instrument


def core_school_wave_apart(snapshot: str, schema: str, instrument: Instrument) -> str:
    """One row per school per grade per option that the grade's band is asked: r, yes.

    r: envelopes that hold an answer; a blank sheet's is empty. Nothing where nothing is asked apart.
    """
    columns = instrument.apart_columns
    if not columns:
        return ""
    counts = [
        f"SELECT school_id, grade, {literal(option)} AS option, r, {quoted(option)} AS yes FROM counted"
        f" WHERE band IN ({', '.join(map(literal, column.bands))})"
        for column in columns.values()
        for option, _ in options_of(column)
    ]
    sums = [
        f"count(CASE WHEN {condition} THEN 1 END) AS {quoted(option)}"
        for column in columns.values()
        for option, condition in options_of(column)
    ]
    answered = f"coalesce({', '.join(f'{quoted(name)}::VARCHAR' for name in columns)}) IS NOT NULL"
    return f"""
        WITH grades AS (
            SELECT DISTINCT school_id, grade, band FROM raw_registry
            WHERE snapshot_id = {literal(snapshot)} AND band IS NOT NULL
        ), counted AS (
            SELECT school_id, grade, band, count(*) AS r, {", ".join(sums)}
            FROM {quoted(schema)}.raw_apart JOIN grades USING (school_id, grade) WHERE {answered} GROUP BY ALL
        )
        {" UNION ALL ".join(counts)}"""


def options_of(column: Column) -> Iterator[tuple[str, str]]:
    """(option, SQL condition) of each answer a column can hold; a ticked option is named by its column."""
    if column.kind == "flag":
        yield column.name, f"{quoted(column.name)} = 1"
        return
    for code in column.answers:
        yield f"{column.name}__{code}", f"{quoted(column.name)} = {literal(code)}"
