"""The city's model of ordinary classes: centres, slopes, spreads and effects of make-up, fitted to all waves at once.

Classes with an outbreak are no part of what is ordinary. Leaving out those that look unusual would cut the tail off
the ordinary ones too; so each row counts with its chance of being ordinary, and fit and chances take turns
(expectation–maximisation for a mixture; Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import optimize, special

from models.casemix import centred, fit_effects
from models.latent import (
    GRID,
    TINY,
    Floats,
    Ints,
    Spread,
    centre_of,
    count_evidence,
    kernel,
    lasting_evidence,
    scale,
    weights,
)
from models.outbreaks import OUTBREAK_SHARE, build_stories, chance_of_outbreak, outbreak_likelihood, story_odds

ROUNDS = 3
FIT_CLASSES, SLOPE_ROWS = 1500, 2000  # more would make the same numbers slower
SHARE_CLASSES = 1000  # a city's share of outbreaks is drawn to the usual one as if so many classes had shown that
# What other cities show, for those too small to say: slope of a follower, spreads (analytics: the simulator's table).
# Who sees it are 1 − (1 − p)^2.5 of a class in which p are often hurt: at p of 5 to 14 % that is 1.1 on logits.
USUAL_SLOPE, SLOPE_SD = 1.1, 0.5
USUAL_SPREAD, LOG_SPREAD_SD = Spread(), 0.5
LOG_SPREADS = (-2.5, 0.0)  # .08 to 1; a kernel narrower than the grid's step would not smooth


@dataclass(frozen=True)
class Counts:
    """Yes answers and answers of one indicator in one wave, one number per class; r = 0 where not asked."""

    yes: Ints
    r: Ints


@dataclass(frozen=True)
class City:
    """What was counted, one row per class in every array; `waves` in order, indicator → counts.

    mix: per wave (classes, features), the make-up of each class; none where it isn't known. usual: (features,), logits
    that studies found for each; 0 where nothing is given.
    """

    band: Ints
    school: Ints
    carrier: str
    waves: Sequence[Mapping[str, Counts]]
    mix: Sequence[Floats] = ()
    usual: Sequence[float] = ()

    @property
    def followers(self) -> tuple[str, ...]:
        return tuple(code for code in self.waves[-1] if code != self.carrier)

    @property
    def group(self) -> Ints:
        """(waves × classes,): what shares a centre, band × wave, numbered without gaps."""
        codes = [self.band + wave * (int(self.band.max()) + 1) for wave in range(len(self.waves))]
        return np.asarray(np.unique(np.concatenate(codes), return_inverse=True)[1], dtype=np.int64)


@dataclass(frozen=True)
class Fit:
    """Spreads; slope of each follower (1 for the carrier); level (logit) of each wave and indicator in a class's band.

    mix: per wave (classes, features), make-up as distance from the band's mean; effects: (features,). share: of classes
    that have an outbreak under way.
    """

    spread: Spread
    slope: Mapping[str, float]
    level: Sequence[Mapping[str, Floats]]
    mix: Sequence[Floats]
    effects: Floats
    share: float = OUTBREAK_SHARE

    @cached_property
    def centre(self) -> tuple[dict[str, Floats], ...]:
        """By wave and indicator (classes,): logit at deviation 0, make-up included."""
        return tuple(
            {code: part + self.slope[code] * (mix @ self.effects) for code, part in of_wave.items()}
            for of_wave, mix in zip(self.level, self.mix, strict=True)
        )

    def carrier_centres(self, carrier: str) -> list[Floats]:
        return [of_wave[carrier] for of_wave in self.centre]


def fit_city(city: City) -> Fit:
    """The model of the city's ordinary classes.

    Spreads, slopes and effects are a few numbers for the whole city: of a large one every so-many-th school tells them.
    """
    few = fewer_schools(city)
    fit = fit_whole(few)
    if few is city:
        return fit
    ordinary = np.full(len(city.band) * len(city.waves), 1 - fit.share)
    for _ in range(2):
        fit = with_levels(city, ordinary, fit.spread, fit.slope, fit.effects, fit.share)
        ordinary = 1 - outbreak_chances(city, fit)
    return replace(fit, share=fit_share(city, 1 - ordinary))


def fewer_schools(city: City) -> City:
    """A city of about FIT_CLASSES: schools evenly spread over the numbering; the city itself if it has no more."""
    step = len(city.band) // FIT_CLASSES
    if step < 2:
        return city
    rows = np.flatnonzero(city.school % step == 0)
    waves = [{code: Counts(part.yes[rows], part.r[rows]) for code, part in wave.items()} for wave in city.waves]
    mix = [part[rows] for part in city.mix]
    return City(city.band[rows], compact(city.school[rows]), city.carrier, waves, mix, city.usual)


def fit_whole(city: City) -> Fit:
    rows = len(city.band) * len(city.waves)
    share, spread = OUTBREAK_SHARE, USUAL_SPREAD
    ordinary = np.full(rows, 1 - share)
    for _ in range(ROUNDS):
        fit = fit_rows(city, ordinary, spread, share)
        spread = fit.spread
        ordinary = 1 - outbreak_chances(city, fit)
        share = fit_share(city, 1 - ordinary)
    return replace(fit, share=share)


def fit_share(city: City, chances: Floats) -> float:
    """Share of class-waves with an outbreak, by the chances of those that were surveyed."""
    asked = stacked(city, city.carrier).r > 0
    return float((chances[asked].sum() + OUTBREAK_SHARE * SHARE_CLASSES) / (asked.sum() + SHARE_CLASSES))


def outbreak_chances(city: City, fit: Fit) -> Floats:
    """(waves × classes,): chance of an outbreak by each wave's own answers."""
    found = []
    for wave, centre in enumerate(fit.carrier_centres(city.carrier)):
        stories = build_stories([], [centre], city.school, fit.spread)
        found.append(chance_of_outbreak(story_odds(stories, wave_evidence(city, fit, wave)), fit.share))
    return np.concatenate(found)


