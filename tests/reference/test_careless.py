"""Response quality on real people: Niv Lab's two samples, where failed infrequency items say who didn't read.

Collected only where ANXIN_REAL_DATA names the folder of real data.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models.forecast import area_under_curve
from pipelines.bench.detection.cards import CARDS
from pipelines.bench.detection.indices import mahalanobis, spread_within
from pipelines.bench.detection.mood import SAMPLES, load_sample, points_of, sample_rows, scores_of

DATA = Path(os.environ["ANXIN_REAL_DATA"]) / "careless"
PEOPLE = {"original": (386, 85), "replication": (393, 55)}


@pytest.mark.parametrize("name", SAMPLES)
def test_everybody_is_there_and_the_criterion_is_the_published_one(name: str) -> None:
    sample = load_sample(DATA, name)
    assert (len(sample.failed), int(sample.failed.sum())) == PEOPLE[name]
    assert np.isfinite(sample.answers).all()


@pytest.mark.parametrize("name", SAMPLES)
def test_indices_of_the_data_come_back(name: str) -> None:
    """Inter-item deviation and Mahalanobis distance, as their authors computed them from the same items."""
    sample = load_sample(DATA, name)
    assert_allclose(spread_within(sample.answers, sample.scales), sample.own["isd"], atol=1e-9)
    assert_allclose(mahalanobis(sample.answers), sample.own["mahalanobis"], atol=1e-9)


@pytest.mark.parametrize("name", SAMPLES)
def test_ours_is_above_the_data_s_own_indices_that_need_no_covariance(name: str) -> None:
    """And within two standard errors of Mahalanobis, though ours uses each item's average alone."""
    sample = load_sample(DATA, name)
    area = {score: area_under_curve(values, sample.failed) for score, values in scores_of(sample).items()}
    assert area["ours"] > max(area["own_isd"], area["own_reliability"], area["longstring"])
    error = next(row.se for row in sample_rows(DATA, name) if row.name == f"mood_{name}_ours")
    assert error is not None and area["ours"] > area["own_mahalanobis"] - 2 * error


@pytest.mark.parametrize("name", SAMPLES)
def test_the_card_shows_what_this_run_finds(name: str) -> None:
    """A figure on the card that the data no longer give is a claim nobody could repeat."""
    card = (CARDS / "quality.md").read_text(encoding="utf-8")
    for row in sample_rows(DATA, name):
        assert f"| {row.name} | {row.value:.3f} | {row.se:.3f} |" in card


@pytest.mark.parametrize("name", SAMPLES)
def test_who_answers_all_alike_gains_nothing_by_it(name: str) -> None:
    """A calm person's straight line of zeros is no careless hand: those sheets have the fewest points of all."""
    sample = load_sample(DATA, name)
    flat = np.all([sample.answers[:, scale].std(axis=1) == 0 for scale in sample.scales[:3]], axis=0)
    points = points_of(sample)
    assert flat.any() and np.median(points[flat]) < np.quantile(points, 0.25)
