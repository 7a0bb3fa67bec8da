"""Windows and bands, as tables that read as the rule."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.release.windows import Widths, cut_bands, cut_windows

WINDOWS = """
low  high | windows
0    30   | 0-5 6-10 11-15 16-20 21-30
0    11   | 0-5 6-11
0    10   | 0-10
7    7    | 7-7
4    20   | 4-9 10-14 15-20
4    24   | 4-9 10-14 15-24
4    25   | 4-9 10-14 15-19 20-25
"""

BANDS = """
r   threshold | bands
10  3         | none
11  3         | 0-5 6-11
15  3         | 0-5 6-15
16  3         | 0-5 6-10 11-16
40  9         | 0-8 9-13 14-40
13  9         | none
14  9         | 0-8 9-14
"""


def rows(table: str) -> list[tuple[list[int], list[str]]]:
    lines = [line.split("|") for line in table.strip().splitlines()[1:]]
    return [([int(word) for word in left.split()], right.split()) for left, right in lines]


@pytest.mark.parametrize(("bounds", "windows"), rows(WINDOWS))
def test_windows_of(bounds: list[int], windows: list[str]) -> None:
    """Every count falls into the window that the table shows."""
    low, high = bounds
    counts = np.arange(low, high + 1)
    start, end = cut_windows(np.full_like(counts, low), np.full_like(counts, high), counts, Widths())
    assert list(dict.fromkeys(f"{a}-{b}" for a, b in zip(start, end, strict=True))) == windows
    assert ((start <= counts) & (counts <= end)).all()


@pytest.mark.parametrize(("given", "bands"), rows(BANDS))
def test_bands_of(given: list[int], bands: list[str]) -> None:
    """Every count of a class falls into the band that the table shows."""
    r, threshold = given
    counts = np.arange(r + 1)
    all_of_them, cut = np.full_like(counts, r), np.full_like(counts, threshold)
    made = cut_bands(all_of_them, all_of_them, counts, cut, counts >= 0, (6, 5, 6))
    seen = list(dict.fromkeys(f"{a}-{b}" for a, b in zip(made.low, made.high, strict=True)))
    assert seen == ([f"0-{r}"] if bands == ["none"] else bands)
    assert (made.number == (0 if bands == ["none"] else len(bands))).all()


def test_every_window_is_wide_enough() -> None:
    """No bounds whatever give a window under 5, nor a first or last one under 6."""
    for length in range(12, 120):
        counts = np.arange(length)
        start, end = cut_windows(np.zeros_like(counts), np.full_like(counts, length - 1), counts, Widths())
        width = end - start + 1
        assert width.min() >= 5
        assert width[0] >= 6
        assert width[-1] >= 6
