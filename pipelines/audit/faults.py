"""A fault of a release, told so that a person finds it: file, table, cell, broken rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

SHOWN_PER_RULE = 20  # a broken rule is told by its first cells; the rest is counted


@dataclass(frozen=True)
class Fault:
    """Where and which rule. `cell` is the row's key, `a=b, c=d`, and never holds a hidden value."""

    file: str
    table: str
    cell: str
    rule: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.table, self.cell) if part)
        return f"{place}: {self.rule}"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def name_cell(row: Mapping[str, object], key: tuple[str, ...]) -> str:
    """The key of a row as text."""
    return ", ".join(f"{column}={row[column]}" for column in key)


def faults_of(file: str, table: str, rows: pd.DataFrame, key: tuple[str, ...], rule: str) -> list[Fault]:
    """One fault per row, of the file that its column `file` names if it has one.

    The first SHOWN_PER_RULE are told; the last fault says how many more there are.
    """
    if rows.empty:
        return []
    shown = rows.head(SHOWN_PER_RULE).to_dict("records")
    told = [Fault(str(row.get("file", file)), table, name_cell(row, key), rule) for row in shown]
    more = len(rows) - len(told)
    return told + ([Fault(file, table, f"and {more} more", rule)] if more else [])
