"""What the audit says of rows that a release may hold, and of their neighbours that it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from pipelines.audit.values import check_coverage, check_pooled_bands, check_suppressed
from pipelines.contracts import load_contracts
from pipelines.policy import load_policy

POOLS = "pub_school_pool_indicator"
POOLED = {
    "school_id": "S1", "wave": "2026-1", "pooled_with": "2025-2", "indicator": "told_worse", "lo": 6, "hi": 15,
    "r_about": 90, "share_lo": 6, "share_hi": 18, "e1": 11, "e2": 16, "band": None, "suppression_reason": None,
}  # fmt: skip


def faults(check: Callable[..., Any], table: str, row: dict[str, object]) -> list[str]:
    found = check(pd.DataFrame([row]), load_contracts("pub_")[table], load_policy())
    return [rule for broken, rule in found if bool(broken.any())]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),  # from 6 to 15, a cut at 11: the window leaves the band open
        ({"band": 0}, ["the band is not what the window says"]),
        ({"hi": 10, "band": 0}, []),
        ({"hi": 10}, ["the band is not what the window says"]),
        ({"e1": None}, ["half a value is shown", "a shown window without a cut"]),
    ],
)
def test_a_pools_band_is_open_exactly_where_its_window_leaves_it_so(change: dict[str, object], said: list[str]) -> None:
    row = POOLED | change
    assert [*faults(check_suppressed, POOLS, row), *faults(check_pooled_bands, POOLS, row)] == said


@pytest.mark.parametrize(("enrolled", "about", "state"), [(13, 15, "complete"), (12, 15, "over"), (40, 45, "over")])
def test_a_small_class_that_is_complete_does_not_read_as_too_many(enrolled: int, about: int, state: str) -> None:
    """Rounding adds up to 2 to a class of 13; the audit reads the state as the release does."""
    row = {"enrolled": enrolled, "submitted_about": about, "state": state}
    assert faults(check_coverage, "pub_class_wave_coverage", row) == []
    other = "over" if state == "complete" else "complete"
    assert faults(check_coverage, "pub_class_wave_coverage", row | {"state": other}) != []
