"""Scale quality: figures that can be had another way, and bias found where it is planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.miscmodels.ordinal_model import OrderedModel

from models.scales import alpha, bias_code, covariance, item_bias, item_total, omega


def students(size: int, loadings: list[float], seed: int = 1) -> np.ndarray:
    """Answers of 1 to 4 to items of one factor."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(size, 1))
    noise = rng.normal(size=(size, len(loadings))) * np.sqrt(1 - np.square(loadings))
    return np.digitize(level * loadings + noise, [-1, 0, 1]) + 1.0


def counted(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    patterns, weight = np.unique(answers, axis=0, return_counts=True)
    return patterns, weight.astype(float)


def test_counted_patterns_have_the_students_own_covariance() -> None:
    answers = students(500, [0.8, 0.6, 0.5])
    assert covariance(*counted(answers)) == pytest.approx(np.cov(answers.T))


def test_alpha_is_the_variance_of_the_sum_taken_apart() -> None:
    """Worked by hand: two items of variance 1 and covariance .5 give 2·(1 − 2/3) = 2/3."""
    assert alpha(np.array([[1, 0.5], [0.5, 1]])) == pytest.approx(2 / 3)
    answers = students(800, [0.8, 0.6, 0.5, 0.7])
    slow = 4 / 3 * (1 - answers.var(axis=0, ddof=1).sum() / answers.sum(axis=1).var(ddof=1))
    assert alpha(covariance(*counted(answers))) == pytest.approx(slow)


def test_omega_gives_back_the_loadings_it_was_made_of() -> None:
    """(Σλ)²/((Σλ)² + Σψ) of a covariance that is exactly one factor; equal loadings make it alpha."""
    loadings = np.array([0.9, 0.7, 0.5, 0.3])
    cov = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    assert omega(cov) == pytest.approx(loadings.sum() ** 2 / cov.sum(), abs=1e-6)
    assert omega(cov) > alpha(cov)
    even = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    assert omega(even) == pytest.approx(alpha(even))


def test_item_total_leaves_the_item_out() -> None:
    answers = students(600, [0.8, 0.6, 0.1])
    slow = [np.corrcoef(answers[:, i], np.delete(answers, i, axis=1).sum(axis=1))[0, 1] for i in range(3)]
    assert item_total(covariance(*counted(answers))) == pytest.approx(slow)


def test_bias_is_found_where_it_is_and_nowhere_else() -> None:
    """One item reads a step higher in one group: large there, and an ordinal regression on the rest score agrees."""
    answers = students(4000, [0.8, 0.7, 0.7, 0.6])
    focal = np.arange(4000) % 2 == 0
    answers[focal, 0] = np.minimum(4, answers[focal, 0] + (np.random.default_rng(2).random(2000) < 0.5))
    weight = np.ones(4000)
    found = [item_bias(answers, weight, focal, item) for item in range(4)]
    assert found[0] > 0.25 > max(map(abs, found[1:]))
    assert bias_code(found[0], 0.17, 0.25) == "large"
    for item, is_biased in ((0, True), (3, False)):
        facts = pd.DataFrame({"rest": answers.sum(axis=1) - answers[:, item], "focal": focal.astype(float)})
        fitted = OrderedModel(answers[:, item], facts, distr="logit").fit(method="bfgs", disp=False)
        assert (fitted.params["focal"] > 0.5) == is_biased


def test_a_group_that_is_only_higher_throughout_is_not_biased() -> None:
    """Safer schools answer every item higher: that is the scale at work."""
    low, high = students(3000, [0.7] * 4, 3), students(3000, [0.7] * 4, 4)
    high = np.minimum(4, high + (np.random.default_rng(5).random((3000, 4)) < 0.3))
    answers, focal = np.vstack([low, high]), np.arange(6000) >= 3000
    assert all(
        bias_code(item_bias(answers, np.ones(6000), focal, item), 0.17, 0.25) == "negligible" for item in range(4)
    )


def test_nothing_that_varies_says_nothing() -> None:
    """All the same answer, one student, one group alone: NaN and not_known, no exception."""
    same = np.full((1, 3), 4.0)
    for weight in (np.array([50.0]), np.array([1.0])):
        cov = covariance(same, weight)
        assert np.isnan([alpha(cov), omega(cov), *item_total(cov)]).all()
    assert bias_code(item_bias(same, np.array([50.0]), np.array([True]), 0), 0.17, 0.25) == "not_known"
    assert bias_code(-0.2, 0.17, 0.25) == "moderate"
