"""Points against a sheet: for how it was filled in, never for what was lived."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from models.quality import IMPOSSIBLE, NOT_TRUE, OWN_SPREAD, TOO_FAST, Marks, is_sound, misfit, quality_score

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
