"""Class signals of one wave: every class-level count of several waves in, odds, chances and risks out.

Rows are the classes of the last wave. What a class was not asked, or a wave it is missing from, has r = 0 and says
nothing. The carrying indicator (*frequent*) sets the scale; the others follow it with slopes fitted to the city.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.fit import City, Counts, Fit, fit_city, wave_evidence
from models.latent import GRID, STEP, TINY, Floats, Ints, kernel
from models.outbreaks import (
    TARGET_WEIGHTS,
    TARGETS,
    Story,
    baseline,
    build_stories,
    chance_of_outbreak,
    lasting_parts,
    story_odds,
)

# Ordinary cities drawn from the fitted model, so that a tail of 1 % rests on hundreds of classes of every size.
NULL_CLASSES, NULL_DRAWS = 60_000, 300
SIZE_EDGES = (20, 30, 38)
OUTBREAK_SD = 0.25
ODD_TERMS, ODD_FACTOR = 0.1, 2.0
HALF, PRIOR_CLASSES = 0.5, 50
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Signals:
    """One number per class. tail: chance that an ordinary class of that band and size scores as high."""

    odds: Floats
    chance: Floats
    tail: Floats
    risk_mean: Floats
    risk_low: Floats
    risk_high: Floats
    power: float  # of the city's tail, see `calibrated`


def class_signals(city: City, seed: int = 0, fit: Fit | None = None) -> Signals:
    """Signals of the last wave's classes, and the 95 % interval of the share that each class's risk is."""
    fit = fit or fit_city(city)
    evidence = [wave_evidence(city, fit, wave) for wave in range(len(city.waves))]
    centre = fit.carrier_centres(city.carrier)
    stories = build_stories(evidence[:-1], centre, city.school, fit.spread, fit.share)
    odds = story_odds(stories, evidence[-1])
    deviation = usual_deviation(evidence[:-1], centre, city.school, fit)
    chance = chance_of_outbreak(odds, fit.share)
    posterior = both_courses(heavier(deviation, fit), chance, evidence[-1], centre[-1])
    mean, low, high = risk_of(posterior, centre[-1])
    drawn = null_tail(city, fit, stories, deviation, odds, np.random.default_rng(seed))
    power = tail_power(drawn, 1 - chance, 1.0)
    tail = calibrated(drawn, 1 - chance, size_stratum(city), power)
    return Signals(odds, chance, tail, mean, low, high, power)


def usual_deviation(earlier: Sequence[Floats], centre: Sequence[Floats], school: Ints, fit: Fit) -> Floats:
    """(classes, grid): chances of this wave's deviation under the ordinary course, given the waves before."""
    smooth = lasting_parts(earlier, centre, fit.spread, fit.share)
    return baseline(smooth, len(school), school, fit.spread) @ kernel(fit.spread.term)


def heavier(deviation: Floats, fit: Fit) -> Floats:
    """(classes, grid): the same chances, some terms differing more than a normal part of a term would (a whole school's
    rise, a change of teacher), so that the interval of a class's risk isn't narrower than it deserves."""
    return (1 - ODD_TERMS) * deviation + ODD_TERMS * (deviation @ kernel(ODD_FACTOR * fit.spread.term))


def both_courses(deviation: Floats, chance: Floats, evidence: Floats, centre: Floats) -> Floats:
    """(classes, grid): chances of this wave's deviation, ordinary course and outbreak weighted by the latter's chance.

    Under an outbreak the shares between the targets are as likely as the targets themselves: their log-odds vary by
    OUTBREAK_SD around each.
    """
    rise = sum(
        weight * np.exp(-(((special.logit(target) - centre[:, None] - GRID) / OUTBREAK_SD) ** 2) / 2)
        for weight, target in zip(TARGET_WEIGHTS, TARGETS, strict=True)
    )
    ordinary, outbreak = (
        part / np.maximum(part.sum(axis=1, keepdims=True), TINY) for part in (deviation * evidence, rise * evidence)
    )
    return (1 - chance)[:, None] * ordinary + chance[:, None] * outbreak


def calibrated(tail: Floats, ordinary: Floats, stratum: Ints, of_city: float) -> Floats:
    """(classes,): tails that are uniform among ordinary classes, in every stratum.

    Chances drawn from a fitted model are only as right as its shape: skewed risks, careless sheets and students who
    differ thin or thicken the tail. Its half below HALF is therefore raised to the power that fits the classes, each
    counting with its chance `ordinary`: an empirical null in the sense of Efron 2004. A stratum starts from the
    city's power.
    """
    found = tail.copy()
    for value in np.unique(stratum):
        rows = (stratum == value) & (tail < HALF)
        found[rows] = HALF * (tail[rows] / HALF) ** tail_power(tail[rows], ordinary[rows], of_city)
    return found


