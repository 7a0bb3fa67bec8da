"""The level's first cut moved by what is already released of a class: history, other indicators, school, make-up.

The full odds (models.signals) use exact counts. What is published may depend on released numbers only, else the cut
itself would tell. So the same model is read from windows: of the carrying indicator in earlier waves, of the others in
every wave; answers rounded to 5; the city's model rounded. Then every count the class could have is scored, and the cut
is where the odds pass what one ordinary class in a hundred passes. Whoever knows the release can compute it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.fit import Fit
from models.latent import GRID, Floats, Ints, Spread, centre_of, count_evidence, scale, weights, window_evidence
from models.outbreaks import Story, build_stories, story_odds
from models.signals import HALF, SIZE_EDGES, Flags, course_of, draw_deviations, usual_deviation

FIRST_WINDOW, WINDOW, LAST_WINDOW = 6, 5, 6
ROUNDED_TO, MODEL_STEP, RATE_STEP = 5, 0.05, 0.01
NULL_CLASSES, NULL_DRAWS = 30_000, 200
SIDE_BY_SIDE = 5_000  # classes that are scored at once: small cities' draws together, without filling the memory


@dataclass(frozen=True)
class Window:
    """Counts from low to high, both possible; (classes,)."""

    low: Ints
    high: Ints


@dataclass(frozen=True)
class Released:
    """All that a cut may depend on; rows are classes.

    r: per wave, answers rounded to 5 (0: not surveyed). history: per earlier wave, indicator → the window that the
    class's count is known to lie in. others: of the last wave, indicator (never the carrier) → number of the fixed
    window (see `window_edges`). model: the city's, as published; power: of its tail (`calibrated`), to .05.
    """

    band: Ints
    school: Ints
    carrier: str
    r: Sequence[Ints]
    history: Sequence[Mapping[str, Window]]
    others: Mapping[str, Ints]
    model: Fit
    power: float = 1.0

    @property
    def codes(self) -> tuple[str, ...]:
        """The carrier and the others."""
        return (self.carrier, *self.others)


@dataclass(frozen=True)
class Reading:
    """What the releases say before this wave's count is looked at; made once (`read_released`), read often.

    stories: of the earlier waves; tables: of each other indicator (windows, classes, grid), log-chance of each window;
    own, windows: (draws, classes), the carrier's counts and the others' windows in ordinary last waves.
    """

    stories: tuple[Story, ...]
    tables: Mapping[str, Floats]
    own: Ints
    windows: Mapping[str, Ints]


def read_released(known: Released, seed: int = 0) -> Reading:
    stories, deviation = read_past(known)
    drawn = draw_ordinary(known, deviation, np.random.default_rng(seed))
    windows = {code: window_of(drawn[code], known.r[-1]) for code in known.others}
    return Reading(stories, {code: window_table(known, code) for code in known.others}, drawn[known.carrier], windows)


def released_cut(known: Released, false_alarm: float = 0.01, reading: Reading | None = None) -> Ints:
    """(classes,): smallest count of the carrying indicator that is a sign; r + 1 where none is.

    An ordinary class of the same band and size reaches its cut with at most the accepted chance. The caller keeps the
    cut at or above the policy's least one.
    """
    read = reading or read_released(known)
    return _cut_at(known, read, odds_limits(known, read, false_alarm))


def released_first_signs(
    known: Released, cut: Ints, false_alarm: float = 0.0025, reading: Reading | None = None
) -> Flags:
    """(classes,): a sign by what others saw, though the carrying count stays below `cut`.

    cut: first cut of the carrying indicator as released. What is read is that the count lies below it, and the windows
    of the others: all released, so the sign tells nothing more. One ordinary class in 1/false_alarm has such a sign.
    """
    read, rounded = reading or read_released(known), known.r[-1]
    nothing, most = np.zeros_like(rounded), np.clip(cut - 1, 0, rounded)
    below = window_evidence(nothing, most, rounded, known.model.centre[-1][known.carrier])

    def odds(windows: Mapping[str, Ints]) -> Floats:
        return story_odds(read.stories, scale(below + _read(read.tables, windows, len(rounded))))

    drawn = in_blocks(lambda few: odds({code: part[few] for code, part in read.windows.items()}), *read.own.shape)
    null = np.where(read.own < cut, drawn, -np.inf)
    return np.asarray(odds(known.others) > np.quantile(null, 1 - false_alarm, method="higher")) & (rounded > 0)


def in_blocks(scored: Callable[[slice], Floats], rows: int, classes: int) -> Floats:
    """(rows, classes): what `scored` makes of a few rows at a time."""
    step = max(1, SIDE_BY_SIDE // max(classes, 1))
    return np.concatenate([scored(slice(first, min(first + step, rows))) for first in range(0, rows, step)])


def read_past(known: Released) -> tuple[tuple[Story, ...], Floats]:
    """What the released history says: the stories, and (classes, grid) chances of this wave's ordinary deviation."""
    model, earlier = known.model, [scale(history_evidence(known, wave)) for wave in range(len(known.history))]
    centre = model.carrier_centres(known.carrier)
    stories = build_stories(earlier, centre, known.school, model.spread, model.share)
    return stories, usual_deviation(earlier, centre, known.school, model)


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
    most = last_window(rounded)
    return np.asarray(np.clip((np.asarray(yes) - FIRST_WINDOW) // WINDOW + 1, 0, most), dtype=np.int64)


def last_window(rounded: Ints) -> Ints:
    """(classes,): number of the last window, how many edges `window_edges` gives."""
    last = np.asarray(rounded) - ROUNDED_TO // 2 - LAST_WINDOW + 1
    return np.asarray(np.maximum((last - FIRST_WINDOW) // WINDOW + 1, 0), dtype=np.int64)


def edge_above(cut: Ints, rounded: Ints) -> Ints:
    """(classes,): the cut moved up to an edge of its windows, at most the last one: so windows stay one partition.

    Without that end, what is common would have no edge left in a class of 28, and its windows would go unsaid.
    """
    steps = np.maximum(-(-(np.asarray(cut) - FIRST_WINDOW) // WINDOW), 0)
    return np.asarray(FIRST_WINDOW + WINDOW * np.minimum(steps, np.maximum(last_window(rounded) - 1, 0)), np.int64)


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
    effects = MODEL_STEP * np.round(fit.effects / MODEL_STEP)
    return Fit(spread, slope, level, fit.mix, effects, max(RATE_STEP * round(fit.share / RATE_STEP), RATE_STEP))


def round_level(level: Floats, sd: float, shown_sd: float) -> Floats:
    """Levels whose bands' mean shares are those of `level` rounded to one point (at least half a one)."""
    few, row = np.unique(level, return_inverse=True)
    rate = special.expit(few[:, None] + GRID) @ weights(sd)
    shown = np.maximum(RATE_STEP * np.round(rate / RATE_STEP), RATE_STEP / 2)
    return np.array([centre_of(float(share), shown_sd) for share in shown])[row]


def fixed_window(number: Ints, rounded: Ints) -> Window:
    """The fixed window of that number of each class."""
    low = np.where(number == 0, 0, FIRST_WINDOW + WINDOW * (number - 1))
    high = np.where(number == last_window(rounded), rounded, FIRST_WINDOW + WINDOW * number - 1)
    return Window(low, high)


def history_evidence(known: Released, wave: int) -> Floats:
    """(classes, grid): log-likelihood of what is known of an earlier wave."""
    total, model = np.zeros((len(known.band), len(GRID))), known.model
    for code, window in known.history[wave].items():
        # The true number of answers may be 2 above the rounded one, and so may a window's end.
        asked = np.where(known.r[wave] > 0, np.maximum(known.r[wave], window.high), 0)
        high = np.minimum(window.high, asked)
        total += window_evidence(window.low, high, asked, model.centre[wave][code], model.slope[code])
    return total


def window_table(known: Released, code: str) -> Floats:
    """(windows, classes, grid): log-chance of each window that a count of the last wave could lie in."""
    rounded, model = known.r[-1], known.model
    most = last_window(rounded)
    found = []
    for number in range(int(most.max(initial=0)) + 1):
        window = fixed_window(np.minimum(number, most), rounded)
        found.append(window_evidence(window.low, window.high, rounded, model.centre[-1][code], model.slope[code]))
    return np.array(found)


def odds_limits(known: Released, read: Reading, false_alarm: float) -> Floats:
    """(classes,): odds that ordinary classes of the same band and size pass with the accepted chance."""
    # The city's tail may be thinner or thicker than the drawn one by a published power (models.signals.calibrated).
    drawn_alarm = HALF * (false_alarm / HALF) ** (1 / known.power)
    null = in_blocks(lambda few: _ordinary_odds(known, read, few), *read.own.shape)
    stratum = known.band * (len(SIZE_EDGES) + 1) + np.searchsorted(SIZE_EDGES, known.r[-1], side="right")
    limit = np.empty(len(known.band))
    for value in np.unique(stratum):
        limit[stratum == value] = np.quantile(null[:, stratum == value], 1 - drawn_alarm)
    return limit


def _ordinary_odds(known: Released, read: Reading, few: slice) -> Floats:
    """(draws, classes): odds of some of the drawn waves."""
    rounded, windows = known.r[-1], {code: part[few] for code, part in read.windows.items()}
    own = count_evidence(read.own[few], rounded, known.model.centre[-1][known.carrier])
    return story_odds(read.stories, scale(own + _read(read.tables, windows, len(rounded))))


def draw_ordinary(known: Released, deviation: Floats, rng: np.random.Generator) -> dict[str, Ints]:
    """Counts (draws, classes) of the carrier and the others in ordinary last waves.

    deviation: (classes, grid), chances under the ordinary course.
    """
    model, course, waves = known.model, course_of(deviation), []
    for _ in range(_draws(len(known.band))):
        drawn = draw_deviations(course, rng)
        shares = {code: special.expit(model.centre[-1][code] + model.slope[code] * drawn) for code in known.codes}
        waves.append([rng.binomial(known.r[-1], share) for share in shares.values()])
    return dict(zip(known.codes, np.stack(waves, axis=1), strict=True))


def _draws(classes: int) -> int:
    return int(np.clip(NULL_CLASSES // max(classes, 1), 4, NULL_DRAWS))


def _read(tables: Mapping[str, Floats], windows: Mapping[str, Ints], classes: int) -> Floats:
    """(…, classes, grid): log-likelihood of the windows (…, classes) that the classes' counts lie in."""
    parts = [table[windows[code], np.arange(classes)] for code, table in tables.items()]
    return np.asarray(np.sum(parts, axis=0)) if parts else np.zeros((classes, len(GRID)))


def _cut_at(known: Released, read: Reading, limit: Floats) -> Ints:
    """(classes,): one above the largest count whose odds stay below the limit."""
    rounded, centre = known.r[-1], known.model.centre[-1][known.carrier]
    others = _read(read.tables, known.others, len(rounded))
    counts = np.arange(int(rounded.max(initial=0)) + 1)[:, None]

    def odds(few: slice) -> Floats:
        return story_odds(
            read.stories, scale(others + count_evidence(np.minimum(counts[few], rounded), rounded, centre))
        )

    low = (counts <= rounded) & (in_blocks(odds, len(counts), len(rounded)) < limit)
    return np.asarray(np.max(np.where(low, counts + 1, 1), axis=0), dtype=np.int64)


def _rounded(value: float) -> float:
    return float(max(MODEL_STEP * round(value / MODEL_STEP), MODEL_STEP))
