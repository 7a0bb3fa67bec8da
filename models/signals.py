"""Class signals of one wave: every class-level count of several waves in, odds, chances and risks out.

Rows are the classes of the last wave. What a class was not asked, or a wave it is missing from, has r = 0 and says
nothing. The carrying indicator (*frequent*) sets the scale; the others follow it with slopes fitted to the city.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.latent import (
    GRID,
    TINY,
    Floats,
    Ints,
    Spread,
    centres,
    count_evidence,
    fit_slope,
    fit_total,
    kernel,
    lasting_chances,
    lasting_evidence,
    scale,
)
from models.outbreaks import chance_of_outbreak, outbreak_odds

# Share of classes that have an outbreak under way, before anything is known; the bench plants so many.
OUTBREAK_SHARE = 0.03
# Ordinary cities drawn from the fitted model, so that a tail of 1 % rests on hundreds of classes of every size.
NULL_CLASSES, NULL_DRAWS = 40_000, 200
SIZE_EDGES = (20, 30, 38)
# A class that is likelier than this to have an outbreak is left out when the ordinary ones are described.
UNUSUAL = 0.25
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """Yes answers and answers of one indicator in one wave, one number per class; r = 0 where not asked."""

    yes: Ints
    r: Ints


@dataclass(frozen=True)
class City:
    """What classes of one band and school have in common; `waves` in order, indicator → counts."""

    band: Ints
    school: Ints
    carrier: str
    waves: Sequence[Mapping[str, Counts]]

    @property
    def followers(self) -> tuple[str, ...]:
        return tuple(code for code in self.waves[-1] if code != self.carrier)


@dataclass(frozen=True)
class Fit:
    """The city's model: spread, slope of each follower, centre of each (wave, indicator) by class."""

    spread: Spread
    slope: Mapping[str, float]
    centre: Sequence[Mapping[str, Floats]]


@dataclass(frozen=True)
class Signals:
    """One number per class. tail: chance that an ordinary class of that band and size scores as high."""

    odds: Floats
    chance: Floats
    tail: Floats
    risk_mean: Floats
    risk_low: Floats
    risk_high: Floats


def class_signals(city: City, seed: int = 0) -> Signals:
    """Signals of the last wave's classes, and the 95 % interval of the share that each class's risk is."""
    fit = fit_city(city)
    evidence = [wave_evidence(city, fit, wave) for wave in range(len(city.waves))]
    centre = [of_wave[city.carrier] for of_wave in fit.centre]
    odds = outbreak_odds(evidence, centre, city.school, fit.spread).combined
    mean, low, high = risk_of(evidence, centre[-1], city.school, fit.spread)
    tail = null_tail(city, fit, evidence, odds, np.random.default_rng(seed))
    return Signals(odds, chance_of_outbreak(odds, OUTBREAK_SHARE), tail, mean, low, high)


def fit_city(city: City) -> Fit:
    """The city's model as its ordinary classes show it: fitted to all, then again without those that stand out."""
    everyone = np.ones(len(city.band) * len(city.waves), dtype=bool)
    first = _fit_rows(city, everyone)
    return _fit_rows(city, ~standing_out(city, first))


def standing_out(city: City, fit: Fit) -> Flags:
    """(waves × classes,): by this wave alone an outbreak is likelier than UNUSUAL, so it's no baseline for others."""
    found = []
    for wave in range(len(city.waves)):
        evidence, centre = wave_evidence(city, fit, wave), fit.centre[wave][city.carrier]
        odds = outbreak_odds([evidence], [centre], city.school, fit.spread).combined
        found.append(chance_of_outbreak(odds, OUTBREAK_SHARE) > UNUSUAL)
    return np.concatenate(found)


def _fit_rows(city: City, ordinary: Flags) -> Fit:
    """Spread and slopes by marginal likelihood over the ordinary rows; centres from their mean by band and wave."""
    group = np.concatenate([city.band + wave * (int(city.band.max()) + 1) for wave in range(len(city.waves))])
    carrier = _stacked(city, city.carrier, ordinary)
    asked = carrier.r > 0
    total = fit_total(carrier.yes[asked], carrier.r[asked], _compact(group[asked]))
    shown = count_evidence(carrier.yes, carrier.r, _centres(carrier, group, total))
    slope = {}
    for code in city.followers:
        counts = _stacked(city, code, ordinary)
        rows = counts.r > 0
        slope[code] = fit_slope(shown[rows], counts.yes[rows], counts.r[rows], _compact(group[rows]), total)
    middle = {
        code: _centres(_stacked(city, code, ordinary), group, total * slope.get(code, 1.0)) for code in city.waves[-1]
    }
    classes = len(city.band)
    centre = [
        {code: part[wave * classes : (wave + 1) * classes] for code, part in middle.items()}
        for wave in range(len(city.waves))
    ]
    return Fit(Spread().scaled(total), slope, centre)


