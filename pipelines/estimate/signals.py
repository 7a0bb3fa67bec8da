"""Odds, chance and risk of each class at full precision, and the city's model behind them.

Core counts of all comparable waves go in; they stay after opened answers were destroyed. Nothing of this leaves: the
release has a model of its own, read off what was released before (pipelines.cuts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd

from models.fit import City, Counts, Fit, fit_city
from models.latent import Ints
from models.signals import Signals, class_signals
from pipelines.cuts import BANDS, FEATURES, USUAL_EFFECTS, waves_between
from pipelines.rules import Rules

if TYPE_CHECKING:
    from survey.instrument import Instrument

SIGNAL_COLUMNS = ("odds", "chance", "tail", "risk_mean", "risk_low", "risk_high")


def carrying_indicator(instrument: Instrument) -> str | None:
    """The indicator whose count carries a class's sign."""
    return next((one.code for one in instrument.indicators.values() if one.sign == "carrying"), None)


def moving_indicators(instrument: Instrument, rules: Rules) -> tuple[str, ...]:
    """Indicators of the rules that every band is asked."""
    asked = instrument.indicators
    return tuple(code for code in rules.moved_by if code in asked and set(asked[code].bands) >= set(instrument.bands))


def estimate_signals(
    connection: duckdb.DuckDBPyConnection, waves: Sequence[str], instrument: Instrument, rules: Rules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(one row per class of the newest wave, one row per parameter of the city's model); both empty without a sign."""
    carrier, wave = carrying_indicator(instrument), max(waves)
    classes = read_classes(connection, wave)
    if carrier is None or classes.empty:
        return pd.DataFrame(columns=["class_id", *SIGNAL_COLUMNS]), pd.DataFrame(columns=["parameter"])
    codes = (carrier, *moving_indicators(instrument, rules))
    city = build_city(classes, read_counts(connection, waves, codes), waves_between(min(waves), wave), codes)
    fit = fit_city(city)
    signals = class_signals(city, fit=fit)
    return class_rows(classes, signals), est_city_wave_model(fit, signals)


def class_rows(classes: pd.DataFrame, signals: Signals) -> pd.DataFrame:
    """One row per class: what `models.signals` says of it."""
    return pd.DataFrame({"class_id": classes["class_id"]} | {name: getattr(signals, name) for name in SIGNAL_COLUMNS})


def est_city_wave_model(fit: Fit, signals: Signals) -> pd.DataFrame:
    """One row per parameter of the city's model (per indicator for slopes), at full precision."""
    spread = {"school": fit.spread.school, "class": fit.spread.klass, "term": fit.spread.term}
    rows = [(f"spread_{part}", "", sd) for part, sd in spread.items()]
    rows += [("slope", code, slope) for code, slope in list(fit.slope.items())[1:]]  # the carrying one's is 1
    rows += [(f"effect_{name}", "", float(effect)) for name, effect in zip(FEATURES, fit.effects, strict=True)]
    rows += [("power", "", signals.power), ("share", "", fit.share)]
    return pd.DataFrame(rows, columns=["parameter", "indicator", "value"])


def read_classes(connection: duckdb.DuckDBPyConnection, wave: str) -> pd.DataFrame:
    """Classes of the wave's list with an answer, and their make-up as that list has it (NaN where it doesn't say)."""
    query = """
        SELECT response.class_id, response.school_id, response.band, registry.rural::DOUBLE AS rural,
            registry.boarders / registry.enrolled AS boarding, registry.boys / registry.enrolled AS boys
        FROM core_class_wave_response AS response JOIN raw_wave USING (wave)
        JOIN raw_registry AS registry USING (snapshot_id, class_id)
        WHERE wave = ? AND response.band IS NOT NULL AND r > 0 ORDER BY response.class_id
    """
    return connection.execute(query, [wave]).df()


def read_counts(connection: duckdb.DuckDBPyConnection, waves: Sequence[str], codes: Sequence[str]) -> pd.DataFrame:
    """wave, class_id, indicator, r, yes of the given waves and indicators."""
    query = """SELECT wave, class_id, indicator, r, yes FROM core_class_wave_indicator
        WHERE list_contains(?, wave) AND list_contains(?, indicator)"""
    return connection.execute(query, [list(waves), list(codes)]).df()


def build_city(classes: pd.DataFrame, counts: pd.DataFrame, waves: Sequence[str], codes: Sequence[str]) -> City:
    """What the models see; a wave that is missing in the middle is one without answers."""
    ids = pd.Index(classes["class_id"])
    by_cell = {key: rows.set_index("class_id") for key, rows in counts.groupby(["wave", "indicator"])}
    band = classes["band"].map({name: place for place, name in enumerate(BANDS)}).to_numpy(np.int64)
    features = classes[list(FEATURES)].astype("float64")
    mix = features.fillna(features.mean()).fillna(0.0).to_numpy()
    told = [{code: counts_of(by_cell, (wave, code), ids) for code in codes} for wave in waves]
    school = classes["school_id"].astype("category").cat.codes.to_numpy(np.int64)
    return City(band, school, codes[0], told, [mix] * len(waves), USUAL_EFFECTS)


def counts_of(by_cell: Mapping[tuple[str, str], pd.DataFrame], key: tuple[str, str], ids: pd.Index) -> Counts:
    """Counts of one indicator in one wave, in the order of the classes; 0 of 0 where there are none."""
    if key not in by_cell:
        return Counts(np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64))
    rows = by_cell[key].reindex(ids)
    yes, r = (whole(rows[name]) for name in ("yes", "r"))
    return Counts(yes, r)


def whole(column: pd.Series) -> Ints:
    return column.fillna(0).to_numpy(np.int64)
