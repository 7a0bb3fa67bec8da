"""The other peer: the same class counts in pandas, on small integers, one column at a time to spare memory."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import numpy as np
import pandas as pd

from pipelines.contracts import quoted, wave_schema
from pipelines.score.places import Bands, Grid, bands_of
from survey.columns import Column
from survey.indicators import AnyOf, Clause, Indicator
from survey.instrument import Instrument

EMPTY = -1
Flags = np.ndarray


def read_sheets(connection: duckdb.DuckDBPyConnection, wave: str, instrument: Instrument) -> pd.DataFrame:
    """Every sheet of a known class: int8 columns with -1 where empty, texts as categories."""
    names = [column.name for column in instrument.columns.values() if column.kind != "text"]
    cells = ", ".join(f"coalesce({quoted(name)}, {EMPTY})::TINYINT AS {quoted(name)}" for name in names)
    texts = [column.name for column in instrument.columns.values() if column.kind == "text"]
    words = "".join(f", {quoted(name)}" for name in texts)
    frame = connection.execute(
        f"SELECT class_id, band, take_part, {cells}{words} FROM {wave_schema(wave)}.stg_submission"
    ).df()
    return frame.astype(dict.fromkeys(["class_id", "band", *texts], "category"))


def count_classes(sheets: pd.DataFrame, instrument: Instrument, grid: Grid) -> dict[str, pd.DataFrame]:
    """The class tables of score_wave (but the response table) without the wave, as long frames."""
    full = sheets[(sheets.take_part != 0) & sheets.band.isin(instrument.bands)]
    classes = full.groupby("class_id", observed=True, sort=False).agg(band=("band", "first"), r=("band", "size"))
    tables = {"core_class_wave_indicator": indicator_table(full, classes, instrument)}
    if grid.pairs:
        tables |= place_tables(full, classes, grid)
    return tables


def indicator_table(full: pd.DataFrame, classes: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    parts = []
    for indicator in instrument.indicators.values():
        yes, valid = scored(indicator, full)
        counts = classes.assign(valid=per_class(full, valid), yes=per_class(full, yes))
        parts.append(asked(counts, indicator.bands).assign(indicator=indicator.code))
    table = pd.concat(parts).reset_index().drop(columns="band")
    return table.assign(w_valid=table.valid.astype(float), w_yes=table.yes.astype(float))


def scored(indicator: Indicator, full: pd.DataFrame) -> tuple[Flags, Flags]:
    """Is 1; is 1 or 0."""
    yes = any_clause(indicator.numerator, full)
    columns = indicator.numerator.columns
    answered = sum(holds(full, column, column.answers).astype("int8") for column in columns)
    least = {band: indicator.least_answered(band) for band in indicator.bands}
    needed = full.band.cat.rename_categories(str).astype(object).map(least) if len(set(least.values())) > 1 else None
    limit = needed.fillna(127).to_numpy("int8") if needed is not None else next(iter(least.values()))
    valid = yes | (answered >= limit)
    if indicator.denominator is not None:
        base = any_clause(indicator.denominator, full)
        yes, valid = yes & base, valid & base
    return yes, valid


def any_clause(rule: AnyOf, full: pd.DataFrame) -> Flags:
    return np.logical_or.reduce([clause_met(clause, full) for clause in rule.clauses])


def clause_met(clause: Clause, full: pd.DataFrame) -> Flags:
    hits = sum(holds(full, column, clause.counted(column)).astype("int8") for column in clause.columns)
    return np.asarray(hits >= clause.count)


def holds(full: pd.DataFrame, column: Column, codes: tuple[int | str, ...]) -> Flags:
    found = full[column.name].isin(codes).to_numpy()
    limited = set(full.band.cat.categories) - set(column.bands)
    return found & full.band.isin(column.bands).to_numpy() if limited else found


def per_class(full: pd.DataFrame, flags: Flags) -> pd.Series:
    return pd.Series(flags, index=full.index).groupby(full.class_id, observed=True, sort=False).sum()


def asked(counts: pd.DataFrame, bands: Iterable[str]) -> pd.DataFrame:
    return counts[counts.band.isin(list(bands))]


def place_tables(full: pd.DataFrame, classes: pd.DataFrame, grid: Grid) -> dict[str, pd.DataFrame]:
    top = full.place_top
    avoid = {place: (full[f"avoid__{place}"] == 1).to_numpy() for place in grid.avoided}
    time = {slot: (full[f"time__{slot}"] == 1).to_numpy() for slot in grid.times}
    place = {("happens", code): ((top == code).to_numpy(), bands) for code, bands in grid.top.items()}
    place |= {("mentioned", c): ((full[f"place__{c}"] == 1).to_numpy(), bands) for c, bands in grid.mentioned.items()}
    place |= {("avoided", code): (avoid[code], bands) for code, bands in grid.avoided.items()}
    group = joined_places(full, grid, avoid, grid.top_groups, grid.avoided_groups)
    area = joined_places(full, grid, avoid, grid.by_area(grid.top), grid.by_area(grid.avoided))
    pairs = {}
    for pair, (places, times) in grid.pairs.items():
        bands = tuple(b for b in bands_of(grid.top, places) if b in bands_of(grid.times, times))
        pairs[pair] = top.isin(places).to_numpy() & any_of(time, times), bands
    return {
        "core_class_wave_place": long_table(full, classes, ("measure", "place"), place),
        "core_class_wave_place_group": long_table(full, classes, ("measure", "place_group"), group),
        "core_class_wave_place_area": long_table(full, classes, ("measure", "area"), area),
        "core_class_wave_place_time": place_time_table(full, grid, time),
        "core_class_wave_place_time_group": long_table(full, classes, ("place_group", "time_group"), pairs),
    }


def joined_places(
    full: pd.DataFrame,
    grid: Grid,
    avoid: dict[str, Flags],
    top: dict[str, list[str]],
    avoided: dict[str, list[str]],
) -> dict[tuple[str, str], tuple[Flags, Bands]]:
    found = {("happens", g): (full.place_top.isin(p).to_numpy(), bands_of(grid.top, p)) for g, p in top.items()}
    return found | {("avoided", g): (any_of(avoid, p), bands_of(grid.avoided, p)) for g, p in avoided.items()}


def any_of(flags: dict[str, Flags], codes: list[str]) -> Flags:
    return np.logical_or.reduce([flags[code] for code in codes])


def long_table(
    full: pd.DataFrame,
    classes: pd.DataFrame,
    names: tuple[str, str],
    counts: dict[tuple[str, str], tuple[Flags, Bands]],
) -> pd.DataFrame:
    parts = []
    for codes, (flags, bands) in counts.items():
        rows = asked(classes[["band"]].assign(yes=per_class(full, flags)), bands)
        parts.append(rows.assign(**dict(zip(names, codes, strict=True))))
    return pd.concat(parts).reset_index().drop(columns="band")


def place_time_table(full: pd.DataFrame, grid: Grid, time: dict[str, Flags]) -> pd.DataFrame:
    named = full.place_top.isin(list(grid.top)).to_numpy()
    keys = [full.class_id[named], full.place_top[named]]
    parts = []
    for slot, flags in time.items():
        yes = pd.Series(flags[named], index=keys[0].index).groupby(keys, observed=True, sort=False).sum()
        parts.append(yes[yes > 0].rename("yes").reset_index().assign(time=slot))
    return pd.concat(parts).rename(columns={"place_top": "place"})
