"""Estimate: what a class said, and what risk lies beneath it. Full precision, for the confidential side alone.

Two estimands, never mixed. Raw: the share the whole class would have given this wave, had nobody been absent (Wilson
with the finite population of the enrolled). Posterior: the risk the class's students live with (empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import pooling
from models.intervals import census_interval
from models.pooling import BetaPrior, Lasting
from pipelines.contracts import create_table_sql, has_table, load_contract
from pipelines.estimate.signals import carrying_indicator, estimate_signals
from pipelines.microdata import transaction
from pipelines.policy import load_policy
from pipelines.problems import CannotDo
from pipelines.rules import load_rules
from pipelines.stage import wave_row

if TYPE_CHECKING:
    from survey.instrument import Instrument

TABLE, MODEL = "est_class_wave_signal", "est_city_wave_model"

# Share of the variance between classes that lasts from term to term: the correlation of a class's true risk between
# terms. .8 is the value the simulated cities are built on; there 95 % intervals cover .94–.96 with up to four waves.
LASTING_SHARE = 0.8
# Earlier waves looked back on: two years. Older answers would narrow an interval by less than a point.
HISTORY_WAVES = 4
# With fewer classes of a band the spread between them cannot be told from chance; the policy's stands in.
MIN_CLASSES = 20
# What the reference rate weighs then, in students: three classes outweigh it, a single class does not.
REFERENCE_STUDENTS = 100
# A reference scaled to fewer students stays a rate.
MAX_RATE = 0.95
# A class is high when its risk lies in the top tenth of its band.
UPPER_SHARE = 0.90


@dataclass(frozen=True)
class Reference:
    """What is known of a band before any answer: mean rate by (band, indicator), spread between classes (logit)."""

    rate: Mapping[tuple[str, str], float]
    sd_logit: float


def estimate_wave(connection: duckdb.DuckDBPyConnection, wave: str) -> int:
    """Write est_class_wave_signal of one wave in one transaction, replacing its rows; return how many.

    A survey without classes has none. Raises CannotDo where the wave was not loaded or not scored.
    """
    from survey.instrument import Instrument

    instrument = Instrument.from_json(str(wave_row(connection, wave)["instrument_json"]))
    if instrument.units == "none":
        return 0
    check_scored(connection, wave)
    waves = comparable_waves(connection, wave)
    rows = est_class_wave_signal(read_counts(connection, waves, instrument), wave, build_reference(instrument))
    signals, model = estimate_signals(connection, waves, instrument, load_rules())
    carried = signals.assign(indicator=carrying_indicator(instrument))
    write_rows(connection, wave, TABLE, rows.merge(carried, how="left", on=["class_id", "indicator"]))
    write_rows(connection, wave, MODEL, model.assign(wave=wave))
    return len(rows)


def est_class_wave_signal(counts: pd.DataFrame, wave: str, reference: Reference) -> pd.DataFrame:
    """One row per class per class-level indicator of `wave`.

    counts: rows of core_class_wave_indicator of this wave and the earlier ones that are comparable, with band and
    population (students the indicator is about, those who are absent counted in; never fewer than valid).
    """
    known, prior = class_risks(counts, reference)
    this = (counts["wave"] == wave).to_numpy()
    now, risk, limit = counts[this], _at(known, this), pooling.quantile(_at(prior, this), UPPER_SHARE)
    raw_lo, raw_hi = census_interval(now["yes"], now["valid"], now["population"])
    post_lo, post_hi = pooling.interval(risk)
    return now[["wave", "class_id", "indicator", "r", "yes"]].assign(
        post_mean=risk.mean,
        post_lo=post_lo,
        post_hi=post_hi,
        exceed=pooling.exceedance(risk, limit),
        raw_lo=raw_lo,
        raw_hi=raw_hi,
    )


def class_risks(counts: pd.DataFrame, reference: Reference) -> tuple[BetaPrior, BetaPrior]:
    """Posterior and band's prior of every row of `counts`, both arrays of its length.

    Earlier waves enter as a filter: a class's risk is its band's, plus a part that lasts, plus a part of the term.
    Each wave teaches something of the lasting part, and the next wave's prior starts there. So an earlier answer
    counts, but only for what it can say about today; a rise or fall of the whole band is no news about a class; and a
    wave that is missing in the middle needs no case of its own.
    """
    prior = band_priors(counts, reference)
    # One number per class and indicator: an index of two text columns costs ten times as much.
    key = counts["class_id"].factorize()[0] * counts["indicator"].nunique() + counts["indicator"].factorize()[0]
    shift, still_open = np.zeros(key.max(initial=-1) + 1), np.ones(key.max(initial=-1) + 1)
    a, b = np.empty(len(counts)), np.empty(len(counts))
    yes, valid = counts["yes"].to_numpy(), counts["valid"].to_numpy()
    waves: Any = counts.groupby("wave").indices
    for wave in sorted(waves):
        rows = waves[wave]
        who, band = key[rows], _at(prior, rows)
        lasting = Lasting(shift[who], still_open[who])
        start = pooling.start_wave(lasting, band, LASTING_SHARE)
        risk = pooling.posterior(yes[rows], valid[rows], start)
        learned = pooling.learn_lasting(lasting, start, risk, band, LASTING_SHARE)
        a[rows], b[rows] = risk.a, risk.b
        shift[who], still_open[who] = learned.shift, learned.open
    return BetaPrior(a, b), prior


def band_priors(counts: pd.DataFrame, reference: Reference) -> BetaPrior:
    """The fitted prior of each row's wave, band and indicator, arrays of the length of `counts`."""
    a, b = np.empty(len(counts)), np.empty(len(counts))
    yes, valid, r = counts["yes"].to_numpy(), counts["valid"].to_numpy(), counts["r"].to_numpy()
    groups: Any = counts.groupby(["wave", "band", "indicator"]).indices
    for (_, band, indicator), rows in groups.items():
        # The reference is a share of r; an indicator about fewer students has a larger share of these.
        rate = reference.rate[band, indicator] * r[rows].sum() / max(valid[rows].sum(), 1)
        prior = band_prior(yes[rows], valid[rows], min(rate, MAX_RATE), reference.sd_logit)
        a[rows], b[rows] = prior.a, prior.b
    return BetaPrior(a, b)


