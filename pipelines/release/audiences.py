"""Who reads which rows. Each row has one home: a school, a cluster or, as long as it is about neither, everybody's.

An audience reaches some homes; of what it finds there its kind decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.contracts import TableContract

EVERYBODY = ""  # home of the rows that are about no single school or cluster
CLUSTER = "cluster "  # before a cluster's id, so that it is never taken for a school's
WIDE = ("city", "district")
UNITS = {
    "public": WIDE,
    "bureau": (*WIDE, "school", "class"),
    "district": (*WIDE, "school", "class"),
    "school": (*WIDE, "cluster", "school", "grade", "class"),
    "lead": (*WIDE, "school", "class"),
}
BUREAU_KINDS = ("bureau", "district")  # who sees the indicators that are for bureau and districts alone
HOME_OF_UNIT = f"""CASE unit_kind WHEN 'school' THEN unit_id WHEN 'grade' THEN parent_id
    WHEN 'class' THEN (SELECT any_value(above.parent_id) FROM pub_unit AS above
        WHERE above.unit_kind = 'grade' AND above.unit_id = pub_unit.parent_id)
    WHEN 'cluster' THEN '{CLUSTER}' || unit_id ELSE '{EVERYBODY}' END"""


@dataclass(frozen=True)
class Audience:
    """Who reads a file: `kind` is public, bureau, district, school or lead; `homes`: whose rows it may hold."""

    name: str
    kind: str
    scope: str
    homes: tuple[str, ...]


def list_audiences(units: pd.DataFrame) -> list[Audience]:
    """All audiences of a city, from the newest wave's units."""
    schools = units[units["unit_kind"] == "school"]
    newest = schools.drop_duplicates("unit_id")
    home = {str(school): str(above) for school, above in zip(newest["unit_id"], newest["parent_id"], strict=True)}
    clusters = schools[schools["cluster_id"].fillna("") != ""].groupby("unit_id")["cluster_id"].unique().to_dict()
    everyone = tuple(sorted(home))
    return [
        Audience("public", "public", "", (EVERYBODY,)),
        Audience("bureau", "bureau", "", (EVERYBODY, *everyone)),
        *(
            Audience(f"district_{name}", "district", name, (EVERYBODY, *(s for s in everyone if home[s] == name)))
            for name in sorted(set(home.values()))
        ),
        *(
            Audience(
                f"school_{school}", "school", school,
                (EVERYBODY, school, *(f"{CLUSTER}{unit}" for unit in sorted(clusters.get(school, ())))),
            )
            for school in everyone
        ),
        *(Audience(f"lead_{school}", "lead", school, (EVERYBODY, school)) for school in everyone),
    ]  # fmt: skip


def home_of(contract: TableContract) -> str:
    """SQL expression for the home of a table's row; NULL, which no audience reaches, for a unit without one."""
    if contract.table == "pub_unit":
        return HOME_OF_UNIT
    if "school_id" in contract.columns:
        return "school_id"
    return f"'{CLUSTER}' || cluster_id" if "cluster_id" in contract.columns else f"'{EVERYBODY}'"


def kind_filter(contract: TableContract, kind: str, bureau_only: list[str]) -> tuple[str, list[Any]]:
    """SQL condition and its values: which rows an audience of this kind may hold of those in its homes.

    bureau_only: indicators that bureau and districts alone may see.
    """
    if kind not in contract.audiences:
        return "false", []
    if contract.table == "pub_unit":
        return "list_contains(?, unit_kind)", [list(UNITS[kind])]
    if "indicator" in contract.columns and kind not in BUREAU_KINDS:
        return "NOT list_contains(?, indicator)", [bureau_only]
    return "true", []
