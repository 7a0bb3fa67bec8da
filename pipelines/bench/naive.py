"""A release as often made: exact parents, class cells of 1 to 4 blank. The same attacker has it for comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.audit.program import Program, Sheet
from pipelines.audit.propagation import propagate

SMALL = 5
Counts = NDArray[np.int64]


def hide_small_cells(counts: Sequence[Counts], answers: Sequence[Counts], parents: Sequence[Counts]) -> Program:
    """The attacker's program for one indicator: counts and answers (units,) per level, parents (units,) to the next."""
    sheet = Sheet()
    for depth, (count, r) in enumerate(zip(counts, answers, strict=True)):
        for unit, (yes, most) in enumerate(zip(count.tolist(), r.tolist(), strict=True)):
            small = 0 < yes < SMALL
            sheet.unknown((depth, unit), 0 if small else yes, most if small else yes)
    for depth, parent in enumerate(parents):
        for unit in range(len(counts[depth + 1])):
            children = [(depth, int(child)) for child in np.flatnonzero(parent == unit)]
            sheet.bind(children, [(depth + 1, unit)], 0, 0)
    return sheet.program()


def blank_and_recovered(program: Program) -> tuple[int, int]:
    """Blank class cells, and those of them that are given back exactly."""
    low, high = propagate(program)
    at_class = np.array([depth == 0 for depth, _ in program.names])
    blank = at_class & (program.low < program.high)
    return int(blank.sum()), int((blank & (low == high)).sum())