def band_prior(yes: NDArray[np.int64], valid: NDArray[np.int64], rate: float, sd_logit: float) -> BetaPrior:
    """Prior of one band's classes: fitted to them, or, where they are too few, leaning on the reference."""
    if (valid > 0).sum() >= MIN_CLASSES:
        return pooling.fit_beta_binomial(yes, valid)
    mean = (yes.sum() + REFERENCE_STUDENTS * rate) / (valid.sum() + REFERENCE_STUDENTS)
    return pooling.reference_prior(float(mean), sd_logit)


def build_reference(instrument: Instrument) -> Reference:
    """Reference rates of the policy scaled by each indicator's own ratio; a band it doesn't name takes the mean."""
    policy = load_policy()
    rates = policy.reference_rate
    usual = sum(rates.values()) / len(rates)
    rate = {
        (band, code): rates.get(band, usual) * indicator.reference_ratio
        for band in instrument.bands
        for code, indicator in instrument.indicators.items()
    }
    return Reference(rate, policy["class_signal.class_sd"])


def check_scored(connection: duckdb.DuckDBPyConnection, wave: str) -> None:
    """Raise CannotDo unless the wave's classes were counted."""
    query = "SELECT 1 FROM core_class_wave_response WHERE wave = ? LIMIT 1"
    if (
        not has_table(connection, "main", "core_class_wave_response")
        or not connection.execute(query, [wave]).fetchone()
    ):
        raise CannotDo(f"wave {wave} has not been scored", next_step=f"anxin run --wave {wave}")


def comparable_waves(connection: duckdb.DuckDBPyConnection, wave: str) -> list[str]:
    """The wave and those before it, at most HISTORY_WAVES, that asked the same instrument."""
    query = """
        SELECT earlier.wave FROM raw_wave AS earlier JOIN raw_wave AS this ON this.instrument_id = earlier.instrument_id
        WHERE this.wave = ? AND earlier.wave <= this.wave ORDER BY earlier.wave DESC LIMIT ?
    """
    return [row[0] for row in connection.execute(query, [wave, HISTORY_WAVES + 1]).fetchall()]


def read_counts(connection: duckdb.DuckDBPyConnection, waves: list[str], instrument: Instrument) -> pd.DataFrame:
    """Counts of the instrument's class-level indicators in the given waves, as `est_class_wave_signal` wants them.

    An indicator with a denominator is about some students only; how many of the absent it is about isn't known, so
    they are taken to be as many, in proportion, as among those who answered.
    """
    asked = [indicator for indicator in instrument.indicators.values() if indicator.class_level]
    narrowed = [indicator.code for indicator in asked if indicator.denominator is not None]
    query = """
        SELECT wave, class_id, indicator, band, counts.r AS r, valid, yes,
            greatest(valid, CASE WHEN list_contains(?, indicator) THEN valid * enrolled / counts.r
                ELSE enrolled END)::DOUBLE AS population
        FROM core_class_wave_indicator AS counts JOIN core_class_wave_response USING (wave, class_id)
        WHERE list_contains(?, wave) AND list_contains(?, indicator) AND band IS NOT NULL
    """
    parameters = [narrowed, waves, [indicator.code for indicator in asked]]
    return connection.execute(query, parameters).df()


def write_rows(connection: duckdb.DuckDBPyConnection, wave: str, table: str, rows: pd.DataFrame) -> None:
    """Replace the wave's rows of the table, all or nothing."""
    contract = load_contract(table)
    columns = ", ".join(contract.columns)
    with transaction(connection):
        if not has_table(connection, "main", table):
            connection.execute(create_table_sql(contract))
        connection.execute(f"DELETE FROM {table} WHERE wave = ?", [wave])
        if rows.empty:
            return
        connection.register("estimated", rows)
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM estimated")
        connection.unregister("estimated")


def _at(risk: BetaPrior, rows: NDArray[np.generic]) -> BetaPrior:
    return BetaPrior(np.asarray(risk.a)[rows], np.asarray(risk.b)[rows])
