"""The level's first cut moved by what is already released of a class: history, other indicators, school, make-up.

The full odds (models.signals) use exact counts. What is published may depend on released numbers only, else the cut
itself would tell. So the same model is read from windows: of the carrying indicator in earlier waves, of the others in
every wave; answers rounded to 5; the city's model rounded. Then every count the class could have is scored, and the cut
is where the odds pass what one ordinary class in a hundred passes. Whoever knows the release can compute it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.fit import Fit
from models.latent import GRID, Floats, Ints, Spread, centre_of, count_evidence, scale, weights, window_evidence
from models.outbreaks import Story, build_stories, story_odds
from models.signals import HALF, SIZE_EDGES, draw_deviations, usual_deviation

FIRST_WINDOW, WINDOW, LAST_WINDOW = 6, 5, 6
ROUNDED_TO, MODEL_STEP, RATE_STEP = 5, 0.05, 0.01
NULL_CLASSES, NULL_DRAWS = 60_000, 200


@dataclass(frozen=True)
class Released:
    """All that a cut may depend on; rows are classes.

    r: per wave, answers rounded to 5 (0: not surveyed). window: per wave, indicator → number of the window that the
    class's count lies in (see `window_edges`); the last wave has none for the carrier. model: the city's, as published;
    power: of its tail (models.signals.calibrated), to .05.
    """

    band: Ints
    school: Ints
    carrier: str
    r: Sequence[Ints]
    window: Sequence[Mapping[str, Ints]]
    model: Fit
    power: float = 1.0


def released_cut(known: Released, false_alarm: float = 0.01, seed: int = 0) -> Ints:
    """(classes,): smallest count of the carrying indicator that is a sign; r + 1 where none is.

    An ordinary class of the same band and size reaches its cut with at most the accepted chance. The caller keeps the
    cut at or above the policy's least one.
    """
    evidence = [released_evidence(known, wave) for wave in range(len(known.r))]
    stories = build_stories(
        [scale(part) for part in evidence[:-1]],
        known.model.carrier_centres(known.carrier),
        known.school,
        known.model.spread,
    )
    limit = odds_limits(known, stories, evidence, false_alarm, np.random.default_rng(seed))
    return _cut_at(known, stories, evidence[-1], limit)


def round_answers(r: Ints) -> Ints:
    """Answers to the nearest 5, so that what is shown of coverage is all that the cut knows."""
    return np.asarray(ROUNDED_TO * np.floor(np.asarray(r) / ROUNDED_TO + 0.5), dtype=np.int64)


def window_edges(rounded: int) -> Ints:
    """First count of each window but the lowest: 6, 11, 16 …, as long as the last keeps 6 counts.

    rounded: answers to the nearest 5, so the true number may be 2 less.
    """
    last = rounded - ROUNDED_TO // 2 - LAST_WINDOW + 1
    return np.arange(FIRST_WINDOW, last + 1, WINDOW, dtype=np.int64)


def window_of(yes: Ints, rounded: Ints) -> Ints:
    """(classes,): number of the window that each count lies in, from 0."""
    edges = {size: window_edges(size) for size in np.unique(rounded).tolist()}
    pairs = zip(np.asarray(yes).tolist(), np.asarray(rounded).tolist(), strict=True)
    return np.array([np.searchsorted(edges[size], count, side="right") for count, size in pairs], dtype=np.int64)


def published(fit: Fit) -> Fit:
    """The model as it is released: band rates to one point, slopes, spreads and effects to .05."""
    slope = {code: _rounded(steep) for code, steep in fit.slope.items()}
    spread = Spread(*(_rounded(sd) for sd in (fit.spread.school, fit.spread.klass, fit.spread.term)))
    level = [
        {
            code: round_level(part, fit.spread.total * fit.slope[code], spread.total * slope[code])
            for code, part in w.items()
        }
        for w in fit.level
    ]
    return Fit(spread, slope, level, fit.mix, MODEL_STEP * np.round(fit.effects / MODEL_STEP))


def round_level(level: Floats, sd: float, shown_sd: float) -> Floats:
    """Levels whose bands' mean shares are those of `level` rounded to one point (at least half a one)."""
    few, row = np.unique(level, return_inverse=True)
    rate = special.expit(few[:, None] + GRID) @ weights(sd)
    shown = np.maximum(RATE_STEP * np.round(rate / RATE_STEP), RATE_STEP / 2)
    return np.array([centre_of(float(share), shown_sd) for share in shown])[row]


