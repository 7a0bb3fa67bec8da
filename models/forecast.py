"""Which classes will stand highest next term? A model of classes, never of persons, and shown only where it is better
than the plain history.

The history is empirical Bayes: what a class's own past says of its next term. A logistic regression adds the other
indicators, the school and the make-up. It is held to the future and to other schools: each school's newest turn (this
term → next) is forecast by a model that saw only earlier turns of other schools. Fitted anew in every run, never kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# On the observed top tenth a better forecast than this is not to be had (analytics.md): it has seen the answer.
LEAK_AUC = 0.88
FOLDS = 5
LEAST_HITS = 10  # outcomes that a fit and a check each need
PENALTY = 0.1  # inverse strength of the ridge; features are standardised
TURNS = 2  # one to learn from, one to be checked on


@dataclass(frozen=True)
class Turns:
    """One row per class and turn (a wave and the next).

    features: (rows, features); history: (rows,) what the class's own past says, the higher the worse; outcome: (rows,)
    what came; school, wave: (rows,) the school, and the number of the wave that was forecast from.
    """

    features: Floats
    history: Floats
    outcome: Flags
    school: Ints
    wave: Ints

    def take(self, rows: Flags) -> Turns:
        return Turns(self.features[rows], self.history[rows], self.outcome[rows], self.school[rows], self.wave[rows])


@dataclass(frozen=True)
class Check:
    """How well the newest turn was forecast: model against history. `state` says whether the model may be shown:

    shown, too_few_waves, too_few_schools, too_few_cases, no_better, leak.
    """

    state: str
    auc: float = float("nan")
    average_precision: float = float("nan")
    history_auc: float = float("nan")
    history_average_precision: float = float("nan")


def check_forecast(past: Turns) -> Check:
    """Forecast the newest turn school by school from earlier turns of other schools, and compare with the history."""
    waves, schools = np.unique(past.wave), np.unique(past.school)
    if len(waves) < TURNS:
        return Check("too_few_waves")
    if len(schools) < 2:
        return Check("too_few_schools")
    newest = past.wave == waves[-1]
    if min(_rarer(past.outcome[newest]), _rarer(past.outcome[~newest])) < LEAST_HITS:
        return Check("too_few_cases")
    chance = forecast_held_out(past, newest)
    if chance is None:
        return Check("too_few_cases")
    return _verdict(chance, past.take(newest))


def forecast_held_out(past: Turns, newest: Flags) -> Floats | None:
    """(newest rows,): chance of each by a model that knew neither its school nor its turn; None where none could be
    fitted, because the other schools' earlier turns all came out alike.
    """
    chance = np.full(len(past.school), np.nan)
    for held_out in school_folds(past.school[newest]):
        mine = np.isin(past.school, held_out)
        before = past.take(~newest & ~mine)
        if _rarer(before.outcome) == 0:
            return None
        chance[newest & mine] = fit_and_forecast(before, past.features[newest & mine])
    return chance[newest]


def school_folds(school: Ints) -> Iterator[Ints]:
    """Schools in FOLDS groups (fewer where there are fewer), each about as large as the others."""
    names, sizes = np.unique(school, return_counts=True)
    order = names[np.argsort(-sizes, kind="stable")]
    folds = min(FOLDS, len(order))
    for first in range(folds):
        yield order[first::folds]


def fit_and_forecast(past: Turns, features: Floats) -> Floats:
    """(rows,): chance of the outcome. The ridge keeps perfect separation finite; a constant feature has no say.

    Raises ValueError where all outcomes are alike.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=500))
    model.fit(past.features, past.outcome)
    return np.asarray(model.predict_proba(features)[:, 1])


def area_under_curve(score: Floats, outcome: Flags) -> float:
    """Chance that a hit scores above a miss, ties half (Mann and Whitney 1947); NaN where all are alike."""
    if _rarer(outcome) == 0:
        return float("nan")
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(outcome, score))


def average_precision(score: Floats, outcome: Flags) -> float:
    """Mean share of hits above each hit; NaN without a hit."""
    if not outcome.any():
        return float("nan")
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(outcome, score))


def three_bands(chance: Floats, base: float) -> NDArray[np.str_]:
    """lower (under half the usual chance), higher (from twice it), else usual."""
    return np.select([chance < base / 2, chance >= 2 * base], ["lower", "higher"], "usual")


def _verdict(chance: Floats, newest: Turns) -> Check:
    numbers = (
        area_under_curve(chance, newest.outcome),
        average_precision(chance, newest.outcome),
        area_under_curve(newest.history, newest.outcome),
        average_precision(newest.history, newest.outcome),
    )
    better = numbers[0] > numbers[2] and numbers[1] > numbers[3]
    return Check("leak" if numbers[0] > LEAK_AUC else "shown" if better else "no_better", *numbers)


def _rarer(outcome: Flags) -> int:
    return int(min(outcome.sum(), (~outcome).sum()))
