"""Scale quality of a whole band, from counted answer patterns: no row per student leaves the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd

from models.scales import LEAST_ITEMS, alpha, covariance, item_bias, item_total, omega
from pipelines.contracts import create_tables, literal, load_contract, quoted
from pipelines.score.answers import Source

if TYPE_CHECKING:
    from survey.instrument import Instrument

TABLE = "core_band_wave_scale"


def core_band_wave_scale(
    connection: duckdb.DuckDBPyConnection, wave: str, source: Source, snapshot: str, instrument: Instrument
) -> int:
    """One row per band per scale per item and for the whole scale, replacing the wave's. Returns how many."""
    rows = [
        {"wave": wave, "band": band, "scale": scale} | row
        for scale, keys in scales_of(instrument).items()
        for band in source.bands
        for row in scale_rows(connection, source, snapshot, band, keys_of_band(instrument, keys, band))
    ]
    if not rows:
        return 0
    create_tables(connection, [TABLE])
    connection.execute(f"DELETE FROM {TABLE} WHERE wave = ?", [wave])
    connection.register("measured", pd.DataFrame(rows, columns=list(load_contract(TABLE).columns)))
    connection.execute(f"INSERT INTO {TABLE} SELECT * REPLACE ({finite_columns()}) FROM measured")
    connection.unregister("measured")
    return len(rows)


def finite_columns() -> str:
    """SQL that turns what can't be computed into NULL."""
    names = [name for name, spec in load_contract(TABLE).columns.items() if spec.type == "double"]
    return ", ".join(f"CASE WHEN isfinite({name}) THEN {name} END AS {name}" for name in names)


def scales_of(instrument: Instrument) -> dict[str, dict[str, int]]:
    """Block → its items that are added up, each with its direction: keyed both ways, asked of everybody."""
    found = {}
    for block in instrument.blocks:
        keyed = [item for item in block.items if item.key and item.scale and item.na is None]
        if len(keyed) >= LEAST_ITEMS:
            found[block.code] = {item.code: 1 if item.key == "+" else -1 for item in keyed}
    return found


def keys_of_band(instrument: Instrument, keys: dict[str, int], band: str) -> dict[str, int]:
    return {code: key for code, key in keys.items() if band in instrument.columns[code].bands}


def scale_rows(
    connection: duckdb.DuckDBPyConnection, source: Source, snapshot: str, band: str, keys: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """Figures of one scale in one band; none where it has too few items there or nobody answered them all."""
    if len(keys) < LEAST_ITEMS:
        return
    counted = answer_patterns(connection, source, snapshot, band, tuple(keys))
    if counted.empty:
        return
    answers, weight = counted[list(keys)].to_numpy(float) * list(keys.values()), counted["n"].to_numpy(float)
    rural = counted["rural"].to_numpy(bool)
    cov, mean = covariance(answers, weight), weight @ counted[list(keys)].to_numpy(float) / weight.sum()
    size = {"n": int(weight.sum()), "schools": int(counted["schools"].iloc[0])}
    yield size | {"item": "", "alpha": alpha(cov), "omega": omega(cov)}
    totals = item_total(cov)
    for at, item in enumerate(keys):
        others = np.arange(len(keys)) != at
        with np.errstate(divide="ignore", invalid="ignore"):
            place = (mean[at] - mean.mean()) / np.sqrt(cov[at, at])
        yield size | {
            "item": item, "alpha": alpha(cov[np.ix_(others, others)]), "item_total": totals[at], "place": place,
            "dif_school": item_bias(answers, weight, rural, at),
        }  # fmt: skip


def answer_patterns(
    connection: duckdb.DuckDBPyConnection, source: Source, snapshot: str, band: str, items: tuple[str, ...]
) -> pd.DataFrame:
    """Complete answers, a row for each that occurs in rural or other schools: the items, rural, n; schools in all."""
    names, given = ", ".join(map(quoted, items)), " AND ".join(f"{quoted(item)} BETWEEN 1 AND 4" for item in items)
    rows = f"""
        SELECT {names}, coalesce(rural, false) AS rural, answers.school_id FROM {quoted(source.schema)}.stg_submission
            AS answers JOIN raw_registry AS registry ON registry.class_id = answers.class_id
        WHERE snapshot_id = {literal(snapshot)} AND take_part <> 0 AND answers.band = {literal(band)} AND {given}"""
    return connection.execute(
        f"""WITH rows AS ({rows}) SELECT {names}, rural, count(*) AS n,
            (SELECT count(DISTINCT school_id) FROM rows) AS schools FROM rows GROUP BY ALL ORDER BY ALL"""
    ).df()
