"""A forecast is held to the future and to other schools, and silent where it is no better than the history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.forecast import Turns, check_forecast, fit_and_forecast, forecast_held_out, school_folds, three_bands


def turns(seed: int = 1, classes: int = 400, waves: int = 3, strength: float = 1.5) -> Turns:
    """The history tells half of it, the second feature the other half."""
    rng = np.random.default_rng(seed)
    rows = classes * waves
    features = rng.standard_normal((rows, 2))
    chance = 1 / (1 + np.exp(-(strength * features.sum(axis=1) - 2.5)))
    school = np.tile(np.arange(classes) // 20, waves)
    return Turns(features, features[:, 0], rng.random(rows) < chance, school, np.repeat(np.arange(waves), classes))


def test_a_model_that_adds_something_is_shown() -> None:
    check = check_forecast(turns(strength=1.0))
    assert check.state == "shown"
    assert check.auc > check.history_auc and check.average_precision > check.history_average_precision


def test_a_model_that_adds_nothing_is_not_shown() -> None:
    """Pure noise beside the history: worse or equal by one of the two measures."""
    past = turns(strength=1.0)
    rng = np.random.default_rng(5)
    outcome = rng.random(len(past.outcome)) < 1 / (1 + np.exp(-(past.history - 2)))
    noise = np.column_stack([past.history, rng.standard_normal((len(outcome), 60))])
    assert check_forecast(replace(past, features=noise, outcome=outcome)).state == "no_better"


def test_a_feature_that_has_seen_the_answer_is_called_a_leak() -> None:
    past = turns(strength=0.5)
    seen = np.column_stack([past.features, past.outcome + 0.1 * np.random.default_rng(1).standard_normal(1200)])
    assert check_forecast(replace(past, features=seen)).state == "leak"


def test_no_school_is_forecast_by_a_model_that_knew_it_and_no_turn_by_its_own() -> None:
    """A feature that is a school's own secret helps only a model that saw the school; one of a turn likewise."""
    past = turns(strength=0.0)
    rng = np.random.default_rng(3)
    secret = rng.standard_normal((20, 20))[past.school]
    outcome = secret[:, 0] + 0.2 * rng.standard_normal(len(past.school)) > 0.8
    one_hot = np.eye(20)[past.school]
    check = check_forecast(replace(past, features=one_hot, outcome=outcome))
    assert check.auc < 0.6  # nearly 1 if folds split schools
    flipped = replace(past, features=past.history[:, None], outcome=(past.history > 0) ^ (past.wave == 2))
    chance = forecast_held_out(flipped, flipped.wave == 2)
    assert chance is not None
    assert np.corrcoef(chance, flipped.outcome[flipped.wave == 2])[0, 1] < -0.5  # learnt from earlier turns alone


@pytest.mark.parametrize(
    ("past", "state"),
    [
        (turns(waves=1), "too_few_waves"),
        (replace(turns(), school=np.zeros(1200, np.int64)), "too_few_schools"),
        (replace(turns(), outcome=np.zeros(1200, bool)), "too_few_cases"),
        (replace(turns(), outcome=np.ones(1200, bool)), "too_few_cases"),
    ],
    ids=["first wave", "one school", "nothing happened", "everything happened"],
)
def test_what_cannot_be_checked_is_said(past: Turns, state: str) -> None:
    assert check_forecast(past).state == state


def test_outcomes_in_one_school_only_are_no_basis() -> None:
    past = turns()
    assert check_forecast(replace(past, outcome=past.school == 3)).state == "too_few_cases"


def test_constant_features_and_perfect_separation_stay_finite() -> None:
    past = turns()
    constant = fit_and_forecast(replace(past, features=np.ones((1200, 2))), np.ones((3, 2)))
    assert constant == pytest.approx(past.outcome.mean(), abs=1e-3)
    separated = replace(past, features=np.where(past.outcome, 1.0, -1.0)[:, None])
    chance = fit_and_forecast(separated, np.array([[1.0], [-1.0]]))
    assert 0 < chance[1] < 0.1 < 0.9 < chance[0] < 1


def test_folds_hold_every_school_once() -> None:
    school = np.repeat(np.arange(7), [5, 1, 9, 2, 2, 3, 8])
    held = np.concatenate(list(school_folds(school)))
    assert sorted(held) == list(range(7))


def test_three_bands_at_their_edges() -> None:
    assert three_bands(np.array([0.019, 0.02, 0.079, 0.08]), 0.04).tolist() == ["lower", "usual", "usual", "higher"]
