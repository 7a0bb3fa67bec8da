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
    fixed_window,
    read_released,
    released_cut,
    released_first_signs,
)
from pipelines.policy import Policy

BANDS = ("g34", "g56", "jr", "sr", "voc")
FEATURES = ("rural", "boarding", "boys")
# log odds ratios of a rural school, of boarding, of boys (CEPS: 1.2, 1.3, 1.4), for a city too small to say.
USUAL_EFFECTS = (0.18, 0.26, 0.34)
Tells = Callable[[Floats, Floats, str, str], np.ndarray]
"""(grade, grade then, wave, wave then) → whether the earlier wave counts for the class."""
Parameters = Mapping[tuple[str, str], float]
"""The model of ordinary classes: (parameter, indicator or "") → value. What other cities show, but for slopes."""


@dataclass(frozen=True)
class Told:
    """What a release tells of one wave's classes, as far as a cut rests on it.

    classes: by class_id, grade and r_about (answers rounded to 5); rates: (band, indicator) → share, the published one
    or the policy's; windows: indicator → by class_id, low and high of what is shown.
    """

    wave: str
    instrument: str
    classes: pd.DataFrame
    rates: Mapping[tuple[str, str], float]
    windows: Mapping[str, pd.DataFrame]


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


def told_of(tables: Mapping[str, pd.DataFrame], wave: str, policy: Policy) -> Told:
    """What the joint tables tell of a wave."""
    of_wave = {name: table[table["wave"] == wave] for name, table in tables.items() if "wave" in table}
    signals = of_wave["pub_class_wave_signal"].set_index("class_id")
    units = of_wave["pub_unit"].query("unit_kind == 'class'").set_index("unit_id")
    classes = pd.DataFrame({"grade": units["grade"].astype("int64"), "r_about": signals["r_about"].astype("int64")})
    facts = tables["pub_indicator"].set_index("indicator")["reference_ratio"]
    base = of_wave["pub_band_wave_base"]
    rates = {
        (row.band, row.indicator): rate_of(row.points, row.band, float(facts[row.indicator]), policy)
        for row in base[base["indicator"].isin(facts.index)].assign(points=base["rate"].astype("float64")).itertuples()
    }
    shown = of_wave["pub_class_wave_indicator"].dropna(subset=["band"])
    windows = {
        code: windows_of(rows.set_index("class_id"), classes["r_about"]) for code, rows in shown.groupby("indicator")
    }
    return Told(wave, str(of_wave["pub_wave"]["instrument_hash"].iloc[0]), classes, rates, windows)


def rate_of(points: float | None, band: str, ratio: float, policy: Policy) -> float:
    """A band's published rate, or the policy's reference rate scaled to the indicator."""
    if points is None or np.isnan(points):
        return float(min(0.9, policy.reference_rate[band] * ratio))
    return points / 100


def windows_of(rows: pd.DataFrame, r_about: pd.Series) -> pd.DataFrame:
    """low, high of each shown class: its band, or the fixed window where that is released."""
    about = r_about.reindex(rows.index).to_numpy(np.int64)
    band, first = rows["band"].to_numpy(np.int64), rows["e1"].to_numpy(np.int64)
    second = rows["e2"].fillna(np.iinfo(np.int32).max).to_numpy(np.int64)
    top = np.maximum(about, first)
    low = np.where(band == 0, 0, np.where(band == 1, first, second))
    high = np.where(band == 0, first - 1, np.where(band == 1, np.minimum(second - 1, top), np.maximum(top, low)))
    number = rows["window"].fillna(-1).to_numpy(np.int64)
    fixed = fixed_window(np.maximum(number, 0), about)
    low, high = np.where(number >= 0, fixed.low, low), np.where(number >= 0, fixed.high, high)
    return pd.DataFrame({"low": low, "high": high, "window": number}, index=rows.index)


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
    model = city_model(units, waves, carrier, moved_by)
    alarm, least = policy["class_signal.false_alarm.carrying"], policy.count("class_signal.first_cut_min")
    known = released(units, waves, model, carrier, moved_by, is_history)
    reading = read_released(known)
    first = released_cut(known, alarm, reading=reading)
    shown = np.array([held_by(units, waves[-1], code)[1] for code in moved_by]).reshape(-1, len(units)).all(axis=0)
    if not shown.all():
        blind = released(units, waves, model, carrier, (), is_history)
        first = np.where(shown, first, released_cut(blind, alarm))
    first = np.maximum(np.minimum(first, level_limit(units, waves[-1], carrier, policy)), least)
    rare = policy["class_signal.false_alarm.first_signs"]
    seen = shown & released_first_signs(known, first, rare, reading=reading) if moved_by else None
    same = released(units, waves, model, carrier, moved_by, is_same_class)
    return Cuts(first, change_cut(same, alarm), has_own_history(units, waves, carrier), seen, model)


def city_model(units: pd.DataFrame, waves: Sequence[Told], carrier: str, moved_by: Sequence[str]) -> Parameters:
    """The model as anybody can work it out: what other cities show, slopes by what earlier waves released.

    No count goes in: a parameter fitted to counts would tell of one class to whoever knows the others.
    """
    spread = {"school": USUAL_SPREAD.school, "class": USUAL_SPREAD.klass, "term": USUAL_SPREAD.term}
    effects = {f"effect_{name}": effect for name, effect in zip(FEATURES, USUAL_EFFECTS, strict=True)}
    usual = {f"spread_{part}": sd for part, sd in spread.items()} | effects | {"power": 1.0, "share": OUTBREAK_SHARE}
    slopes = {
        ("slope", code): rounded(
            released_slope([pairs_of(units, one, waves[-1], carrier, code) for one in waves[:-1]], USUAL_SPREAD.total)
        )
        for code in moved_by
    }
    return {(name, ""): value for name, value in usual.items()} | slopes


