"""Which band a class answers."""

from __future__ import annotations

import pytest

from survey.bands import band_of


@pytest.mark.parametrize(
    ("level", "grades", "band"),
    [
        ("primary", (1, 2), None),
        ("primary", (3, 4), "g34"),
        ("primary", (5, 6), "g56"),
        ("junior", (7, 8, 9), "jr"),
        ("senior", (10, 11, 12), "sr"),
        ("vocational", (10, 11, 12), "voc"),
        ("primary", (0, 7), None),
        ("junior", (6, 10), None),
        ("senior", (9, 13), None),
        ("kindergarten", (3,), None),
    ],
)
def test_a_grade_has_its_band(level: str, grades: tuple[int, ...], band: str | None) -> None:
    assert {band_of(level, grade) for grade in grades} == {band}
