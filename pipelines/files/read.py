"""Reading a table file: csv, parquet, and where installed xlsx and sav. Only the wanted columns are ever taken.

A chunk is a FROM clause with a column "#row" (the line in a text file or sheet, header = 1; the record in a
parquet or sav file, first = 1) and the wanted columns under their own names.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, TextIO

import duckdb

from pipelines.contracts import literal, quoted
from pipelines.problems import BadInput, Where
from pipelines.words import say

Kind = Literal["text", "whole", "float"]
CHUNK = 50_000
Tables = Callable[[Sequence[str]], Iterator[Any]]  # wanted columns -> Arrow tables with "#row" and these
WHOLE = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


@dataclass(frozen=True)
class Source:
    """A file whose header was read: columns in order, each with the kind of its cells."""

    path: Path
    form: str
    kinds: dict[str, Kind]
    encoding: str = "utf-8-sig"
    unreadable: dict[int, str] = field(default_factory=dict)  # row -> the rule it broke, found while it was read
    row_rules: tuple[str, ...] = ("cells",)  # what can make a row unreadable
    tables: Tables | None = None  # where the rows come from, if not from the file as it stands

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.kinds)


def open_source(path: Path) -> Source:
    """Look at a file's header. BadInput: missing, empty, unreadable, of an unknown kind, a column twice."""
    if not path.is_file():
        raise BadInput(say("file.missing"), where=Where(path.name), next_step=say("file.missing_step"))
    if path.stat().st_size == 0:
        raise BadInput(say("file.empty"), where=Where(path.name), next_step=say("file.export_again"))
    openers = {".csv": _open_csv, ".txt": _open_csv, ".parquet": _open_parquet, ".xlsx": _open_sheet}
    openers |= {".xls": _open_sheet, ".sav": _open_sav}
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    opener = openers.get(suffix.lower())
    if opener is None:
        raise BadInput(say("file.kind"), where=Where(path.name), next_step=say("file.kind_step"))
    return opener(path)


@contextmanager
def read_chunks(
    connection: duckdb.DuckDBPyConnection, source: Source, wanted: Sequence[str]
) -> Iterator[Iterator[str]]:
    """Yield the FROM clauses of the file's chunks; each is good until the next one is taken."""
    if source.form == "parquet":
        yield iter([_parquet_chunk(source, wanted)])
        return
    name = "source_chunk"
    try:
        yield (_registered(connection, name, table) for table in _tables(source, wanted))
    finally:
        connection.unregister(name)


def _registered(connection: duckdb.DuckDBPyConnection, name: str, table: Any) -> str:
    connection.register(name, table)
    return name


def _tables(source: Source, wanted: Sequence[str]) -> Iterator[Any]:
    if source.tables is not None:
        yield from source.tables(wanted)
        return
    if source.form == "sav":
        yield from _sav_tables(source, wanted)
        return
    import pyarrow as pa

    places = [source.columns.index(column) for column in wanted]
    names = ["#row", *wanted]
    rows = _sheet_rows(source) if source.form == "sheet" else _csv_rows(source)
    for rest in rows:
        chunk = list(islice(chain([rest], rows), CHUNK))
        cells = [pa.array([row[1][place] for row in chunk], pa.string()) for place in places]
        yield pa.table([pa.array([row[0] for row in chunk], pa.int64()), *cells], names=names)


def _checked_header(path: Path, names: Sequence[str]) -> Sequence[str]:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(say("file.column_twice"), where=Where(path.name, 1, twice), next_step=say("file.rename_column"))
    return names


# csv -----------------------------------------------------------------------------------------------------------


def _open_text(path: Path, encoding: str) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _open_csv(path: Path) -> Source:
    encoding = _encoding(path)
    with _open_text(path, encoding) as file:
        header = next(csv.reader(file), None)
    if not header or not any(name.strip() for name in header):
        raise BadInput(say("file.no_header"), where=Where(path.name, 1), next_step=say("file.export_again"))
    names = _checked_header(path, [name.strip() for name in header])
    return Source(path, "csv", dict.fromkeys(names, "text"), encoding)


