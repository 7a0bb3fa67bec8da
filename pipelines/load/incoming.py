"""The table `incoming`: a file's rows as codes, before anything is stored. It is temporary and never leaves."""

from __future__ import annotations

import duckdb

from pipelines.contracts import literal, quoted
from pipelines.files.read import Kind, Source, read_chunks
from pipelines.load.cells import code_sql, group_sql, label_sql, weight_sql
from pipelines.load.mapping import Origin, Plan
from survey.columns import Column
from survey.instrument import Instrument

YES_NO = Column("", "", None, "flag", (0, 1), (), ())


def incoming(
    connection: duckdb.DuckDBPyConnection, source: Source, plan: Plan, instrument: Instrument, wave: str | None
) -> None:
    """One row per row of the file: "#row", wave, class_id, weight, take_part, too_fast, answers, groups.

    Cells that are no code stand as OUTSIDE; with both a wave column and `wave`, only that wave's rows are taken.
    """
    cells = cells_of(plan, source, instrument, wave)
    types = {name: sql_type for name, (_, sql_type) in cells.items()}
    connection.execute("DROP TABLE IF EXISTS temp.incoming")
    columns = ", ".join(f"{quoted(name)} {sql_type}" for name, sql_type in types.items())
    connection.execute(f"CREATE TEMP TABLE incoming ({columns})")
    selected = ", ".join(f"{sql} AS {quoted(name)}" for name, (sql, _) in cells.items())
    only = f"WHERE wave = {literal(wave)}" if plan.wave and wave else ""
    with read_chunks(connection, source, plan.wanted) as chunks:
        for chunk in chunks:
            connection.execute(f"INSERT INTO incoming SELECT * FROM (SELECT {selected} FROM {chunk}) {only}")


def cells_of(plan: Plan, source: Source, instrument: Instrument, wave: str | None) -> dict[str, tuple[str, str]]:
    """Name -> (SQL over the source, SQL type) of every column of `incoming`, in order."""

    def kind(origin: Origin) -> Kind:
        return source.kinds[origin.column]

    def fixed(name: str, default: int) -> str:
        origin = plan.fixed.get(name)
        return code_sql(origin, kind(origin), YES_NO) if origin else f"{default}::TINYINT"

    class_id, weight = plan.fixed.get("class_id"), plan.fixed.get("weight")
    cells = {
        "#row": ('"#row"', "BIGINT"),
        "wave": (label_sql(plan.wave, kind(plan.wave)) if plan.wave else literal(wave or ""), "TEXT"),
        "class_id": (label_sql(class_id, kind(class_id)) if class_id else "NULL::TEXT", "TEXT"),
        "weight": (weight_sql(weight, kind(weight) if weight else "float"), "DOUBLE"),
        "take_part": (fixed("take_part", 1), "TINYINT"),
        "too_fast": (fixed("too_fast", 0), "TINYINT"),
    }
    for name, column in instrument.columns.items():
        sql_type = "TEXT" if column.kind == "text" else "TINYINT"
        origin = plan.answers.get(name)
        cells[name] = (code_sql(origin, kind(origin), column) if origin else f"NULL::{sql_type}", sql_type)
    for name, origin in plan.groups.items():
        cells[name] = (group_sql(origin, kind(origin)), "TEXT")
    return cells


def clear_blanks(connection: duckdb.DuckDBPyConnection, instrument: Instrument) -> int:
    """Throw away what was ticked on sheets handed in as a blank; returns how many had something."""
    names = [quoted(name) for name in instrument.columns]
    given = " OR ".join(f"{name} IS NOT NULL" for name in names)
    emptied = ", ".join(f"{name} = NULL" for name in names)
    done = connection.execute(f"UPDATE incoming SET {emptied} WHERE take_part = 0 AND ({given})").fetchone()
    return int(done[0]) if done else 0


def content_hashes(connection: duckdb.DuckDBPyConnection, names: list[str], salt: str) -> dict[str, str]:
    """Wave -> sha256 of its rows whatever their order and file format; `salt` ties it to the instrument.

    Sums of two 64-bit halves of an md5 per row: addition keeps duplicates apart and forgets the order.
    """
    cells = ", ".join(f"coalesce({quoted(name)}::VARCHAR, '')" for name in names)
    query = f"""
        SELECT wave, sha256(concat_ws(':', {literal(salt)}, wave, count(*), sum(low), sum(high)))
        FROM (SELECT wave, md5_number_lower(cells) AS low, md5_number_upper(cells) AS high
              FROM (SELECT wave, concat_ws('|', {cells}) AS cells FROM incoming))
        GROUP BY wave"""
    return {wave: digest for wave, digest in connection.execute(query).fetchall() if wave is not None}
