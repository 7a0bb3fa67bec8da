"""The obvious attack: each row narrows each of its unknowns by what the others can be, until nothing moves."""

from __future__ import annotations

import numpy as np

from pipelines.audit.program import Numbers, Program

ROUNDS = 500


def propagate(program: Program) -> tuple[Numbers, Numbers]:
    """Bounds (n,) of every unknown; exact on trees, else bounds that every solution keeps.

    Raises ArithmeticError where no whole numbers fit, or where it has not settled after ROUNDS.
    """
    low, high = program.low.copy(), program.high.copy()
    rows, plus = len(program.least), program.sign > 0
    for _ in range(ROUNDS):
        smallest = np.where(plus, low[program.column], -high[program.column])
        largest = np.where(plus, high[program.column], -low[program.column])
        least = np.bincount(program.row, smallest, rows).astype(np.int64)
        most = np.bincount(program.row, largest, rows).astype(np.int64)
        ceiling = program.most[program.row] - (least[program.row] - smallest)
        floor = program.least[program.row] - (most[program.row] - largest)
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, program.column, np.where(plus, floor, -ceiling))
        np.minimum.at(new_high, program.column, np.where(plus, ceiling, -floor))
        if (new_low > new_high).any():
            worst = int(np.argmax(new_low > new_high))
            raise ArithmeticError(f"no whole numbers fit what is published: {program.names[worst]}")
        if (new_low == low).all() and (new_high == high).all():
            return low, high
        low, high = new_low, new_high
    raise ArithmeticError("the attack did not settle")
