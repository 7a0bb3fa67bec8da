"""Score: answers → counts. Classes first, in one pass each; everything else is rolled up from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb
import ibis

from pipelines.contracts import has_table, literal, quoted, wave_schema
from pipelines.microdata import transaction
from pipelines.problems import CannotDo
from pipelines.score import answers, core
from pipelines.score.answers import Source
from pipelines.score.apart import core_school_wave_apart
from pipelines.score.places import Grid, grid_of
from pipelines.score.quality import core_class_wave_quality
from pipelines.score.scales import core_band_wave_scale
from pipelines.stage import stg_submission, wave_row
from survey.instrument import Instrument

Counter = Callable[[duckdb.DuckDBPyConnection, Source, Instrument, Grid], None]
# Counts by class have to fit: a spill would put them, half added up, on the disk in plain (docs/adr/0007).
MEMORY_BASE, MEMORY_A_MILLION = 600, 120  # MB
COUNTS = ("count_response", "count_indicator", "count_place", "count_place_time", "count_quality")


def score_wave(
    connection: duckdb.DuckDBPyConnection, wave: str, engine: str = "duckdb", counter: Counter | None = None
) -> dict[str, int]:
    """Write the wave's rows of every core table, replacing earlier ones, all or none.

    Returns responses (sheets handed in), blanks, classes (with an answer) and the rows written to each core table.
    `counter` makes the tables of counts (a bench puts its peer there). Raises CannotDo where the wave is not loaded or
    the engine is not built.
    """
    if engine != "duckdb":
        raise CannotDo(f"the engine {engine} is not built", next_step="use --engine duckdb")
    row = wave_row(connection, wave)
    instrument = Instrument.from_json(str(row["instrument_json"]))
    stg_submission(connection, wave)
    with bounded_memory(connection, wave), transaction(connection):
        source = source_of(connection, wave, row, instrument)
        grid = grid_of(instrument)
        (counter or count_answers)(connection, source, instrument, grid)
        core.create_core_tables(connection)
        written = {}
        for table, query in core_queries(connection, wave, row, source, instrument, grid).items():
            written[table] = write_core(connection, wave, table, query)
        if source.has_bands:
            core_band_wave_scale(connection, wave, source, str(row["snapshot_id"]), instrument)
        summary = summarise(connection, source)
        for count in COUNTS:
            connection.execute(f"DROP TABLE IF EXISTS temp.{count}")
    return summary | written


@contextmanager
def bounded_memory(connection: duckdb.DuckDBPyConnection, wave: str) -> Iterator[None]:
    """Hold DuckDB to a limit by the wave's sheets; afterwards its default stands, as the door to microdata opens it.

    (Reading the limit and writing it back would lower it a little each time: DuckDB prints it rounded.)
    """
    ((sheets,),) = connection.execute(f"SELECT count(*) FROM {quoted(wave_schema(wave))}.raw_submission").fetchall()
    connection.execute(f"SET memory_limit = '{MEMORY_BASE + MEMORY_A_MILLION * sheets // 1_000_000}MB'")
    try:
        yield
    finally:
        connection.execute("RESET memory_limit")


def source_of(
    connection: duckdb.DuckDBPyConnection, wave: str, row: dict[str, str | None], instrument: Instrument
) -> Source:
    """Where and how the wave's answers stand. Raises CannotDo for several bands without a class list to tell them."""
    schema, has_classes = wave_schema(wave), row["units"] == "class"
    if not has_classes and len(instrument.bands) != 1:
        raise CannotDo("a survey without classes has an instrument with one band", next_step="give it one band")
    groups = tuple(group for group in (row["groups"] or "").split(",") if group)
    query = f"SELECT coalesce(bool_or(weight <> 1), false) FROM {quoted(schema)}.raw_submission"
    (weighted,) = connection.execute(query).fetchall()[0]
    return Source(
        schema=schema,
        unit=("class_id",) if has_classes else groups,
        bands=instrument.bands,
        has_bands=has_classes,
        weighted=weighted,
    )


def count_answers(connection: duckdb.DuckDBPyConnection, source: Source, instrument: Instrument, grid: Grid) -> None:
    """Make the temporary tables of counts: the only queries that read one row per student."""
    table = answers.submissions(source, instrument)
    expressions = {
        "count_response": answers.count_response(table, source),
        "count_indicator": answers.count_indicator(table, source, tuple(instrument.indicators.values())),
    }
    if source.has_bands and grid.has_places:
        expressions["count_place"] = answers.count_place(table, source, grid)
    if source.has_bands and grid.pairs:
        expressions["count_place_time"] = answers.count_place_time(table, source, grid)
    for name, expression in expressions.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {ibis.to_sql(expression, dialect='duckdb')}")


def core_queries(
    connection: duckdb.DuckDBPyConnection,
    wave: str,
    row: dict[str, str | None],
    source: Source,
    instrument: Instrument,
    grid: Grid,
) -> dict[str, str]:
    """SELECT of every core table, in the order they are written; none where nothing is asked."""
    indicators = tuple(instrument.indicators.values())
    if not source.has_bands:
        group_rows = core.core_group_wave_indicator_without_classes(source.unit, indicators, source.weighted)
        return dict.fromkeys(core.CORE_TABLES, "") | ({"core_group_wave_indicator": group_rows} if indicators else {})
    class_rows = f"(SELECT * FROM core_class_wave_indicator WHERE wave = {literal(wave)})"
    return {
        "core_class_wave_response": core.core_class_wave_response(str(row["snapshot_id"]), source.weighted),
        "core_class_wave_indicator": core.core_class_wave_indicator(indicators, source.weighted),
        "core_class_wave_place": core.core_class_wave_place(grid),
        "core_class_wave_place_group": core.core_class_wave_place_group(grid),
        "core_class_wave_place_area": core.core_class_wave_place_area(grid),
        "core_class_wave_place_time": core.core_class_wave_place_time(grid) if grid.pairs else "",
        "core_class_wave_place_time_group": core.core_class_wave_place_time_group(grid),
        "core_group_wave_indicator": core.core_group_wave_indicator(class_rows),
        "core_class_wave_quality": core_class_wave_quality(connection, source, instrument),
        "core_school_wave_apart": core_school_wave_apart(str(row["snapshot_id"]), source.schema, instrument)
        if has_table(connection, source.schema, "raw_apart")
        else "",
    }


def write_core(connection: duckdb.DuckDBPyConnection, wave: str, table: str, query: str) -> int:
    """Replace the wave's rows of one core table; returns how many there are now."""
    connection.execute(f"DELETE FROM {table} WHERE wave = ?", [wave])
    if not query:
        return 0
    insert = f"INSERT INTO {table} BY NAME SELECT {literal(wave)} AS wave, * FROM ({query})"
    ((rows,),) = connection.execute(insert).fetchall()
    return int(rows)


def summarise(connection: duckdb.DuckDBPyConnection, source: Source) -> dict[str, int]:
    """Sheets handed in, blanks among them, and classes with an answer (0 in a survey without classes)."""
    query = """SELECT coalesce(sum(submitted), 0)::BIGINT, coalesce(sum(blanks), 0)::BIGINT,
        (SELECT count(*) FROM count_indicator) FROM count_response"""
    ((responses, blanks, classes),) = connection.execute(query).fetchall()
    return {"responses": responses, "blanks": blanks, "classes": classes if source.has_bands else 0}
