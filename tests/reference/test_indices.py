"""Careless indices against the obvious: loops over persons and items in plain Python, as the literature words them."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models.quality import OWN_SPREAD, STEPS, person_fit
from pipelines.bench.detection.careless import longest_run
from pipelines.bench.detection.indices import even_odd, longstring, mahalanobis, person_total, spread_within

SCALES = (slice(0, 4), slice(4, 9), slice(9, 12))


@pytest.fixture
def answers() -> np.ndarray:
    """Sixty sheets of twelve items on four steps; every tenth answers the same throughout."""
    rng = np.random.default_rng(3)
    level = rng.normal(size=(60, 1))
    found = np.clip(np.rint(2.5 + level + rng.normal(size=(60, 12))), 1, 4)
    found[::10] = 2
    return found


def test_longstring_is_the_longest_group_of_equal_neighbours(answers: np.ndarray) -> None:
    slow = [max(len(list(group)) for _, group in itertools.groupby(sheet)) for sheet in answers]
    assert longstring(answers).tolist() == slow
    assert max(slow) == 12


def test_longstring_skips_what_was_not_asked() -> None:
    """1 1 – 1 is a run of three; nothing asked is none."""
    sheets = np.array([[1.0, 1, -1, 1, 2], [-1, -1, -1, -1, -1], [1, 2, 1, 2, 2]])
    assert longstring(sheets).tolist() == [3, 0, 2]
    answers = {"hit_freq": sheets[:, 0], "where": np.full(3, 7.0), "mocked_freq": sheets[:, 1]}
    assert longest_run(answers).tolist() == [2, 0, 1]


def test_spread_within_is_the_sum_of_standard_deviations(answers: np.ndarray) -> None:
    slow = [sum(statistics.stdev(sheet[scale].tolist()) for scale in SCALES) for sheet in answers]
    assert_allclose(spread_within(answers, SCALES), slow, atol=1e-12)


def test_even_odd_is_one_minus_the_stepped_up_correlation_of_halves(answers: np.ndarray) -> None:
    slow = []
    for sheet in answers.tolist():
        first = [statistics.fmean(sheet[scale][0::2]) for scale in SCALES]
        second = [statistics.fmean(sheet[scale][1::2]) for scale in SCALES]
        if min(statistics.pstdev(first), statistics.pstdev(second)) == 0:
            slow.append(0.0)
            continue
        r = statistics.correlation(first, second)
        slow.append(1 - max(2 * r / (1 + abs(r)), -1))
    assert_allclose(even_odd(answers, SCALES), slow, atol=1e-9)
    assert slow[0] == 0.0 and max(slow) > 1


def test_mahalanobis_is_the_length_after_whitening(answers: np.ndarray) -> None:
    """Scores on all principal axes, each in its own standard deviations: Pythagoras gives the distance."""
    apart = answers - answers.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(answers, rowvar=False))
    slow = [math.hypot(*(sheet @ axis / math.sqrt(value) for value, axis in zip(values, axes.T, strict=True)))
            for sheet in apart]  # fmt: skip
    assert_allclose(mahalanobis(answers), slow, atol=1e-9)
    # Squared distances of a sample from its own mean add up to (n − 1)·items.
    assert_allclose((mahalanobis(answers) ** 2).sum(), (len(answers) - 1) * answers.shape[1])


def test_person_total_is_the_correlation_with_everybody_else(answers: np.ndarray) -> None:
    slow = []
    for row, sheet in enumerate(answers.tolist()):
        others = np.delete(answers, row, axis=0).mean(axis=0).tolist()
        slow.append(1.0 if len(set(sheet)) == 1 else 1 - statistics.correlation(sheet, others))
    assert_allclose(person_total(answers), slow, atol=1e-9)


def test_person_fit_is_a_ratio_of_likelihoods_written_out(answers: np.ndarray) -> None:
    """Density of normal answers around the person's own level, one dimension given up for it, against 1/4 an item."""
    keys = [1, -1] * 6
    turned = np.where(np.array(keys) > 0, answers, 5 - answers)
    usual = [statistics.fmean(column) for column in turned.T.tolist()]
    slow = []
    for sheet in turned.tolist():
        apart = [answer - mean for answer, mean in zip(sheet, usual, strict=True)]
        level = statistics.fmean(apart)
        random = -(len(sheet) - 1) * math.log(STEPS)
        careful = sum(-((one - level) ** 2) / (2 * OWN_SPREAD**2) for one in apart)
        careful -= (len(sheet) - 1) * math.log(OWN_SPREAD * math.sqrt(2 * math.pi))
        slow.append(random - careful)
    assert_allclose(person_fit(answers, keys), slow, atol=1e-9)