def rounded(slope: float) -> float:
    """To .05: readers of other processors, whose last digits differ, get the same cuts."""
    return round(MODEL_STEP * max(round(slope / MODEL_STEP), 1), 2)


def pairs_of(units: pd.DataFrame, told: Told, last: Told, carrier: str, code: str) -> Pairs:
    """The classes that showed both indicators in an earlier wave."""
    asked = answers(units, told, last, is_history)
    both = (asked > 0) & held_by(units, told, carrier)[1] & held_by(units, told, code)[1]
    own, other = (history_window(units[both], told, name, asked[both]) for name in (carrier, code))
    rates = [np.array([told.rates.get((band, name), 0.1) for band in units["band"][both]]) for name in (carrier, code)]
    return Pairs(asked[both], own, other, *rates)


def level_limit(units: pd.DataFrame, told: Told, carrier: str, policy: Policy) -> Ints:
    """(classes,): no first cut lies higher: what is high for any class of its band, and what leaves two bands."""
    about = told.classes["r_about"].reindex(units["class_id"]).fillna(0).to_numpy(np.int64)
    rate = np.array([told.rates.get((band, carrier), 0.0) for band in units["band"]])
    high = signal_cut(about, rate, policy["class_signal.class_sd"], policy["class_signal.false_alarm.level"])
    room = about - policy.count("show.coverage_step") // 2 - policy.count("class_signal.top_width") + 1
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


def held_by(units: pd.DataFrame, told: Told, code: str) -> tuple[pd.DataFrame, np.ndarray]:
    """low, high, window of each class in the order of `units`, and whether anything is shown of it."""
    rows = told.windows.get(code, pd.DataFrame(columns=["low", "high", "window"])).reindex(units["class_id"])
    return rows, rows["low"].notna().to_numpy()


def has_own_history(units: pd.DataFrame, waves: Sequence[Told], carrier: str) -> np.ndarray:
    """(classes,): some earlier wave shows a band of the same students."""
    ids, found = units["class_id"], np.zeros(len(units), dtype=bool)
    grade = waves[-1].classes["grade"].reindex(ids).to_numpy(float)
    for one in waves[:-1]:
        before = one.classes["grade"].reindex(ids).to_numpy(float)
        found |= is_same_class(grade, before, waves[-1].wave, one.wave) & held_by(units, one, carrier)[1]
    return found


def released(
    units: pd.DataFrame,
    waves: Sequence[Told],
    model: Parameters,
    carrier: str,
    moved_by: Sequence[str],
    tells: Tells,
) -> Released:
    """What the models read; `tells(grade, grade then, wave, wave then)`: which earlier waves count for a class."""
    band = units["band"].map({name: place for place, name in enumerate(BANDS)}).to_numpy(np.int64)
    codes = (carrier, *moved_by)
    r = [answers(units, one, waves[-1], tells) for one in waves]
    history = [
        {code: history_window(units, one, code, asked) for code in codes}
        for one, asked in zip(waves[:-1], r[:-1], strict=True)
    ]
    others = {
        code: held_by(units, waves[-1], code)[0]["window"].astype("float64").fillna(0).clip(lower=0).to_numpy(np.int64)
        for code in moved_by
    }
    fit = model_of(units, waves, r, model, codes, band)
    school = units["school_id"].astype("category").cat.codes.to_numpy(np.int64)
    return Released(band, school, carrier, r, history, others, fit, model["power", ""])


def answers(units: pd.DataFrame, told: Told, last: Told, tells: Tells) -> Ints:
    """(classes,): rounded answers of a wave, 0 where it says nothing of the class as it is now."""
    ids = units["class_id"]
    about = told.classes["r_about"].reindex(ids).fillna(0).to_numpy(np.int64)
    if told is last:
        return about
    now, then = (one.classes["grade"].reindex(ids).to_numpy(float) for one in (last, told))
    return np.where(tells(now, then, last.wave, told.wave), about, 0)


def history_window(units: pd.DataFrame, told: Told, code: str, asked: Ints) -> Window:
    """The window of an earlier count; all there is where nothing is shown."""
    rows, shown = held_by(units, told, code)
    low, high = (rows[name].astype("float64").fillna(0).to_numpy(np.int64) for name in ("low", "high"))
    counts = shown & (asked > 0)
    return Window(np.where(counts, low, 0), np.where(counts, high, asked))


def model_of(
    units: pd.DataFrame, waves: Sequence[Told], r: Sequence[Ints], model: Parameters, codes: Sequence[str], band: Ints
) -> Fit:
    """The published model as the models read it: levels are the bands' rates, released or the policy's."""
    spread = Spread(*(model[f"spread_{part}", ""] for part in ("school", "class", "term")))
    slope = {code: 1.0 if code == codes[0] else model["slope", code] for code in codes}
    levels = [{code: level_of(one, code, units["band"], spread.total * slope[code]) for code in codes} for one in waves]
    features = units[list(FEATURES)].astype("float64")
    mix = features.fillna(features.mean()).fillna(0.0).to_numpy()
    effects = np.array([model[f"effect_{name}", ""] for name in FEATURES])
    parts = [centred(mix, asked.astype(np.float64), band) for asked in r]
    return Fit(spread, slope, levels, parts, effects, model["share", ""])


def level_of(told: Told, code: str, bands: pd.Series, sd: float) -> Floats:
    """(classes,): logit at which a band's mean share is its rate; a wave that is missing says nothing at any level."""
    at = {band: centre_of(told.rates.get((band, code), 0.1), sd) for band in set(bands)}
    return bands.map(at).to_numpy(float)