def wave_evidence(city: City, fit: Fit, wave: int) -> Floats:
    """(classes, grid): likelihood of everything counted in one wave; ones for a class that wasn't there."""
    total = np.zeros((len(city.band), len(GRID)))
    for code, counts in city.waves[wave].items():
        total += count_evidence(counts.yes, counts.r, fit.centre[wave][code], fit.slope.get(code, 1.0))
    return scale(total)


def risk_of(evidence: Sequence[Floats], centre: Floats, school: Ints, spread: Spread) -> tuple[Floats, Floats, Floats]:
    """Mean and 95 % interval of each class's risk in the last wave, shares 0–1."""
    history = np.ones_like(evidence[0])
    for part in evidence[:-1]:
        history = history * lasting_evidence(part, spread)
        history = history / history.max(axis=1, keepdims=True)
    now = lasting_chances(history, school, spread) @ kernel(spread.term) * evidence[-1]
    now = now / np.maximum(now.sum(axis=1, keepdims=True), TINY)
    share = special.expit(centre[:, None] + GRID)
    below = np.cumsum(now, axis=1)
    low, high = (_quantile(below, share, level) for level in (0.025, 0.975))
    return (now * share).sum(axis=1), low, high


def null_tail(city: City, fit: Fit, evidence: Sequence[Floats], odds: Floats, rng: np.random.Generator) -> Floats:
    """(classes,): share of ordinary classes of the same band and size whose odds are at least as high.

    Ordinary last waves are drawn from the fitted model given each class's own history, and scored by the same code.
    """
    draws = int(np.clip(NULL_CLASSES // max(len(odds), 1), 2, NULL_DRAWS))
    null = np.array([_ordinary_odds(city, fit, evidence, rng) for _ in range(draws)])
    stratum = city.band * (len(SIZE_EDGES) + 1) + np.searchsorted(SIZE_EDGES, city.waves[-1][city.carrier].r)
    tail = np.ones(len(odds))
    for value in np.unique(stratum):
        rows = stratum == value
        drawn = np.sort(null[:, rows].ravel())
        tail[rows] = (len(drawn) - np.searchsorted(drawn, odds[rows], side="left") + 1) / (len(drawn) + 1)
    return tail


def _ordinary_odds(city: City, fit: Fit, evidence: Sequence[Floats], rng: np.random.Generator) -> Floats:
    history = np.ones_like(evidence[0])
    for part in evidence[:-1]:
        history = history * lasting_evidence(part, fit.spread)
        history = history / history.max(axis=1, keepdims=True)
    lasting = _draw(lasting_chances(history, city.school, fit.spread), rng)
    deviation = lasting + fit.spread.term * rng.standard_normal(len(lasting))
    total = np.zeros_like(evidence[0])
    for code, counts in city.waves[-1].items():
        slope, centre = fit.slope.get(code, 1.0), fit.centre[-1][code]
        yes = rng.binomial(counts.r, special.expit(centre + slope * deviation))
        total += count_evidence(yes, counts.r, centre, slope)
    centre_of_waves = [of_wave[city.carrier] for of_wave in fit.centre]
    return outbreak_odds([*evidence[:-1], scale(total)], centre_of_waves, city.school, fit.spread).combined


def _draw(chances: Floats, rng: np.random.Generator) -> Floats:
    """One deviation per class, smooth between grid points."""
    place = (np.cumsum(chances, axis=1) < rng.random((len(chances), 1))).sum(axis=1)
    step = GRID[1] - GRID[0]
    return np.asarray(GRID[np.minimum(place, len(GRID) - 1)] + step * (rng.random(len(chances)) - 0.5))


def _quantile(below: Floats, share: Floats, level: float) -> Floats:
    place = np.minimum((below < level).sum(axis=1), below.shape[1] - 1)
    rows = np.arange(len(place))
    before = np.where(place > 0, below[rows, place - 1], 0.0)
    part = np.clip((level - before) / np.maximum(below[rows, place] - before, TINY), 0, 1)
    left = share[rows, np.maximum(place - 1, 0)]
    return np.asarray(left + part * (share[rows, place] - left))


def _stacked(city: City, code: str, ordinary: Flags) -> Counts:
    """One row per wave and class; rows that aren't ordinary say nothing."""
    absent = Counts(np.zeros(len(city.band), np.int64), np.zeros(len(city.band), np.int64))
    parts = [wave.get(code, absent) for wave in city.waves]
    yes, r = (np.concatenate([getattr(part, name) for part in parts]) for name in ("yes", "r"))
    return Counts(np.where(ordinary, yes, 0), np.where(ordinary, r, 0))


def _centres(counts: Counts, group: Ints, sd: float) -> Floats:
    return centres(counts.yes, counts.r, group, sd)


def _compact(group: Ints) -> Ints:
    """The same groups numbered without gaps."""
    return np.asarray(np.unique(group, return_inverse=True)[1], dtype=np.int64)
