"""SQL that turns a source cell into a code. A cell that can't be one becomes OUTSIDE: its content goes nowhere."""

from __future__ import annotations

from pipelines.contracts import literal, quoted
from pipelines.files.read import Kind
from pipelines.load.mapping import Origin
from survey.columns import Column

OUTSIDE = -1  # no scale has it
OUTSIDE_TEXT = "?"  # no option code has it


def code_sql(origin: Origin, kind: Kind, column: Column) -> str:
    """SQL for a TINYINT (kinds code and flag) or TEXT: NULL for no answer, OUTSIDE for what isn't a code."""
    if origin.split is not None:
        return split_sql(origin, kind, str(column.option))
    is_text = column.kind == "text"
    if origin.recode is not None:
        return recode_sql(origin, kind, tuple(map(str, column.codes)), as_text=is_text)
    if kind == "text" or is_text or origin.missing:
        return text_sql(origin, kind, tuple(map(str, column.codes)), as_text=is_text)
    return number_sql(origin.column, kind, tuple(int(code) for code in column.codes))


def number_sql(source: str, kind: Kind, codes: tuple[int, ...]) -> str:
    """A number column without recodes: compared as numbers, so 1.5 is not 2."""
    name = quoted(source)
    empty = f"{name} IS NULL OR isnan({name})" if kind == "float" else f"{name} IS NULL"
    allowed = ", ".join(map(str, codes))
    return f"CASE WHEN {empty} THEN NULL WHEN {name}::DOUBLE IN ({allowed}) THEN {name}::TINYINT ELSE {OUTSIDE} END"


def text_sql(origin: Origin, kind: Kind, codes: tuple[str, ...], *, as_text: bool) -> str:
    """A text column: cells that are a code as they stand take the short way, the rest are trimmed first."""
    name, cell = quoted(origin.column), plain_sql(origin.column, kind)
    allowed = ", ".join(map(literal, codes))
    missing = ", ".join(map(literal, ("", *origin.missing)))
    slow = f"CASE WHEN {cell} IN ({missing}) THEN NULL WHEN {cell} IN ({allowed}) THEN {_cast(cell, as_text)} "
    slow += f"ELSE {_outside(as_text)} END"
    if kind != "text" or origin.missing:
        return f"CASE WHEN {cell} IS NULL THEN NULL ELSE {slow} END"
    return (
        f"CASE WHEN {name} IS NULL OR {name} = '' THEN NULL "
        f"WHEN {name} IN ({allowed}) THEN {_cast(name, as_text)} ELSE {slow} END"
    )


def recode_sql(origin: Origin, kind: Kind, codes: tuple[str, ...], *, as_text: bool) -> str:
    """A column with recodes: only the listed cells are answers, and they must lead to codes of the item."""
    cell, missing = plain_sql(origin.column, kind), ", ".join(map(literal, ("", *origin.missing)))
    recodes = (origin.recode or {}).items()
    whens = " ".join(
        f"WHEN {literal(cell_text)} THEN {literal(code) if as_text else int(code)}"
        for cell_text, code in recodes
        if code in codes
    )
    recoded = f"CASE {cell} {whens} ELSE {_outside(as_text)} END" if whens else _outside(as_text)
    return f"CASE WHEN {cell} IS NULL OR {cell} IN ({missing}) THEN NULL ELSE {recoded} END"


def split_sql(origin: Origin, kind: Kind, option: str) -> str:
    """One option's 0/1 out of a cell that joins several answers; a fill-in behind a label (〖…〗) is cut off."""
    cell, missing = plain_sql(origin.column, kind), ", ".join(map(literal, ("", *origin.missing)))
    options = origin.options or {}
    parts = (
        f"list_transform(string_split({cell}, {literal(origin.split or '')}), "
        "lambda part: trim(regexp_replace(part, '〖.*〗|\\[.*\\]$', '')))"
    )
    labels = [label for label, code in options.items() if code == option]
    if not labels:
        return f"CASE WHEN {cell} IS NULL OR {cell} IN ({missing}) THEN NULL ELSE 0 END::TINYINT"
    known, mine = (f"[{', '.join(map(literal, found))}]" for found in (options, labels))
    return (
        f"CASE WHEN {cell} IS NULL OR {cell} IN ({missing}) THEN NULL WHEN NOT list_has_all({known}, {parts}) "
        f"THEN {OUTSIDE} ELSE list_has_any({parts}, {mine})::TINYINT END"
    )


def group_sql(origin: Origin, kind: Kind) -> str:
    """A group column's TEXT: the cell trimmed, or what it is recoded to."""
    cell, missing = plain_sql(origin.column, kind), ", ".join(map(literal, ("", *origin.missing)))
    if origin.recode is not None:
        return recode_sql(origin, kind, tuple(origin.recode.values()), as_text=True)
    return f"CASE WHEN {cell} IN ({missing}) THEN NULL ELSE {cell} END"


def weight_sql(origin: Origin | None, kind: Kind) -> str:
    """The weight as DOUBLE, 1 without a column; NULL where the cell is no finite number."""
    if origin is None:
        return "1.0::DOUBLE"
    number = f"TRY_CAST({quoted(origin.column)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def label_sql(origin: Origin, kind: Kind) -> str:
    """An id or a wave: the cell trimmed, or what it is recoded to; empty is NULL."""
    cell = plain_sql(origin.column, kind)
    if origin.recode is not None:
        return recode_sql(origin, kind, tuple(origin.recode.values()), as_text=True)
    return f"nullif({cell}, '')"


def plain_sql(source: str, kind: Kind) -> str:
    """The cell as `mapping.plain` writes it: trimmed, 1.0 as 1."""
    name = quoted(source)
    if kind == "whole":
        return f"{name}::VARCHAR"
    text = f"CASE WHEN isnan({name}) THEN NULL ELSE {name}::VARCHAR END" if kind == "float" else f"trim({name})"
    return f"regexp_replace({text}, '^(-?[0-9]+)\\.0+$', '\\1')"


def _cast(expression: str, as_text: bool) -> str:
    return expression if as_text else f"TRY_CAST({expression} AS TINYINT)"


def _outside(as_text: bool) -> str:
    return literal(OUTSIDE_TEXT) if as_text else str(OUTSIDE)
