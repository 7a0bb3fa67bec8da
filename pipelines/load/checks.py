"""What a row of answers can break: the contract of the sheet and the instrument's columns, as row checks."""

from __future__ import annotations

from itertools import groupby

from pipelines.contracts import literal, load_contract, quoted
from pipelines.files.row_checks import RowCheck, contract_checks
from pipelines.load.cells import OUTSIDE, OUTSIDE_TEXT
from pipelines.load.mapping import Plan
from survey.columns import Column
from survey.instrument import Instrument


def submission_checks(plan: Plan, instrument: Instrument) -> list[RowCheck]:
    """Everything a row of answers can break; expects the columns of `incoming` and of its class (known, band)."""
    contract = load_contract("submission")
    fixed = [name for name in contract.columns if name != "class_id" or plan.units == "class"]
    found = contract_checks(contract, fixed)
    found += [RowCheck("wave", "wave", f"wave IS NULL OR NOT regexp_matches(wave, {literal(plan.wave_pattern)})")]
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


def rows_of_classes(snapshot: str | None) -> str:
    """FROM clause of `incoming` with what the class list says: known and band (one for all without classes)."""
    if snapshot is None:
        return "(SELECT *, false AS known, 'all' AS band FROM incoming)"
    classes = f"SELECT class_id, band, true AS known FROM raw_registry WHERE snapshot_id = {literal(snapshot)}"
    return (
        f"(SELECT incoming.*, class.band, coalesce(class.known, false) AS known "
        f"FROM incoming LEFT JOIN ({classes}) AS class USING (class_id))"
    )
