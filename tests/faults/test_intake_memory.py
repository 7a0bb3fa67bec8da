"""A worker that runs for days doesn't grow."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_growth import measure_growth


@pytest.mark.parametrize("sheets", [2_000, pytest.param(50_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_memory_is_flat(place: str | Path, sheets: int) -> None:
    """Measured between the first tenth and the last; a leak of 2.5 KB a sheet would be seen in the short form."""
    assert measure_growth(place, sheets) < 4
