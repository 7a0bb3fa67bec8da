"""Funnel and hotspots must follow from released windows: both are computed anew from the files.

A hotspot rests on earlier waves as they were when it was said, so it is checked in the release of the newest wave,
which was made with all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipelines.audit.faults import Fault, faults_of
from pipelines.audit.published import Published
from pipelines.audit.said import join_audiences, of_wave
from pipelines.contracts import load_contract
from pipelines.likeness.comparison import pub_school_wave_comparison
from pipelines.likeness.hotspots import pub_school_wave_hotspot
from pipelines.policy import Policy

Tables = Mapping[str, pd.DataFrame]
FUNNEL, HOTSPOT = "pub_school_wave_comparison", "pub_school_wave_hotspot"
ROUNDED = 0.051  # half of the last decimal shown


def check_likeness(published: Published, policy: Policy) -> list[Fault]:
    """Faults of every row that says otherwise than the windows it follows from."""
    tables = join_audiences(published)
    waves = sorted(tables["pub_wave"]["wave"]) if "pub_wave" in tables else []
    each = [wave_tables(tables, wave) for wave in waves]
    faults = []
    for now in each:
        faults += differing(now, FUNNEL, pub_school_wave_comparison(now, policy))
    if each and published.release.startswith(f"{waves[-1]}."):
        asked = each[-1]["pub_wave"]["instrument_hash"].iloc[0]
        before = [wave for wave in each[:-1] if wave["pub_wave"]["instrument_hash"].iloc[0] == asked]
        faults += differing(each[-1], HOTSPOT, pub_school_wave_hotspot(each[-1], before, policy))
    return faults


def wave_tables(tables: Tables, wave: str) -> dict[str, pd.DataFrame]:
    """The rows of one wave; a table that nobody was given is empty."""
    needed = ("pub_school_wave_indicator", "pub_school_wave_place_time", FUNNEL, HOTSPOT)
    empty = {name: pd.DataFrame(columns=list(load_contract(name).columns)) for name in needed}
    return empty | {name: of_wave(rows, wave).reset_index(drop=True) for name, rows in tables.items()}


def differing(now: Tables, table: str, wanted: pd.DataFrame) -> list[Fault]:
    """Rows of the table that aren't those computed anew, missing ones and added ones too."""
    contract, said = load_contract(table), now[table]
    key = list(contract.key)
    if wanted.empty:
        return faults_of("", table, said, contract.key, "nothing released bears this row")
    both = said.merge(wanted, how="outer", on=key, suffixes=("", "_anew"), indicator="side")
    wrong = both["side"] != "both"
    for column, spec in contract.columns.items():
        if column in key:
            continue
        mine, anew = both[column], both[f"{column}_anew"]
        unlike = mine != anew
        if spec.type in ("double", "integer"):
            unlike = (mine.astype("float64") - anew.astype("float64")).abs() > ROUNDED
        wrong |= (unlike & mine.notna() & anew.notna()) | (mine.isna() != anew.isna())
    return faults_of("", table, both[wrong], contract.key, "the row does not follow from the released windows")
