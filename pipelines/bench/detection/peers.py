"""What the rules are held against in the same run: three plain rules, and an oracle that knows what nobody can."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from models.fit import Fit, wave_evidence
from models.latent import GRID, Floats
from models.outbreaks import TARGETS, Story, one_story_odds
from pipelines.bench.detection.cities import CARRIER, BenchCity

EVERY = f"every_{CARRIER}"  # yes among all opened answers
PLAIN_LIMIT = 0.15
# What the simulator's classes vary by from term to term, as careful answers show it (.25 of the true rate's logit).
TERM_SD = 0.22


def raw_rate(bench: BenchCity) -> Floats:
    """Share of yes among all opened answers."""
    last = bench.counted[-1]
    return np.asarray(last[EVERY] / np.maximum(last["r"], 1))


def z_against_city(bench: BenchCity) -> Floats:
    """Distance from the city's share, in standard errors of the class's."""
    last = bench.counted[-1]
    city = last[EVERY].sum() / last["r"].sum()
    return np.asarray((raw_rate(bench) - city) / np.sqrt(city * (1 - city) / np.maximum(last["r"], 1)))


def binomial_surprise(bench: BenchCity) -> Floats:
    """−log of the binomial tail at the share of the class's band."""
    last = bench.counted[-1]
    band = np.bincount(bench.band, weights=last[EVERY]) / np.maximum(np.bincount(bench.band, weights=last["r"]), 1)
    return np.asarray(-stats.binom.logsf(last[EVERY] - 1, last["r"], band[bench.band]))


def two_wave_rate(bench: BenchCity) -> Floats:
    """Share of yes in this wave and the one before together."""
    last, before = bench.counted[-1], bench.counted[-2]
    return np.asarray((last[EVERY] + before[EVERY]) / np.maximum(last["r"] + before["r"], 1))


def oracle_odds(bench: BenchCity, fit: Fit) -> Floats:
    """Odds of a sudden rise for one who knows the class's ordinary rate over the years; victim item only."""
    years = np.mean([special.logit(np.clip(wave["base_rate"], 1e-4, 1 - 1e-4)) for wave in bench.truth], axis=0)
    centre = fit.centre[-1][CARRIER]
    usual = special.logit(shown(special.expit(years))) - centre
    ordinary = np.exp(-(((GRID - usual[:, None]) / TERM_SD) ** 2) / 2)
    now = special.logit(np.array(TARGETS))[:, None] - centre
    story = Story("sudden", ordinary / ordinary.sum(axis=1, keepdims=True), np.ones(now.shape), now)
    return one_story_odds(story, wave_evidence(bench.city(()), fit, len(bench.counted) - 1))


def shown(rate: Floats) -> Floats:
    """Share that careful answers show at a true rate (the simulator's sensitivity and false positives)."""
    return 0.85 * rate + 0.01 * (1 - rate)
