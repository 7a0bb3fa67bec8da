"""Whose row is it? Every row stands only in files of audiences that may hold it, and reads the same in all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipelines.audit.faults import Fault, faults_of
from pipelines.audit.published import Published, distinct_rows
from pipelines.contracts import TableContract, load_contracts

ABOVE = ("city", "district")  # units that every audience may name


@dataclass(frozen=True)
class Reader:
    """What one audience may see: kind (public, bureau, district, school, lead), its schools and their clusters."""

    kind: str
    schools: frozenset[str]
    clusters: frozenset[str]


def check_scope(published: Published) -> list[Fault]:
    """Faults of every file against its audience's scope."""
    faults = []
    bureau = published.files.get("bureau", {}).get("pub_unit")
    if bureau is None:
        return [Fault("bureau.duckdb", "pub_unit", "", "without it nobody's scope is known")]
    withheld_below = frozenset(published.manifest.get("bureau_only", []))
    for audience, tables in published.files.items():
        reader = read_reader(audience, bureau)
        for name, contract in load_contracts("pub_").items():
            if name in tables and not tables[name].empty:
                faults += check_rows(f"{audience}.duckdb", reader, contract, tables[name], withheld_below)
    return faults + check_one_voice(published)


def read_reader(audience: str, units: pd.DataFrame) -> Reader:
    """The scope an audience's name gives; a name that fits nobody may see nothing."""
    kind, _, scope = audience.partition("_")
    schools = units[units["unit_kind"] == "school"]
    mine = {
        "bureau": schools,
        "district": schools[schools["parent_id"] == scope],
        "school": schools[schools["unit_id"] == scope],
        "lead": schools[schools["unit_id"] == scope],
    }.get(kind, schools.iloc[:0])
    return Reader(kind, frozenset(mine["unit_id"]), frozenset(mine["cluster_id"].dropna()))


def check_rows(
    file: str, reader: Reader, contract: TableContract, rows: pd.DataFrame, bureau_only: frozenset[str]
) -> list[Fault]:
    """Rows that this audience's file must not hold."""
    key, twice = contract.key, rows[rows.duplicated(list(contract.key))]
    if reader.kind not in contract.audiences:
        return faults_of(file, contract.table, rows, key, f"the table is not for {reader.kind}")
    faults = faults_of(file, contract.table, twice, key, "two rows of one key")
    faults += faults_of(
        file, contract.table, rows[~is_in_scope(reader, contract, rows)], key, "outside the audience's scope"
    )
    if "indicator" in rows and contract.table != "pub_indicator" and reader.kind not in ("bureau", "district"):
        faults += faults_of(
            file, contract.table, rows[rows["indicator"].isin(bureau_only)], key, "for the bureau alone"
        )
    return faults


def is_in_scope(reader: Reader, contract: TableContract, rows: pd.DataFrame) -> pd.Series:
    """Which rows speak of the audience's own units, or of what stands above everybody."""
    if contract.table == "pub_unit":
        return unit_in_scope(reader, rows)
    if contract.table == "pub_label":
        return (rows["school_id"] == "") | rows["school_id"].isin(reader.schools)
    inside = pd.Series(True, index=rows.index)
    if "school_id" in rows:
        inside &= rows["school_id"].isin(reader.schools)
        if "grade_id" in rows:
            inside &= rows["grade_id"].str.rsplit(":", n=1).str[0] == rows["school_id"]
    elif "cluster_id" in rows:
        inside &= rows["cluster_id"].isin(reader.clusters)
    return inside


def unit_in_scope(reader: Reader, units: pd.DataFrame) -> pd.Series:
    """Units an audience may name: its schools and what lies in them, its clusters, districts, the city."""
    kind, grade_of = units["unit_kind"], units["unit_id"].str.rsplit(":", n=1).str[0]
    home = units["parent_id"].where(kind == "class", "").str.rsplit(":", n=1).str[0]
    inside = kind.isin(ABOVE) | ((kind == "school") & units["unit_id"].isin(reader.schools))
    inside |= (kind == "class") & home.isin(reader.schools)
    inside |= (kind == "grade") & grade_of.isin(reader.schools)
    return inside | ((kind == "cluster") & units["unit_id"].isin(reader.clusters))


def check_one_voice(published: Published) -> list[Fault]:
    """What stands in several files reads the same in all; a class stands under the school that pub_unit gives it."""
    faults, homes = [], class_homes(published)
    for name, contract in load_contracts("pub_").items():
        rows = distinct_rows(published.files, name) if name != "pub_release" else pd.DataFrame()
        if rows.empty:
            continue
        other = rows[rows.duplicated(list(contract.key))]
        faults += faults_of("", name, other, contract.key, "reads otherwise in another audience's file")
        if {"class_id", "school_id"} <= set(rows.columns):
            stray = rows[rows["class_id"].map(homes).fillna("") != rows["school_id"]]
            faults += faults_of("", name, stray, contract.key, "the class is not one of that school's")
    return faults


def class_homes(published: Published) -> Mapping[str, str]:
    """School of each class, as the bureau's units have it."""
    units = published.files["bureau"]["pub_unit"]
    classes = units[units["unit_kind"] == "class"].drop_duplicates("unit_id")
    return dict(zip(classes["unit_id"], classes["parent_id"].str.rsplit(":", n=1).str[0], strict=True))