def tail_power(tail: Floats, ordinary: Floats, usual: float) -> float:
    """Exponent that makes the tails below HALF uniform: that of a Pareto tail by maximum likelihood (Hill 1975).

    Drawn to `usual` as if PRIOR_CLASSES had shown it.
    """
    upper = tail < HALF
    far = -np.log(tail[upper] / HALF)
    return float((ordinary[upper].sum() + PRIOR_CLASSES) / (ordinary[upper] @ far + PRIOR_CLASSES / usual))


def risk_of(posterior: Floats, centre: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean and 95 % interval of the share at each class's deviation; posterior (classes, grid), any scale."""
    chances = posterior / np.maximum(posterior.sum(axis=1, keepdims=True), TINY)
    below = np.cumsum(chances, axis=1)
    low, high = (special.expit(centre + _quantile(below, level)) for level in (0.025, 0.975))
    return (chances * special.expit(centre[:, None] + GRID)).sum(axis=1), low, high


def null_tail(
    city: City, fit: Fit, stories: Sequence[Story], deviation: Floats, odds: Floats, rng: np.random.Generator
) -> Floats:
    """(classes,): share of ordinary classes of the same band and size whose odds are at least as high.

    Ordinary last waves are drawn from the fitted model given each class's own history, and scored by the same code.
    """
    draws = int(np.clip(NULL_CLASSES // max(len(odds), 1), 2, NULL_DRAWS))
    null = np.array([_ordinary_odds(city, fit, stories, deviation, rng) for _ in range(draws)])
    stratum, tail = size_stratum(city), np.ones(len(odds))
    for value in np.unique(stratum):
        rows = stratum == value
        drawn = np.sort(null[:, rows].ravel())
        tail[rows] = (len(drawn) - np.searchsorted(drawn, odds[rows], side="left") + 1) / (len(drawn) + 1)
    return tail


def size_stratum(city: City) -> Ints:
    """(classes,): band × size of this wave's answers; within it one chance of a false sign is held."""
    asked = city.waves[-1][city.carrier].r
    return np.asarray(city.band * (len(SIZE_EDGES) + 1) + np.searchsorted(SIZE_EDGES, asked, side="right"))


def draw_counts(city: City, fit: Fit, deviation: Floats, rng: np.random.Generator) -> dict[str, Counts]:
    """Counts of an ordinary last wave, drawn at deviations drawn from `deviation` (classes, grid)."""
    drawn = draw_deviations(course_of(deviation), rng)
    return {
        code: Counts(rng.binomial(counted.r, special.expit(fit.centre[-1][code] + fit.slope[code] * drawn)), counted.r)
        for code, counted in city.waves[-1].items()
    }


def _ordinary_odds(
    city: City, fit: Fit, stories: Sequence[Story], deviation: Floats, rng: np.random.Generator
) -> Floats:
    counts = draw_counts(city, fit, deviation, rng)
    return story_odds(stories, wave_evidence(city, fit, len(city.waves) - 1, counts))


def course_of(chances: Floats) -> tuple[Floats, Floats]:
    """(classes, grid) chances added up, and (classes, 1) their sum: what draws are looked up in."""
    return np.cumsum(chances, axis=1), chances.sum(axis=1, keepdims=True)


def draw_deviations(course: tuple[Floats, Floats], rng: np.random.Generator) -> Floats:
    """One deviation per class, smooth between grid points."""
    below, total = course
    place = (below < rng.random((len(below), 1)) * total).sum(axis=1)
    return np.asarray(GRID[np.minimum(place, len(GRID) - 1)] + STEP * (rng.random(len(below)) - 0.5))


def _quantile(below: Floats, level: float) -> Floats:
    """(classes,): deviation below which `level` of the chances lies; each is spread evenly around its grid point."""
    place = np.minimum((below < level).sum(axis=1), below.shape[1] - 1)
    rows = np.arange(len(place))
    before = np.where(place > 0, below[rows, place - 1], 0.0)
    part = np.clip((level - before) / np.maximum(below[rows, place] - before, TINY), 0, 1)
    return np.asarray(GRID[place] + STEP * (part - 0.5))