def wave_evidence(city: City, fit: Fit, wave: int, counts: Mapping[str, Counts] | None = None) -> Floats:
    """(classes, grid): likelihood of everything counted in one wave; ones for a class that wasn't there.

    counts: other counts to be read in the wave's stead.
    """
    total = np.zeros((len(city.band), len(GRID)))
    for code, counted in (city.waves[wave] if counts is None else counts).items():
        total += count_evidence(counted.yes, counted.r, fit.centre[wave][code], fit.slope[code])
    return scale(total)


def fit_rows(city: City, ordinary: Floats, spread: Spread, share: float) -> Fit:
    """The model, each row (wave × class) counting with its chance of being ordinary; `spread` is where to begin."""
    group, carrier = city.group, stacked(city, city.carrier)
    mix = stacked_mix(city, carrier.r * ordinary)
    usual = np.array(city.usual, dtype=float) if city.usual else np.zeros(mix.shape[1])
    effects = fit_effects(carrier.yes * ordinary, carrier.r * ordinary, mix, group, usual)
    offset = mix @ effects
    shown = count_evidence(carrier.yes, carrier.r, centres(carrier, group, ordinary, spread.total) + offset)
    slope = {city.carrier: 1.0}
    for code in city.followers:
        slope[code] = fit_slope(shown, stacked(city, code), group, ordinary, offset, spread.total)
    fit = with_levels(city, ordinary, spread, slope, effects, share)
    evidence = [wave_evidence(city, fit, wave) for wave in range(len(city.waves))]
    struck = [
        share * outbreak_likelihood(part, at)
        for part, at in zip(evidence, fit.carrier_centres(city.carrier), strict=True)
    ]
    return replace(fit, spread=fit_spread(evidence, struck, city.school, spread))


def with_levels(
    city: City, ordinary: Floats, spread: Spread, slope: Mapping[str, float], effects: Floats, share: float
) -> Fit:
    """The model of these numbers, its levels read off the city's ordinary rows."""
    group, waves = city.group, len(city.waves)
    mix = stacked_mix(city, stacked(city, city.carrier).r * ordinary)
    by_wave = {
        code: np.split(centres(stacked(city, code), group, ordinary, spread.total * steep), waves)
        for code, steep in slope.items()
    }
    levels = [{code: part[wave] for code, part in by_wave.items()} for wave in range(waves)]
    return Fit(spread, slope, levels, np.split(mix, waves), effects, share)


