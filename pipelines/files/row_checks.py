"""Row checks, generated from a contract, run in DuckDB over every row in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipelines.contracts import ColumnContract, TableContract, conditions, quoted

FAULTS_A_ROW = 10  # a row needs no more lines in the reject file than this


@dataclass(frozen=True)
class RowCheck:
    """A rule a row can break: `broken` is an SQL condition, NULL counts as not broken."""

    rule: str
    column: str
    broken: str


def contract_checks(contract: TableContract, columns: Sequence[str] | None = None) -> list[RowCheck]:
    """Checks of single columns and of row rules; `columns` narrows them to some."""
    chosen = contract.columns if columns is None else {name: contract.columns[name] for name in columns}
    found = [check for name, spec in chosen.items() for check in column_checks(name, spec)]
    rules = contract.rules if columns is None else ()
    return found + [RowCheck(rule.rule, rule.column, f"NOT ({rule.holds})") for rule in rules]


def column_checks(name: str, spec: ColumnContract) -> list[RowCheck]:
    """Required and every condition of the column; the rule's word tells which kind it is."""
    found = [RowCheck("required", name, f"{quoted(name)} IS NULL")] if spec.required else []
    rule = "code" if spec.allowed is not None else "pattern" if spec.regex is not None else "range"
    return found + [RowCheck(rule, name, f"NOT ({condition})") for condition in conditions(name, spec)]


def violations(connection: duckdb.DuckDBPyConnection, checks: Sequence[RowCheck], rows: str) -> None:
    """One row per row of `rows` per rule it breaks: "#row", check_no. Makes the temporary table `violations`.

    One statement: most rows break nothing and are dismissed by a chain of OR; only the rest are looked at closely.
    """
    broken = " OR ".join(f"({check.broken})" for check in checks)
    numbers = ", ".join(f"CASE WHEN {check.broken} THEN {number} END" for number, check in enumerate(checks))
    kept = f"list_filter([{numbers}], lambda number: number IS NOT NULL)[:{FAULTS_A_ROW}]"
    connection.execute("DROP TABLE IF EXISTS temp.violations")
    connection.execute(
        f'CREATE TEMP TABLE violations AS SELECT "#row", unnest({kept})::INTEGER AS check_no FROM {rows} WHERE {broken}'
    )
