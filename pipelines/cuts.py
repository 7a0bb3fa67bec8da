"""A class's cuts, as anybody who holds the releases works them out: from published tables alone.

The release cuts by this very code, so that what moves a cut can be nothing hidden; the audit runs it again on the files
and names the class where a cut is another one (docs/adr/0008).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.casemix import centred
from models.change import change_cut
from models.cuts import signal_cut
from models.fit import USUAL_SPREAD, Fit
from models.followers import Pairs, released_slope
from models.latent import Floats, Ints, Spread, centre_of
from models.outbreaks import OUTBREAK_SHARE
from models.thresholds import (
    MODEL_STEP,
    Released,
    Window,
    read_released,
    released_cut,
    released_first_signs,
)
from pipelines.policy import Policy
from pipelines.told import (
    BANDS,
    FEATURES,
    Classes,
    Held,
    Laid,
    Told,
    classes_of,
    lay_beside,
    rate_of,
    told_of,
    windows_of,
)

__all__ = ["BANDS", "FEATURES", "Cuts", "Parameters", "Told", "class_cuts", "rate_of", "told_of", "windows_of"]

# log odds ratios of a rural school, of boarding, of boys (CEPS: 1.2, 1.3, 1.4), for a city too small to say.
USUAL_EFFECTS = (0.18, 0.26, 0.34)
Tells = Callable[[Floats, Floats, str, str], np.ndarray]
"""(grade, grade then, wave, wave then) → whether the earlier wave counts for the class."""
Parameters = Mapping[tuple[str, str], float]
"""The model of ordinary classes: (parameter, indicator or "") → value. What other cities show, but for slopes."""


@dataclass(frozen=True)
class Cuts:
    """By class: first cut of the carrying indicator; least count that is a rise, where the class has a history.

    seen: what others saw is a sign of its own, if the carrying count stays below its cut; None where nothing of what
    they saw moves cuts. model: by which they were read.
    """

    first: Ints
    rise: Ints
    has_history: np.ndarray
    seen: np.ndarray | None
    model: Parameters


def class_cuts(
    units: pd.DataFrame, told: Sequence[Told], carrier: str, moved_by: Sequence[str], policy: Policy
) -> Cuts:
    """Cuts of the classes in `units` in the last of the waves told, of which the carrier's own window isn't read.

    units: class_id, band, school_id, rural, boarding, boys (shares; NaN where the class list doesn't say), any order.
    """
    place = np.argsort(units["class_id"].to_numpy(str), kind="stable")  # draws go by row: one order for all readers
    cuts = sorted_cuts(units.iloc[place].reset_index(drop=True), in_order(told), carrier, moved_by, policy)
    back = np.argsort(place, kind="stable")
    seen = None if cuts.seen is None else cuts.seen[back]
    return Cuts(cuts.first[back], cuts.rise[back], cuts.has_history[back], seen, cuts.model)


def sorted_cuts(
    units: pd.DataFrame, waves: Sequence[Told], carrier: str, moved_by: Sequence[str], policy: Policy
) -> Cuts:
    """The same for units in the order of their ids, and every wave between."""
    classes, laid = classes_of(units), [lay_beside(units, one, (carrier, *moved_by)) for one in waves]
    last, model = laid[-1], city_model(classes, laid, carrier, moved_by)
    alarm, least = policy["class_signal.false_alarm.carrying"], policy.count("class_signal.first_cut_min")
    known = released(classes, laid, model, carrier, moved_by, is_history)
    reading = read_released(known)
    first = released_cut(known, alarm, reading=reading)
    shown = np.array([last.held[code].shown for code in moved_by]).reshape(-1, len(units)).all(axis=0)
    if not shown.all():
        blind = released(classes, laid, model, carrier, (), is_history)
        first = np.where(shown, first, released_cut(blind, alarm))
    first = np.maximum(np.minimum(first, level_limit(classes, last, carrier, policy)), least)
    rare = policy["class_signal.false_alarm.first_signs"]
    seen = shown & released_first_signs(known, first, rare, reading=reading) if moved_by else None
    same = released(classes, laid, model, carrier, moved_by, is_same_class)
    return Cuts(first, change_cut(same, alarm), has_own_history(laid, carrier), seen, model)


def city_model(classes: Classes, waves: Sequence[Laid], carrier: str, moved_by: Sequence[str]) -> Parameters:
    """The model as anybody can work it out: what other cities show, slopes by what earlier waves released.

    No count goes in: a parameter fitted to counts would tell of one class to whoever knows the others.
    """
    spread = {"school": USUAL_SPREAD.school, "class": USUAL_SPREAD.klass, "term": USUAL_SPREAD.term}
    effects = {f"effect_{name}": effect for name, effect in zip(FEATURES, USUAL_EFFECTS, strict=True)}
    usual = {f"spread_{part}": sd for part, sd in spread.items()} | effects | {"power": 1.0, "share": OUTBREAK_SHARE}
    slopes = {
        ("slope", code): rounded(
            released_slope([pairs_of(classes, one, waves[-1], carrier, code) for one in waves[:-1]], USUAL_SPREAD.total)
        )
        for code in moved_by
    }
    return {(name, ""): value for name, value in usual.items()} | slopes


def rounded(slope: float) -> float:
    """To .05: readers of other processors, whose last digits differ, get the same cuts."""
    return round(MODEL_STEP * max(round(slope / MODEL_STEP), 1), 2)


def pairs_of(classes: Classes, then: Laid, last: Laid, carrier: str, code: str) -> Pairs:
    """The classes that showed both indicators in an earlier wave."""
    asked = answers(then, last, is_history)
    both = (asked > 0) & then.held[carrier].shown & then.held[code].shown
    own, other = (history_window(then.held[name], asked) for name in (carrier, code))
    rates = [np.array([then.rates.get((band, name), 0.1) for band in classes.band[both]]) for name in (carrier, code)]
    shown = [Window(window.low[both], window.high[both]) for window in (own, other)]
    return Pairs(asked[both], shown[0], shown[1], rates[0], rates[1])


def level_limit(classes: Classes, last: Laid, carrier: str, policy: Policy) -> Ints:
    """(classes,): no first cut lies higher: what is high for any class of its band, and what leaves two bands."""
    rate = np.array([last.rates.get((band, carrier), 0.0) for band in classes.band])
    high = signal_cut(last.about, rate, policy["class_signal.class_sd"], policy["class_signal.false_alarm.level"])
    room = last.about - policy.count("show.coverage_step") // 2 - policy.count("class_signal.top_width") + 1
    return np.minimum(high, np.maximum(room, policy.count("class_signal.first_cut_min")))


def in_order(told: Sequence[Told]) -> list[Told]:
    """The waves that asked the last one's instrument, oldest first, with an empty one for each that is missing."""
    last = max(told, key=lambda one: one.wave)
    kept = {one.wave: one for one in told if one.instrument == last.instrument}
    nothing = last.classes.iloc[:0]
    return [kept.get(wave, Told(wave, "", nothing, {}, {})) for wave in waves_between(min(kept), last.wave)]


def waves_between(first: str, last: str) -> list[str]:
    """Every wave from first to last: two a year."""
    ends = [2 * int(year) + int(term) - 1 for year, term in (first.split("-"), last.split("-"))]
    return [f"{number // 2}-{number % 2 + 1}" for number in range(ends[0], ends[1] + 1)]


def school_year(wave: str) -> int:
    """The year in which the wave's school year began: 2025-2 and 2026-1 both 2025."""
    year, term = wave.split("-")
    return int(year) if term == "2" else int(year) - 1


def is_history(grade: Floats, before: Floats, now: str, then: str) -> np.ndarray:
    """Whether an earlier wave of a class id may tell of the class today: its grade hasn't fallen.

    A list that keeps ids while grades move up, and one that isn't moved up, both pass; how much of it lasts is fitted.
    """
    return np.asarray(grade >= before)


def is_same_class(grade: Floats, before: Floats, now: str, then: str) -> np.ndarray:
    """Whether these are the same students for certain: their grade moved up as the school years did."""
    return np.asarray(grade - before == school_year(now) - school_year(then))


def has_own_history(waves: Sequence[Laid], carrier: str) -> np.ndarray:
    """(classes,): some earlier wave shows a band of the same students."""
    last, found = waves[-1], np.zeros(len(waves[-1].grade), dtype=bool)
    for one in waves[:-1]:
        found |= is_same_class(last.grade, one.grade, last.wave, one.wave) & one.held[carrier].shown
    return found


def released(
    classes: Classes,
    waves: Sequence[Laid],
    model: Parameters,
    carrier: str,
    moved_by: Sequence[str],
    tells: Tells,
) -> Released:
    """What the models read; `tells(grade, grade then, wave, wave then)`: which earlier waves count for a class."""
    codes, last = (carrier, *moved_by), waves[-1]
    r = [answers(one, last, tells) for one in waves]
    history = [
        {code: history_window(one.held[code], asked) for code in codes}
        for one, asked in zip(waves[:-1], r[:-1], strict=True)
    ]
    others = {code: np.maximum(last.held[code].window, 0) for code in moved_by}
    fit = model_of(classes, waves, r, model, codes)
    return Released(classes.number, classes.school, carrier, r, history, others, fit, model["power", ""])


def answers(then: Laid, last: Laid, tells: Tells) -> Ints:
    """(classes,): rounded answers of a wave, 0 where it says nothing of the class as it is now."""
    if then is last:
        return last.about
    return np.where(tells(last.grade, then.grade, last.wave, then.wave), then.about, 0)


def history_window(held: Held, asked: Ints) -> Window:
    """The window of an earlier count; all there is where nothing is shown."""
    counts = held.shown & (asked > 0)
    return Window(np.where(counts, held.low, 0), np.where(counts, held.high, asked))


def model_of(
    classes: Classes, waves: Sequence[Laid], r: Sequence[Ints], model: Parameters, codes: Sequence[str]
) -> Fit:
    """The published model as the models read it: levels are the bands' rates, released or the policy's."""
    spread = Spread(*(model[f"spread_{part}", ""] for part in ("school", "class", "term")))
    slope = {code: 1.0 if code == codes[0] else model["slope", code] for code in codes}
    levels = [{code: level_of(one, code, classes, spread.total * slope[code]) for code in codes} for one in waves]
    effects = np.array([model[f"effect_{name}", ""] for name in FEATURES])
    parts = [centred(classes.mix, asked.astype(np.float64), classes.number) for asked in r]
    return Fit(spread, slope, levels, parts, effects, model["share", ""])


def level_of(told: Laid, code: str, classes: Classes, sd: float) -> Floats:
    """(classes,): logit at which a band's mean share is its rate; a wave that is missing says nothing at any level."""
    at = {band: centre_of(told.rates.get((band, code), 0.1), sd) for band in set(classes.band)}
    return np.array([at[band] for band in classes.band])
