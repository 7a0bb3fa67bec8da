"""Has a class risen above what is ordinary for it? Odds of three stories against the ordinary one, from evidence.

Sudden: this term alone. Persisting: this term and the one before. Rising: over three terms. Each story is set against
the same waves under the ordinary course, with the class's history before it as baseline, so that an outbreak which is
under way doesn't hide in its own history. The combined odds are a mixture of the stories.

What the earlier waves say is worked out once (`build_stories`); this wave's evidence then only has to be read off, so
that thousands of drawn classes, or every count a class could have, are scored by the same few lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.latent import GRID, STEP, TINY, Floats, Ints, Spread, kernel, lasting_chances, lasting_evidence

# How often each story is told; sudden ones are what a term's survey meets first.
STORY_WEIGHTS = {"sudden": 0.6, "persisting": 0.2, "rising": 0.2}
# Shares of the carrying indicator that a class with an outbreak shows: what planted outbreaks reach in the bench, and
# beyond, so that the odds don't fall again where nearly all report.
TARGETS = (0.2, 0.3, 0.4, 0.6, 0.8)
TARGET_WEIGHTS = (0.32, 0.32, 0.32, 0.03, 0.01)
RAMP = (1 / 3, 2 / 3, 1.0)
# How far outbreaks have come, of all that are under way.
RAMP_SHARES = {1 / 3: 1 / 9, 2 / 3: 1 / 9, 1.0: 7 / 9}
# Share of classes that have an outbreak under way, before anything is known.
OUTBREAK_SHARE = 0.03


@dataclass(frozen=True)
class Story:
    """A way to this wave, and the ordinary way beside it; targets are rows of TARGETS."""

    name: str
    ordinary: Floats  # (classes, grid): likelihood of the story's earlier waves × chance of this wave's deviation
    earlier: Floats  # (targets, classes): likelihood of the same waves if the story is true
    now: Floats  # (targets, classes): the deviation at which the story sees this wave


def build_stories(
    earlier: Sequence[Floats], centre: Sequence[Floats], school: Ints, spread: Spread, share: float = OUTBREAK_SHARE
) -> tuple[Story, ...]:
    """Every story that the number of waves allows.

    earlier: evidence (classes, grid) of each wave before the last, ones where nothing is known; centre: the carrying
    indicator's centre of each class, one array per wave including the last.
    """
    smooth = lasting_parts(earlier, centre, spread, share)
    stories = [_persisting(0, earlier, smooth, centre, school, spread)]
    if len(earlier) > 0:
        stories.append(_persisting(1, earlier, smooth, centre, school, spread))
    if len(earlier) > 1:
        stories.append(_rising(earlier, smooth, centre, school, spread))
    return tuple(stories)


def story_odds(stories: Sequence[Story], evidence: Floats) -> Floats:
    """(…, classes): log-odds factor of an outbreak, given this wave's evidence (…, classes, grid)."""
    share = np.array([STORY_WEIGHTS[story.name] for story in stories])
    told = np.array([one_story_odds(story, evidence) for story in stories])
    weight = np.log(share / share.sum()).reshape(-1, *[1] * (told.ndim - 1))
    return np.asarray(np.logaddexp.reduce(told + weight, axis=0))


def one_story_odds(story: Story, evidence: Floats) -> Floats:
    """(…, classes): log-odds factor of one story, its targets weighted by TARGET_WEIGHTS."""
    told = sum(
        weight * before * evidence_at(evidence, now)
        for weight, before, now in zip(TARGET_WEIGHTS, story.earlier, story.now, strict=True)
    )
    ordinary = np.einsum("ij,...ij->...i", story.ordinary, evidence)
    return np.asarray(np.log(told + TINY) - np.log(ordinary + TINY))


def chance_of_outbreak(odds: Floats, prior: float) -> Floats:
    """Probability of an outbreak, given the log-odds factor and the share of classes that have one."""
    return np.asarray(special.expit(odds + special.logit(prior)))


