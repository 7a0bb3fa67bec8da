"""Points against a sheet: for how it was filled in, never for what was lived."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from models.quality import (
    IMPOSSIBLE,
    NOT_TRUE,
    OWN_SPREAD,
    TOO_FAST,
    Marks,
    copies,
    gathered,
    is_sound,
    misfit,
    quality_score,
)

KEYS = [1, -1, 1, -1]


def marks(climate: list[list[float]], **other: object) -> Marks:
    count = len(climate)
    given = {"too_fast": np.zeros(count, bool), "impossible": np.zeros(count, bool)} | other
    return Marks(np.array(climate), KEYS, honest=np.ones(count), read=np.zeros(count), **given)  # type: ignore[arg-type]


def test_no_answer_about_being_a_victim_is_even_known() -> None:
    assert {field.name for field in fields(Marks)} == {"climate", "keys", "too_fast", "impossible", "honest", "read"}


def test_misery_in_every_item_is_no_misfit_but_one_step_throughout_is() -> None:
    """The loneliest and least safe answer 1, 4, 1, 4; a hand that ticks the first option answers 1, 1, 1, 1."""
    usual = [[3, 2, 3, 2]] * 50
    points = misfit(np.array([*usual, [1, 4, 1, 4], [4, 1, 4, 1], [1, 1, 1, 1], [4, 4, 4, 4]], float), KEYS)
    assert (points[50:52] < 0).all() and (points[52:] > 2).all()


def test_misfit_by_hand() -> None:
    climate = np.array([[4, 2, 3, -1], [2, 3, 3, 1]], float)
    turned = np.array([[4, 3, 3, np.nan], [2, 2, 3, 4]])
    apart = (turned - np.nanmean(turned, axis=0))[0, :3]
    squares = ((apart - apart.mean()) ** 2).sum()
    wanted = squares / (2 * OWN_SPREAD**2) + 2 * np.log(OWN_SPREAD * np.sqrt(2 * np.pi)) - 2 * np.log(4)
    assert misfit(climate, KEYS)[0] == pytest.approx(max(wanted, -2))


def test_too_little_to_compare_says_nothing() -> None:
    alone = np.array([[4, -1, -1, -1], [-1, -1, -1, -1], [4, -1, 1, -1]], float)
    assert misfit(alone, KEYS).tolist() == [0, 0, 0]


def test_each_mark_alone_sets_a_plain_sheet_aside() -> None:
    plain = [[-1.0] * 4] * 4
    found = quality_score(
        marks(plain, too_fast=np.array([True, False, False, False]), impossible=np.array([False, True, False, False]))
    )
    assert found.tolist() == [TOO_FAST, IMPOSSIBLE, 0, 0]
    assert is_sound(found).tolist() == [False, False, True, True]
    assert NOT_TRUE[3] >= 3


def sitting(seed: int = 1, classes: int = 60, size: int = 36) -> tuple[np.ndarray, np.ndarray]:
    """Climate answers of honest classes: one well-being each, eight items keyed both ways."""
    rng = np.random.default_rng(seed)
    klass = np.repeat(np.arange(classes), size)
    level = rng.standard_normal(len(klass))[:, None] + 0.5 * rng.standard_normal((len(klass), 8))
    good = 1 + np.searchsorted([-1.2, -0.4, 0.6], level)
    return np.where(np.arange(8) % 2, 5 - good, good).astype(float), klass


def test_sheets_that_one_hand_filled_in_for_a_class_are_noticed() -> None:
    patterns, klass = sitting()
    rows = np.flatnonzero(klass == 7)[:9]
    patterns[rows] = patterns[rows[0]]
    found = copies(patterns, klass)
    assert found[rows].all()
    assert np.delete(found, rows).mean() < 0.005


def test_the_commonest_answers_are_no_copies_however_many_give_them() -> None:
    """A third of every class has the same answers: that is how the city answers, not one hand."""
    patterns, klass = sitting()
    patterns[np.random.default_rng(2).random(len(klass)) < 1 / 3] = [4, 1, 4, 1, 4, 1, 4, 1]
    assert not copies(patterns, klass).any()


def test_forms_with_fewer_items_are_compared_with_their_like_alone() -> None:
    """Half the classes are asked six items: what is common among them isn't rare because others were asked eight."""
    patterns, klass = sitting()
    short = klass % 2 == 0
    patterns[short, 6:] = -1
    patterns[short & (np.random.default_rng(3).random(len(klass)) < 0.3), :6] = [4, 1, 4, 1, 4, 1]
    assert copies(patterns, klass)[short].mean() < 0.01


@pytest.mark.parametrize("patterns", [np.zeros((0, 8)), np.full((40, 8), -1.0), np.full((3, 8), 2.0)])
def test_nothing_to_compare_is_no_copy(patterns: np.ndarray) -> None:
    assert not copies(patterns, np.zeros(len(patterns), np.int64)).any()


def test_pranksters_of_one_class_are_noticed_and_scattered_ones_are_not() -> None:
    klass = np.repeat(np.arange(50), 36)
    scattered = np.random.default_rng(1).random(len(klass)) < 0.02
    assert gathered(scattered, klass).mean() <= 0.04
    together = scattered | ((klass == 3) & (np.arange(len(klass)) % 36 < 5))
    assert gathered(together, klass)[3]


@pytest.mark.parametrize("marked", [np.zeros(36, bool), np.ones(36, bool)])
def test_one_class_alone_has_nothing_to_be_compared_with_yet_is_finite(marked: np.ndarray) -> None:
    assert gathered(marked, np.zeros(36, np.int64)).shape == (1,)
