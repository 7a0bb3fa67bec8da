"""Row checks, generated from the contract and the instrument's columns, run in DuckDB over every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import duckdb

from pipelines.contracts import PATTERN, ColumnContract, TableContract, conditions, literal, load_contract, quoted
from pipelines.load.cells import OUTSIDE, OUTSIDE_TEXT
from pipelines.load.mapping import Plan
from survey.columns import Column
from survey.instrument import Instrument

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


def submission_checks(plan: Plan, instrument: Instrument) -> list[RowCheck]:
    """Everything a row of answers can break; expects the columns of `incoming` and of its class (known, band)."""
    contract = load_contract("submission")
    fixed = [name for name in contract.columns if name != "class_id" or plan.units == "class"]
    found = contract_checks(contract, fixed)
    found += [RowCheck("wave", "wave", f"wave IS NULL OR NOT regexp_matches(wave, {literal(PATTERN['any_wave'])})")]
    if plan.units == "class":
        found += [
            RowCheck("class_unknown", "class_id", "class_id IS NOT NULL AND NOT known"),
            RowCheck("class_not_surveyed", "class_id", "known AND band IS NULL"),
        ]
    asked = [column for name, column in instrument.columns.items() if name in plan.answers]
    for column in asked:
        found += answer_checks(column, instrument)
    return found + [RowCheck("code", name, f"{quoted(name)} = {literal(OUTSIDE_TEXT)}") for name in plan.groups]


def answer_checks(column: Column, instrument: Instrument) -> list[RowCheck]:
    """Outside the scale; outside the band's scale; not asked in the band."""
    name = quoted(column.name)
    outside = literal(OUTSIDE_TEXT) if column.kind == "text" else str(OUTSIDE)
    found = [RowCheck("code", column.name, f"{name} = {outside}")]
    if not_asked := [band for band in instrument.bands if band not in column.bands]:
        bands = ", ".join(map(literal, not_asked))
        found.append(RowCheck("not_asked", column.name, f"{name} IS NOT NULL AND band IN ({bands})"))
    return found + band_scale_checks(column, instrument)


def band_scale_checks(column: Column, instrument: Instrument) -> list[RowCheck]:
    """A code that the item has, but not in this band (grades 3-4 have a shorter scale)."""
    if column.kind == "flag":
        return []
    lacking = sorted((codes_lacking(column, instrument, band), band) for band in column.bands)
    return [
        RowCheck(
            "code",
            column.name,
            f"{quoted(column.name)} IN ({', '.join(codes)}) AND band IN ({', '.join(literal(b) for _, b in bands)})",
        )
        for codes, bands in groupby(lacking, key=lambda pair: pair[0])
        if codes
    ]


def codes_lacking(column: Column, instrument: Instrument, band: str) -> tuple[str, ...]:
    """Codes of the column that the band's options don't have, as SQL literals."""
    there = {option.code for option in instrument.options_of(column.item, band)}
    return tuple(literal(code) for code in column.codes if code not in there)


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


def rows_of_classes(snapshot: str | None) -> str:
    """FROM clause of `incoming` with what the class list says: known and band (one for all without classes)."""
    if snapshot is None:
        return "(SELECT *, false AS known, 'all' AS band FROM incoming)"
    classes = f"SELECT class_id, band, true AS known FROM raw_registry WHERE snapshot_id = {literal(snapshot)}"
    return (
        f"(SELECT incoming.*, class.band, coalesce(class.known, false) AS known "
        f"FROM incoming LEFT JOIN ({classes}) AS class USING (class_id))"
    )