def fit_spread(evidence: Sequence[Floats], struck: Sequence[Floats], school: Ints, start: Spread) -> Spread:
    """The three spreads that make all waves likeliest.

    evidence: (classes, grid) per wave; struck: (classes,) per wave, share of outbreaks × the wave's likelihood then.
    """
    usual = np.log([USUAL_SPREAD.school, USUAL_SPREAD.klass, USUAL_SPREAD.term])

    def loss(logs: Floats) -> float:
        far = ((logs - usual) ** 2).sum() / (2 * LOG_SPREAD_SD**2)
        return float(far - joint_likelihood(evidence, struck, school, Spread(*np.exp(np.clip(logs, *LOG_SPREADS)))))

    begin = np.log([start.school, start.klass, start.term])
    best = optimize.minimize(loss, begin, method="Nelder-Mead", options={"xatol": 0.03, "fatol": 0.3, "maxfev": 40})
    return Spread(*(float(sd) for sd in np.exp(np.clip(best.x, *LOG_SPREADS))))


def joint_likelihood(evidence: Sequence[Floats], struck: Sequence[Floats], school: Ints, spread: Spread) -> float:
    """Log-likelihood of all classes in all waves, up to a constant that the spreads don't move."""
    history, total = np.ones_like(evidence[0]), 0.0
    for part, outbreak in zip(evidence, struck, strict=True):
        history = history * (lasting_evidence(part, spread) + outbreak[:, None])
        best = history.max(axis=1, keepdims=True)
        history, total = history / best, total + float(np.log(best).sum())
    own = np.log(np.maximum(history @ kernel(spread.klass).T, TINY))
    together = np.zeros((int(school.max(initial=-1)) + 1, len(GRID)))
    np.add.at(together, school, own)
    return total + float(special.logsumexp(together + np.log(weights(spread.school) + TINY), axis=1).sum())


def fit_slope(shown: Floats, follower: Counts, group: Ints, ordinary: Floats, offset: Floats, total: float) -> float:
    """How strongly an indicator follows the deviation that the carrier's evidence (log, (rows, grid)) shows.

    Marginal maximum likelihood over one number, .05 to 2, drawn to USUAL_SLOPE where the city says little.
    """
    rows = np.flatnonzero(follower.r > 0)
    rows = rows[:: max(len(rows) // SLOPE_ROWS, 1)]
    asked = Counts(follower.yes[rows], follower.r[rows])
    near, among, share, shift = shown[rows], compact(group[rows]), ordinary[rows], offset[rows]

    def loss(slope: float) -> float:
        centre = centres(asked, among, share, total * slope) + slope * shift
        likely = marginal(near + count_evidence(asked.yes, asked.r, centre, slope), total)
        return float((slope - USUAL_SLOPE) ** 2 / (2 * SLOPE_SD**2) - share @ likely)

    return float(optimize.minimize_scalar(loss, bounds=(0.05, 2.0), method="bounded", options={"xatol": 0.02}).x)


def marginal(log_evidence: Floats, total: float) -> Floats:
    """(rows,): log-likelihood of each row when deviations are N(0, total)."""
    best = log_evidence.max(axis=1)
    return np.asarray(np.log(np.exp(log_evidence - best[:, None]) @ weights(total)) + best)


def centres(counts: Counts, group: Ints, ordinary: Floats, sd: float) -> Floats:
    """(rows,): the centre of each row's group, so that the mean share of its ordinary rows is what was counted."""
    groups = int(group.max(initial=-1)) + 1
    asked = np.bincount(group, weights=counts.r * ordinary, minlength=groups)
    # Half a yes keeps an all-zero group finite.
    rate = (np.bincount(group, weights=counts.yes * ordinary, minlength=groups) + 0.5) / (asked + 1)
    return np.array([centre_of(float(share), sd) for share in rate])[group]


def stacked(city: City, code: str) -> Counts:
    """One row per wave and class."""
    nothing = np.zeros(len(city.band), np.int64)
    parts = [wave.get(code, Counts(nothing, nothing)) for wave in city.waves]
    return Counts(np.concatenate([part.yes for part in parts]), np.concatenate([part.r for part in parts]))


def stacked_mix(city: City, r: Floats) -> Floats:
    """(waves × classes, features): centred make-up; no feature where none is known."""
    if not city.mix:
        return np.zeros((len(r), 0))
    return centred(np.concatenate(city.mix), r, city.group)


def compact(group: Ints) -> Ints:
    """The same groups numbered without gaps."""
    return np.asarray(np.unique(group, return_inverse=True)[1], dtype=np.int64)
