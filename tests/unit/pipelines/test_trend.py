"""Up and down are said where the released numbers leave no doubt, and nowhere else."""

from __future__ import annotations

import pandas as pd
import pytest

from pipelines.release.trend import KEYS, with_trend

TOP = None  # a class of two bands has no second cut


def one_class(wave: str, band: int, e1: int, e2: int | None, r_about: int) -> dict[str, pd.DataFrame]:
    """The tables of a wave that tells of one class and one indicator."""
    tables = {name: pd.DataFrame() for name in KEYS}
    return tables | {
        "pub_wave": pd.DataFrame({"wave": [wave], "instrument_hash": ["0"]}),
        "pub_class_wave_signal": pd.DataFrame({"class_id": ["C"], "level": ["watch"], "r_about": [r_about]}),
        "pub_class_wave_indicator": pd.DataFrame(
            {"class_id": ["C"], "indicator": ["frequent"], "band": [band], "e1": [e1], "e2": [e2]}
        ),
    }


@pytest.mark.parametrize(
    ("before", "now", "trend"),
    [
        ((0, 8, 13, 40), (1, 8, 13, 40), "up"),
        ((2, 8, 13, 40), (1, 8, 13, 40), "down"),
        ((1, 8, 13, 40), (1, 8, 13, 40), "same"),
        ((0, 12, TOP, 40), (1, 8, 13, 40), "same"),  # the cut fell: up to 11 then, 8 to 12 now
        ((1, 8, 13, 40), (0, 13, TOP, 40), "same"),  # the cut rose: 8 to 12 then, up to 12 now
        ((1, 6, 11, 40), (0, 6, 11, 40), "down"),
        ((1, 8, 13, 40), (0, 8, TOP, 25), "same"),  # fewer answered: 20 to 30 % then, up to 28 % now
        ((0, 6, TOP, 20), (1, 8, 13, 40), "same"),  # more answered: up to 25 % then, from 20 % now
        ((1, 6, TOP, 20), (2, 8, 13, 40), "same"),  # a top band is open: nothing lies above it
        ((2, 6, 11, 20), (0, 6, 11, 40), "down"),
    ],
)
def test_a_class_moves_where_all_shares_of_its_bands_do(
    before: tuple[int, int, int | None, int], now: tuple[int, int, int | None, int], trend: str
) -> None:
    """A cut that moved, or a class half of which stayed away, must not read as better or worse."""
    made = with_trend(one_class("2026-1", *now), one_class("2025-2", *before))
    assert made["pub_class_wave_indicator"]["trend"].tolist() == [trend]


def test_another_instrument_leaves_nothing_to_compare() -> None:
    """Other questions, other numbers: no trend, and the wave says so."""
    now, before = one_class("2026-1", 1, 8, 13, 40), one_class("2025-2", 0, 8, 13, 40)
    before["pub_wave"]["instrument_hash"] = "1"
    made = with_trend(now, before)
    assert made["pub_class_wave_indicator"]["trend"].isna().all()
    assert made["pub_wave"]["comparable"].tolist() == [False]
