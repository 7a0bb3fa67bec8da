"""Honest small releases as they are often made, written down as an attacker's program.

A table has axes; every margin over them is published too. `hide` says which cells stay blank and what is known of a
blank; the rest is published as it is.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from pipelines.audit.program import Program, Sheet

Counts = NDArray[np.int64]
Cell = tuple[int, ...]
TOTAL = -1  # in a cell's name: summed over this axis
SMALL = 5
MOST = 10_000  # what is known of a cell that nothing is said of


def margins(table: Counts) -> dict[Cell, int]:
    """Every cell of the table and every sum over some of its axes."""
    found: dict[Cell, int] = {}
    for number in range(table.ndim + 1):
        for axes in combinations(range(table.ndim), number):
            sums = table.sum(axis=axes, keepdims=True)
            for cell in product(*(range(length) for length in sums.shape)):
                name = tuple(TOTAL if axis in axes else index for axis, index in enumerate(cell))
                found[name] = int(sums[cell])
    return found


def write_program(table: Counts, known: dict[Cell, tuple[int, int]]) -> Program:
    """The attacker's program: bounds of every cell and margin, and each margin the sum of its cells."""
    sheet = Sheet()
    for cell in margins(table):
        sheet.unknown(cell, *known.get(cell, (0, MOST)))
    for cell in margins(table):
        for axis in (axis for axis, index in enumerate(cell) if index == TOTAL):
            parts = [(*cell[:axis], index, *cell[axis + 1 :]) for index in range(table.shape[axis])]
            sheet.bind(parts, [cell], 0, 0)
    return sheet.program()


def hide_small(table: Counts, marked: bool = False) -> dict[Cell, tuple[int, int]]:
    """Cells of 1 to 4 are blank; `marked`: with the mark "<5", so that a blank is known to be small and no 0."""
    everything = margins(table)
    most = int(table.sum())
    blank = (1, SMALL - 1) if marked else (0, most)
    return {cell: blank if 0 < count < SMALL else (count, count) for cell, count in everything.items()}


def hide_next_smallest(table: Counts) -> dict[Cell, tuple[int, int]]:
    """As hide_small; a line with one blank gets a second: its next smallest cell."""
    everything, known = margins(table), hide_small(table)
    most = int(table.sum())
    inner = [cell for cell in everything if TOTAL not in cell]
    for axis in range(table.ndim):
        lines: dict[Cell, list[Cell]] = {}
        for cell in inner:
            lines.setdefault((*cell[:axis], TOTAL, *cell[axis + 1 :]), []).append(cell)
        for cells in lines.values():
            blank = [cell for cell in cells if known[cell] == (0, most)]
            if len(blank) == 1:
                second = min((cell for cell in cells if cell not in blank), key=lambda cell: (everything[cell], cell))
                known[second] = (0, most)
    return known


def round_centred(count: int, base: int = 5) -> tuple[int, int]:
    """What a count rounded to the nearest multiple says of it."""
    middle = (count + base // 2) // base * base
    return max(0, middle - base // 2), middle + base // 2


def coarsen_what_failed(counts: tuple[int, ...], windows: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """A parent and its children: the parent's window of 5 is doubled if, with the children's, it leaves under five.

    The repair looks at which windows the hidden counts fell into, and an attacker can do the same for every count.
    """
    low, high = sum(low for low, _ in windows), sum(high for _, high in windows)
    total = sum(counts)
    start = total // 5 * 5
    narrow = max(low, start), min(high, start + 4)
    if narrow[1] - narrow[0] + 1 < 5:
        start = total // 10 * 10
        return *windows, (start, start + 9)
    return *windows, (start, start + 4)
