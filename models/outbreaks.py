"""Has a class risen above what is ordinary for it? Odds of three stories against the ordinary one, from evidence.

Sudden: this term alone. Persisting: this term and the one before. Rising: over three terms. Each story is set against
the same waves under the ordinary course, with the class's history before it as baseline, so that an outbreak which is
under way doesn't hide in its own history. The combined odds are a mixture of the stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.latent import GRID, TINY, Floats, Ints, Spread, lasting_chances, lasting_evidence

STORIES = ("sudden", "persisting", "rising")
# How often each story is told; sudden ones are what a term's survey meets first.
STORY_WEIGHTS = (0.6, 0.2, 0.2)
# Shares of the carrying indicator that a class with an outbreak shows: what planted outbreaks reach in the bench, and
# beyond, so that the odds don't fall again where nearly all report.
TARGETS = (0.2, 0.3, 0.4, 0.6, 0.8)
TARGET_WEIGHTS = (0.32, 0.32, 0.32, 0.03, 0.01)
RAMP = (1 / 3, 2 / 3, 1.0)


@dataclass(frozen=True)
class Odds:
    """Log-odds factors, one per class; `stories` holds those that the number of waves allows."""

    combined: Floats
    stories: dict[str, Floats]


def outbreak_odds(evidence: Sequence[Floats], centre: Sequence[Floats], school: Ints, spread: Spread) -> Odds:
    """Odds factors of the last wave's classes.

    evidence: per wave (classes, grid) likelihoods, ones where nothing is known; centre: per wave, the carrying
    indicator's centre of each class. With one wave only the sudden story can be told.
    """
    smooth = [lasting_evidence(part, spread) for part in evidence]
    told = {"sudden": _sudden(evidence, smooth, centre, school, spread)}
    if len(evidence) > 1:
        told["persisting"] = _persisting(evidence, smooth, centre, school, spread)
    if len(evidence) > 2:
        told["rising"] = _rising(evidence, smooth, centre, school, spread)
    share = np.log(np.array(STORY_WEIGHTS[: len(told)]) / sum(STORY_WEIGHTS[: len(told)]))
    combined = special.logsumexp(np.array(list(told.values())) + share[:, None], axis=0)
    return Odds(np.asarray(combined), told)


def chance_of_outbreak(combined: Floats, prior: float) -> Floats:
    """Probability of an outbreak, given the odds factor and the share of classes that have one."""
    return np.asarray(special.expit(combined + special.logit(prior)))


def _sudden(
    evidence: Sequence[Floats], smooth: Sequence[Floats], centre: Sequence[Floats], school: Ints, spread: Spread
) -> Floats:
    ordinary = (_baseline(smooth[:-1], smooth[0], school, spread) * smooth[-1]).sum(axis=1)
    told = [_at(evidence[-1], special.logit(target) - centre[-1]) for target in TARGETS]
    return _log_ratio(told, ordinary)


def _persisting(
    evidence: Sequence[Floats], smooth: Sequence[Floats], centre: Sequence[Floats], school: Ints, spread: Spread
) -> Floats:
    ordinary = (_baseline(smooth[:-2], smooth[0], school, spread) * smooth[-2] * smooth[-1]).sum(axis=1)
    told = [
        _at(evidence[-1], special.logit(target) - centre[-1]) * _at(evidence[-2], special.logit(target) - centre[-2])
        for target in TARGETS
    ]
    return _log_ratio(told, ordinary)


def _rising(
    evidence: Sequence[Floats], smooth: Sequence[Floats], centre: Sequence[Floats], school: Ints, spread: Spread
) -> Floats:
    baseline = _baseline(smooth[:-3], smooth[0], school, spread)
    ordinary = (baseline * smooth[-3] * smooth[-2] * smooth[-1]).sum(axis=1)
    usual = (baseline * GRID).sum(axis=1)
    told = [_climb(evidence[-3:], centre[-3:], usual, target) for target in TARGETS]
    return _log_ratio(told, ordinary)


def _climb(evidence: Sequence[Floats], centre: Sequence[Floats], usual: Floats, target: float) -> Floats:
    """Likelihood of a share that climbs from the usual one to the target in three steps."""
    likelihood = np.ones(len(usual))
    for part, middle, step in zip(evidence, centre, RAMP, strict=True):
        start = special.expit(middle + usual)
        share = start + np.maximum(target - start, 0.0) * step
        likelihood = likelihood * _at(part, special.logit(share) - middle)
    return likelihood


def _baseline(smooth: Sequence[Floats], like: Floats, school: Ints, spread: Spread) -> Floats:
    """Chances of the lasting deviation from the waves before the story."""
    history = np.ones_like(like)
    for part in smooth:
        history = history * part
        history = history / history.max(axis=1, keepdims=True)
    return lasting_chances(history, school, spread)


def _at(evidence: Floats, deviation: Floats) -> Floats:
    """Evidence of each class at a deviation of its own, between grid points on a straight line."""
    step = GRID[1] - GRID[0]
    place = np.clip((deviation - GRID[0]) / step, 0, len(GRID) - 1.001)
    left = place.astype(np.int64)
    rows, part = np.arange(len(place)), place - left
    return np.asarray(evidence[rows, left] * (1 - part) + evidence[rows, left + 1] * part)


def _log_ratio(told: Sequence[Floats], ordinary: Floats) -> Floats:
    mixture = np.tensordot(np.array(TARGET_WEIGHTS), np.array(told), axes=1)
    return np.asarray(np.log(mixture + TINY) - np.log(ordinary + TINY))
