"""The grid model against slow integrals, and every bad city: a stated result, nothing that is not a number."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, special, stats

from models.casemix import centred, fit_effects
from models.fit import City, Counts, fit_city, wave_evidence
from models.latent import (
    GRID,
    Spread,
    count_evidence,
    lasting_chances,
    lasting_evidence,
    scale,
    weights,
    window_evidence,
)
from models.outbreaks import TARGET_WEIGHTS, TARGETS, build_stories, lasting_parts, story_odds
from models.signals import HALF, calibrated, class_signals, risk_of, tail_power

SPREAD = Spread(0.25, 0.35, 0.25)
CENTRE = np.array([-2.3])


def drawn_city(classes: int, waves: int, seed: int = 1, outbreaks: float = 0.0) -> City:
    """A city drawn from the model itself, with a follower of slope .8; outbreaks report 40 % in the last wave."""
    rng = np.random.default_rng(seed)
    school = np.arange(classes) // 12
    lasting = 0.25 * rng.standard_normal(school.max() + 1)[school] + 0.35 * rng.standard_normal(classes)
    r, found = rng.integers(25, 45, classes), []
    struck = rng.random(classes) < outbreaks
    for wave in range(waves):
        deviation = lasting + 0.25 * rng.standard_normal(classes)
        if wave == waves - 1:
            deviation = np.where(struck, special.logit(0.4) + 2.3, deviation)
        counts = {
            code: Counts(rng.binomial(r, special.expit(level + slope * deviation)), r)
            for code, level, slope in (("own", -2.3, 1.0), ("seen", -1.3, 0.8))
        }
        found.append(counts)
    return City(np.zeros(classes, np.int64), school, "own", found)


def test_evidence_is_the_binomial_likelihood_at_every_deviation() -> None:
    slow = [stats.binom.logpmf(7, 36, special.expit(-2.3 + 0.8 * d)) for d in GRID]
    fast = count_evidence([7], [36], CENTRE, 0.8)[0]
    assert_allclose(fast - fast.max(), np.array(slow) - max(slow), atol=1e-9)


def test_a_window_is_the_sum_over_its_counts() -> None:
    share = special.expit(-2.3 + GRID)
    slow = np.log(sum(stats.binom.pmf(k, 36, share) for k in range(6, 11)))
    assert_allclose(window_evidence([6], [10], [36], CENTRE)[0], slow, atol=1e-9)


def test_odds_of_one_class_in_its_first_wave_are_a_ratio_of_integrals() -> None:
    """Targets against a normal deviation: no grid, no kernels."""
    evidence = scale(count_evidence([12], [36], CENTRE))
    fast = story_odds(build_stories([], [CENTRE], np.array([0]), SPREAD), evidence)[0]
    told = sum(w * stats.binom.pmf(12, 36, t) for w, t in zip(TARGET_WEIGHTS, TARGETS, strict=True))
    ordinary, _ = integrate.quad(
        lambda d: stats.norm.pdf(d, 0, SPREAD.total) * stats.binom.pmf(12, 36, special.expit(-2.3 + d)), -4, 4
    )
    assert fast == pytest.approx(np.log(told / ordinary), abs=0.02)


def test_lasting_deviation_of_two_classes_is_the_brute_force_sum() -> None:
    """Every school part × every class part of both classes, added up one by one."""
    evidence = scale(count_evidence([9, 3], [36, 30], np.array([-2.3, -2.3])))
    history = lasting_evidence(evidence, SPREAD)
    fast = lasting_chances(history, np.array([0, 0]), SPREAD)[0]
    slow = np.zeros(len(GRID))
    for at_school, chance in zip(GRID, weights(SPREAD.school), strict=True):
        around = np.exp(-((GRID - at_school) ** 2) / (2 * SPREAD.klass**2))
        around /= around.sum()
        slow += chance * (around @ history[1]) * around * history[0]
    assert_allclose(fast, slow / slow.sum(), atol=1e-9)


def test_risk_interval_leaves_two_and_a_half_percent_on_either_side() -> None:
    posterior = scale(count_evidence([8], [36], CENTRE))
    mean, low, high = risk_of(posterior, CENTRE)
    share, chance = special.expit(-2.3 + GRID), posterior[0] / posterior.sum()
    assert mean[0] == pytest.approx(share @ chance)
    assert chance[share <= low[0]].sum() == pytest.approx(0.025, abs=0.02)
    assert chance[share > high[0]].sum() == pytest.approx(0.025, abs=0.02)


def test_odds_rise_with_every_yes() -> None:
    stories = build_stories([], [np.full(31, -2.3)], np.arange(31), SPREAD)
    odds = story_odds(stories, scale(count_evidence(np.arange(5, 36), np.full(31, 36), np.full(31, -2.3))))
    assert (np.diff(odds) > 0).all()


def test_fit_finds_what_the_city_was_drawn_from_though_some_classes_are_no_part_of_it() -> None:
    fit = fit_city(drawn_city(800, 3, outbreaks=0.03))
    assert fit.slope["seen"] == pytest.approx(0.8, abs=0.1)
    assert fit.spread.total == pytest.approx(np.sqrt(0.25**2 + 0.35**2 + 0.25**2), abs=0.06)
    assert fit.centre[-1]["own"][0] == pytest.approx(-2.3, abs=0.1)


def test_one_ordinary_class_in_a_hundred_has_a_sign_and_nearly_every_outbreak() -> None:
    quiet = class_signals(drawn_city(900, 3))
    assert 0.003 < (quiet.tail <= 0.01).mean() < 0.02
    struck = np.random.default_rng(1)
    struck.standard_normal(75), struck.standard_normal(900), struck.integers(25, 45, 900)
    raised = struck.random(900) < 0.03
    found = class_signals(drawn_city(900, 3, outbreaks=0.03))
    assert (found.tail[raised] <= 0.01).mean() > 0.9


def test_uniform_tails_keep_their_power_and_thinner_ones_are_straightened() -> None:
    tail = (np.arange(4000) + 0.5) / 4000
    stratum = np.zeros(4000, np.int64)
    assert tail_power(tail, np.ones(4000), 1.0) == pytest.approx(1, abs=0.01)
    thin = np.where(tail < HALF, HALF * (tail / HALF) ** (1 / 1.3), tail)
    straight = calibrated(thin, np.ones(4000), stratum, 1.3)
    assert_allclose(straight[tail < HALF], tail[tail < HALF], rtol=0.15)


def test_effects_of_make_up_are_the_log_odds_and_a_constant_feature_has_none() -> None:
    rng = np.random.default_rng(3)
    boards, group = rng.random(3000), np.repeat([0, 1], 1500)
    r = np.full(3000, 40.0)
    yes = rng.binomial(40, special.expit(np.where(group, -2.0, -2.6) + 0.5 * boards)).astype(float)
    mix = centred(np.column_stack([boards, np.ones(3000)]), r, group)
    assert fit_effects(yes, r, mix, group, np.zeros(2)) == pytest.approx([0.5, 0.0], abs=0.1)


def bad_city(kind: str) -> City:
    whole = drawn_city(24, 3)
    none = np.zeros(24, np.int64)
    empty = {code: Counts(none, none) for code in ("own", "seen")}
    every = [{code: Counts(c.r, c.r) for code, c in wave.items()} for wave in whole.waves]
    never = [{code: Counts(none, c.r) for code, c in wave.items()} for wave in whole.waves]
    first = [{code: Counts(c.yes[:1], c.r[:1]) for code, c in wave.items()} for wave in whole.waves]
    three = [{code: Counts(np.minimum(c.yes, 3), np.full(24, 3)) for code, c in w.items()} for w in whole.waves]
    waves = {
        "one class": first,
        "all zero": never,
        "all one": every,
        "nobody answered": [empty] * 3,
        "first wave": whole.waves[:1],
        "a wave missing in the middle": [whole.waves[0], empty, whole.waves[2]],
        "classes of three": three,
        "constant make-up": whole.waves,
        "one school": whole.waves,
    }[kind]
    size = 1 if kind == "one class" else 24
    mix = [np.ones((size, 2))] * len(waves) if kind == "constant make-up" else []
    school = np.zeros(size, np.int64) if kind == "one school" else whole.school[:size]
    return City(whole.band[:size], school, "own", waves, mix)


BAD = [
    "one class",
    "all zero",
    "all one",
    "nobody answered",
    "first wave",
    "a wave missing in the middle",
    "classes of three",
    "constant make-up",
    "one school",
]


@pytest.mark.parametrize("kind", BAD)
def test_every_bad_city_has_a_stated_result(kind: str) -> None:
    city = bad_city(kind)
    found = class_signals(city)
    for values in (found.odds, found.chance, found.tail, found.risk_mean, found.risk_low, found.risk_high):
        assert values.shape == city.band.shape and np.isfinite(values).all()
    assert ((found.tail > 0) & (found.tail <= 1)).all()
    assert ((found.risk_low <= found.risk_mean) & (found.risk_mean <= found.risk_high)).all()


def test_where_nobody_answered_nothing_is_known() -> None:
    found = class_signals(bad_city("nobody answered"))
    assert found.odds == pytest.approx(np.zeros(24), abs=1e-6)
    assert (found.tail > 0.01).all()


def test_a_missing_wave_says_nothing_of_its_classes() -> None:
    city = bad_city("a wave missing in the middle")
    assert (wave_evidence(city, fit_city(city), 1) == 1).all()


def test_an_outbreak_that_is_over_leaves_the_baseline_alone() -> None:
    """Two waves at 10 %, between them one at 40 %: what lasts is read as if that one had hardly been asked."""
    centre = [CENTRE] * 3
    usual, struck = (scale(count_evidence([yes], [36], CENTRE)) for yes in (3, 15))
    quiet = np.prod(lasting_parts([usual, usual], centre, SPREAD), axis=0)
    over = np.prod(lasting_parts([usual, struck, usual], centre, SPREAD), axis=0)
    naive = quiet * lasting_evidence(struck, SPREAD)
    mean = [
        float((GRID * part * weights(SPREAD.klass)).sum() / (part * weights(SPREAD.klass)).sum())
        for part in (quiet, over, naive)
    ]
    assert mean[1] - mean[0] < (mean[2] - mean[0]) / 2


def test_the_share_of_outbreaks_is_read_off_the_city() -> None:
    assert fit_city(drawn_city(900, 3)).share < fit_city(drawn_city(900, 3, outbreaks=0.15)).share
