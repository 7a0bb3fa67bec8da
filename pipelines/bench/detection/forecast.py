"""B10: next term's top tenth of classes, forecast from earlier turns of other schools."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from models import pooling
from models.forecast import Check, Turns, area_under_curve, average_precision, check_forecast
from models.pooling import BetaPrior, Lasting
from models.quality import Flags, Floats
from models.simulator import parameters
from pipelines.bench.detection.cities import CARRIER, MORE_FOLLOWERS, BenchCity, bench_city
from pipelines.bench.detection.figures import Figure, standard_error
from pipelines.bench.rows import Row

CODES = (CARRIER, *MORE_FOLLOWERS)
LASTING_SHARE, TOP_SHARE = 0.8, 0.10
WAVES = 5
REFERENCES = {"B10_auc": "B10_naive_auc", "B10_ap": "B10_naive_ap"}


def rows(replicates: int, seed: int, quick: bool) -> list[Row]:
    """Rows of B10 over so many cities; the same seed gives the same rows."""
    schools = 60 if quick else 100
    cities = [tally(bench_city(parameters(), seed + number, schools, WAVES)) for number in range(replicates)]
    means = {name: float(np.mean([city[name] for city in cities])) for name in cities[0]}
    return [_row(name, means, cities) for name in means]


def _row(name: str, means: dict[str, float], cities: Sequence[dict[str, float]]) -> Row:
    without = [
        float(np.mean([city[name] for city in cities if city is not left])) for left in cities if len(cities) > 1
    ]
    reference = REFERENCES.get(name)
    ratio = means[name] / means[reference] if reference else None
    return Row(name, means[name], "share", standard_error(Figure(means[name]), without), reference, ratio)


def tally(bench: BenchCity) -> dict[str, float]:
    """AUC and average precision of the newest turn: this term's share, the history, the model."""
    past = turns(bench)
    check: Check = check_forecast(past)
    newest = past.take(past.wave == past.wave.max())
    plain = shares(bench, CARRIER, len(bench.counted) - 2)[asked(bench)]
    truth = bench.truth[-1]["true_rate"][asked(bench)]
    return {
        "B10_naive_auc": area_under_curve(plain, newest.outcome),
        "B10_naive_ap": average_precision(plain, newest.outcome),
        "B10_history_auc": check.history_auc,
        "B10_history_ap": check.history_average_precision,
        "B10_auc": check.auc,
        "B10_ap": check.average_precision,
        "B10_oracle_auc": area_under_curve(truth, newest.outcome),
        "B10_oracle_ap": average_precision(truth, newest.outcome),
        "B10_shown": float(check.state == "shown"),
    }


def turns(bench: BenchCity) -> Turns:
    """Every wave but the last is forecast from, with all that was counted up to then."""
    parts, here = [], asked(bench)
    risks = {code: expected_next(bench, code) for code in CODES}
    for wave in range(len(bench.counted) - 1):
        features = features_of(bench, {code: risks[code][wave] for code in CODES}, wave)
        after = shares(bench, CARRIER, wave + 1)
        outcome = after > np.quantile(after[here], 1 - TOP_SHARE)
        history = risks[CARRIER][wave]
        parts.append((features[here], history[here], outcome[here], bench.school[here], np.full(here.sum(), wave)))
    return Turns(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def asked(bench: BenchCity) -> Flags:
    """(classes,): somebody answered in every wave."""
    return np.asarray(np.all([wave["sound"] > 0 for wave in bench.counted], axis=0))


def features_of(bench: BenchCity, risks: dict[str, Floats], wave: int) -> Floats:
    """(classes, features): what each indicator leads one to expect, its school's mean, its share now, band, make-up.

    Shares enter by their roots, whose error doesn't depend on them.
    """
    counted = bench.counted[wave]
    logits = [special.logit(np.clip(risk, 1e-3, 1 - 1e-3)) for risk in risks.values()]
    size = np.bincount(bench.school)
    schools = [(np.bincount(bench.school, weights=part) / np.maximum(size, 1))[bench.school] for part in logits]
    bands = [(bench.band == band).astype(float) for band in range(5)]
    mix = [bench.rural, counted["boarders"], bench.boys, np.log(np.maximum(counted["sound"], 1))]
    now = [np.sqrt(shares(bench, code, wave)) for code in risks]
    return np.column_stack([*logits, *schools, *now, *bands, *mix])


def expected_next(bench: BenchCity, code: str) -> list[Floats]:
    """Per wave (classes,): risk that empirical Bayes expects of each class in the next one, from all waves so far."""
    risks = np.zeros((len(bench.counted), len(bench.band)))
    for band in np.unique(bench.band):
        here = bench.band == band
        lasting = Lasting(np.zeros(here.sum()), np.ones(here.sum()))
        for wave, counted in enumerate(bench.counted):
            r = np.where(counted[f"asked_{code}"], counted["sound"], 0)[here]
            yes = np.minimum(counted[code][here], r)
            prior = pooling.fit_beta_binomial(yes, r)
            start = pooling.start_wave(lasting, prior, LASTING_SHARE)
            lasting = pooling.learn_lasting(lasting, start, pooling.posterior(yes, r, start), prior, LASTING_SHARE)
            risks[wave, here] = _mean(pooling.start_wave(lasting, prior, LASTING_SHARE))
    return list(risks)


def shares(bench: BenchCity, code: str, wave: int) -> Floats:
    counted = bench.counted[wave]
    return np.asarray(counted[code] / np.maximum(counted["sound"], 1))


def _mean(risk: BetaPrior) -> Floats:
    return np.asarray(risk.mean)