def _encoding(path: Path) -> str:
    """utf-8 (with or without mark), else gb18030; BadInput names the byte where both fail."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with _open_text(path, encoding) as file:
                while file.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        except (OSError, EOFError) as error:
            raise BadInput(say("file.broken"), where=Where(path.name), next_step=say("file.export_again")) from error
        return encoding
    raise BadInput(say("file.encoding"), where=Where(path.name), next_step=say("file.encoding_step"))


def _csv_rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Line in the file and cells; empty lines aren't rows, lines with a wrong number of cells are set aside."""
    width = len(source.columns)
    with _open_text(source.path, source.encoding) as file:
        reader = csv.reader(file, strict=True)
        next(reader)
        line = reader.line_num + 1
        try:
            for cells in reader:
                if len(cells) == width and any(cells):
                    yield line, cells
                elif any(cells):
                    source.unreadable[line] = "cells"
                line = reader.line_num + 1
        except csv.Error as error:
            where = Where(source.path.name, line)
            raise BadInput(say("file.broken_line"), where=where, next_step=say("file.export_again")) from error


# parquet -------------------------------------------------------------------------------------------------------


def _open_parquet(path: Path) -> Source:
    try:
        described = duckdb.connect().execute(f"DESCRIBE SELECT * FROM {_parquet(path)}").fetchall()
    except duckdb.Error as error:
        raise BadInput(say("file.broken"), where=Where(path.name), next_step=say("file.export_again")) from error
    names = _checked_header(path, [row[0] for row in described])
    return Source(path, "parquet", dict(zip(names, [_kind(row[1]) for row in described], strict=True)))


def _kind(sql_type: str) -> Kind:
    if sql_type in WHOLE:
        return "whole"
    return "float" if sql_type in ("FLOAT", "DOUBLE") or sql_type.startswith("DECIMAL") else "text"


def _parquet(path: Path, options: str = "") -> str:
    return f"read_parquet({literal(str(path))}{options})"


def _parquet_chunk(source: Source, wanted: Sequence[str]) -> str:
    cells = [_parquet_cell(name, source.kinds[name]) for name in wanted]
    rows = _parquet(source.path, ", file_row_number = true")
    selected = ", ".join(['file_row_number + 1 AS "#row"', *cells])
    return f"(SELECT {selected} FROM {rows})"


def _parquet_cell(name: str, kind: Kind) -> str:
    if kind == "whole":
        return quoted(name)
    return f"CAST({quoted(name)} AS {'DOUBLE' if kind == 'float' else 'VARCHAR'}) AS {quoted(name)}"


# xlsx, xls, sav: read where the extra is installed ---------------------------------------------------------------


def _open_sheet(path: Path) -> Source:
    header = next(iter(_sheet(path)), None)
    if not header:
        raise BadInput(say("file.no_header"), where=Where(path.name, 1), next_step=say("file.export_again"))
    names = _checked_header(path, [_cell(cell).strip() for cell in header])
    return Source(path, "sheet", dict.fromkeys(names, "text"))


def _sheet(path: Path) -> list[list[Any]]:
    try:
        import python_calamine
    except ModuleNotFoundError as error:
        raise _extra_missing(path) from error
    try:
        return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        raise BadInput(say("file.broken"), where=Where(path.name), next_step=say("file.export_again")) from error


def _extra_missing(path: Path) -> BadInput:
    return BadInput(say("file.extra"), where=Where(path.name), next_step="pip install 'anxin[foreign]'")


def _cell(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _sheet_rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(_sheet(source.path)[1:], start=2):
        cells = [_cell(cell) for cell in row]
        if any(cells):
            yield line, cells


def _open_sav(path: Path) -> Source:
    _, meta = _read_sav(path, metadataonly=True)
    kinds: dict[str, Kind] = {
        name: "text" if meta.readstat_variable_types[name] == "string" else "float" for name in meta.column_names
    }
    return Source(path, "sav", kinds)


def _read_sav(path: Path, **options: Any) -> Any:
    try:
        import pyreadstat
    except ModuleNotFoundError as error:
        raise _extra_missing(path) from error
    try:
        return pyreadstat.read_sav(path, disable_datetime_conversion=True, **options)
    except pyreadstat.ReadstatError as error:
        raise BadInput(say("file.broken"), where=Where(path.name), next_step=say("file.export_again")) from error


def _sav_tables(source: Source, wanted: Sequence[str]) -> Iterator[Any]:
    import pyarrow as pa

    frame, _ = _read_sav(source.path, usecols=list(wanted))
    table = pa.Table.from_pandas(frame[list(wanted)], preserve_index=False)
    yield table.add_column(0, "#row", pa.array(range(1, len(frame) + 1), pa.int64()))