def evidence_at(evidence: Floats, deviation: Floats) -> Floats:
    """(…, classes): evidence (…, classes, grid) of each class at a deviation of its own, on a straight line between
    grid points.
    """
    place = np.clip((deviation - GRID[0]) / STEP, 0, len(GRID) - 1.001)
    left = place.astype(np.int64)
    rows, part = np.arange(len(place)), place - left
    return np.asarray(evidence[..., rows, left] * (1 - part) + evidence[..., rows, left + 1] * part)


def lasting_parts(
    earlier: Sequence[Floats], centre: Sequence[Floats], spread: Spread, share: float = OUTBREAK_SHARE
) -> list[Floats]:
    """By wave (classes, grid): likelihood as a function of what lasts, for a wave that may have been an outbreak.

    An outbreak tells nothing of what is usual for the class, so one that is over doesn't raise its baseline.
    """
    return [
        (1 - share) * lasting_evidence(part, spread) + share * outbreak_likelihood(part, at)[:, None]
        for part, at in zip(earlier, centre, strict=False)
    ]


def outbreak_likelihood(evidence: Floats, centre: Floats) -> Floats:
    """(classes,): likelihood of one wave if an outbreak was under way: at its target, or on a ramp to it."""
    start, total = special.expit(centre), np.zeros(len(centre))
    for part, often in RAMP_SHARES.items():
        for weight, target in zip(TARGET_WEIGHTS, TARGETS, strict=True):
            shown = start + np.maximum(target - start, 0.0) * part
            total += often * weight * evidence_at(evidence, special.logit(shown) - centre)
    return total


def baseline(smooth: Sequence[Floats], classes: int, school: Ints, spread: Spread) -> Floats:
    """(classes, grid): chances of the lasting deviation, from the lasting evidence of earlier waves."""
    history = np.ones((classes, len(GRID)))
    for part in smooth:
        history = history * part
        history = history / history.max(axis=1, keepdims=True)
    return lasting_chances(history, school, spread)


def _persisting(
    before: int,
    earlier: Sequence[Floats],
    smooth: Sequence[Floats],
    centre: Sequence[Floats],
    school: Ints,
    spread: Spread,
) -> Story:
    """At its target in this wave and in `before` (0 or 1) waves before it."""
    until = len(earlier) - before
    ordinary = baseline(smooth[:until], len(school), school, spread)
    goal = special.logit(np.array(TARGETS))[:, None]
    likelihood = np.ones((len(TARGETS), len(school)))
    for wave in range(until, len(earlier)):
        ordinary = ordinary * smooth[wave]
        likelihood = likelihood * np.array([evidence_at(earlier[wave], row) for row in goal - centre[wave]])
    name = "persisting" if before else "sudden"
    return Story(name, ordinary @ kernel(spread.term), likelihood, goal - centre[-1])


def _rising(
    earlier: Sequence[Floats], smooth: Sequence[Floats], centre: Sequence[Floats], school: Ints, spread: Spread
) -> Story:
    """From the usual share to the target in three steps."""
    chances = baseline(smooth[:-2], len(school), school, spread)
    usual = (chances * GRID).sum(axis=1)
    steps = [_step(centre[-3 + wave], usual, RAMP[wave]) for wave in range(3)]
    likelihood = np.ones((len(TARGETS), len(school)))
    for part, deviation in zip(earlier[-2:], steps[:2], strict=True):
        likelihood = likelihood * np.array([evidence_at(part, row) for row in deviation])
    ordinary = (chances * smooth[-2] * smooth[-1]) @ kernel(spread.term)
    return Story("rising", ordinary, likelihood, steps[2])


def _step(centre: Floats, usual: Floats, part: float) -> Floats:
    """(targets, classes): deviation when `part` of the way from the usual share to each target is gone."""
    start = special.expit(centre + usual)
    share = start + np.maximum(np.array(TARGETS)[:, None] - start, 0.0) * part
    return np.asarray(special.logit(share) - centre)