def released_evidence(known: Released, wave: int) -> Floats:
    """(classes, grid): log-likelihood of one wave's windows."""
    total = np.zeros((len(known.band), len(GRID)))
    for code, number in known.window[wave].items():
        table = window_table(known, wave, code)
        total += table[number, np.arange(len(number))]
    return total


def window_table(known: Released, wave: int, code: str) -> Floats:
    """(windows, classes, grid): log-chance of each window that a count could lie in."""
    rounded, model = known.r[wave], known.model
    edges = window_edges(int(rounded.max(initial=0)))
    last = np.array([len(window_edges(size)) for size in range(int(rounded.max(initial=0)) + 1)])[rounded]
    found = []
    for number in range(len(edges) + 1):
        low = np.full(len(rounded), 0 if number == 0 else edges[number - 1])
        high = np.where(number < last, edges[min(number, len(edges) - 1)] - 1 if len(edges) else 0, rounded)
        found.append(window_evidence(low, high, rounded, model.centre[wave][code], model.slope[code]))
    return np.array(found)


def odds_limits(
    known: Released, stories: Sequence[Story], evidence: Sequence[Floats], false_alarm: float, rng: np.random.Generator
) -> Floats:
    """(classes,): odds that ordinary classes of the same band and size pass with the accepted chance."""
    deviation = usual_deviation([scale(part) for part in evidence[:-1]], known.school, known.model.spread)
    # The city's tail may be thinner or thicker than the drawn one by a published power (models.signals.calibrated).
    drawn_alarm = HALF * (false_alarm / HALF) ** (1 / known.power)
    tables = {code: window_table(known, -1, code) for code in known.window[-1]}
    draws = int(np.clip(NULL_CLASSES // max(len(known.band), 1), 4, NULL_DRAWS))
    null = np.array([_ordinary_odds(known, stories, deviation, tables, rng) for _ in range(draws)])
    stratum = known.band * (len(SIZE_EDGES) + 1) + np.searchsorted(SIZE_EDGES, known.r[-1], side="right")
    limit = np.empty(len(known.band))
    for value in np.unique(stratum):
        limit[stratum == value] = np.quantile(null[:, stratum == value], 1 - drawn_alarm)
    return limit


def _ordinary_odds(
    known: Released,
    stories: Sequence[Story],
    deviation: Floats,
    tables: Mapping[str, Floats],
    rng: np.random.Generator,
) -> Floats:
    drawn, model, rounded = draw_deviations(deviation, rng), known.model, known.r[-1]
    counts = {
        code: rng.binomial(rounded, special.expit(model.centre[-1][code] + model.slope[code] * drawn))
        for code in (known.carrier, *tables)
    }
    total = count_evidence(counts[known.carrier], rounded, model.centre[-1][known.carrier])
    for code, table in tables.items():
        total += table[window_of(counts[code], rounded), np.arange(len(rounded))]
    return story_odds(stories, scale(total))


def _cut_at(known: Released, stories: Sequence[Story], others: Floats, limit: Floats) -> Ints:
    """(classes,): one above the largest count whose odds stay below the limit."""
    rounded, centre = known.r[-1], known.model.centre[-1][known.carrier]
    cut = np.zeros(len(rounded), dtype=np.int64)
    for count in range(int(rounded.max(initial=0)) + 1):
        possible = count <= rounded
        evidence = others + count_evidence(np.minimum(count, rounded), rounded, centre)
        cut = np.where(possible & (story_odds(stories, scale(evidence)) < limit), count + 1, cut)
    return cut


def _rounded(value: float) -> float:
    return float(max(MODEL_STEP * round(value / MODEL_STEP), MODEL_STEP))
