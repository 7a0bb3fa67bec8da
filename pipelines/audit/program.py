"""What an attacker writes down: whole-numbered unknowns between bounds, and rows that bind sums of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
UNBOUNDED = 2**40


@dataclass(frozen=True)
class Program:
    """Unknowns x (n,) with low ≤ x ≤ high, and rows (m,) with least ≤ Σ sign·x ≤ most.

    Entries of the rows are triplets (row, column, sign). `names` (n,) tells each unknown.
    """

    names: Any  # a tuple, or Names of a whole city
    low: Numbers
    high: Numbers
    row: Numbers
    column: Numbers
    sign: Numbers
    least: Numbers
    most: Numbers


@dataclass
class Sheet:
    """A program under construction: `unknown` and `bind` in any order, then `program`."""

    place: dict[Any, int] = field(default_factory=dict)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    rows: list[tuple[list[int], list[int], int, int]] = field(default_factory=list)

    def unknown(self, name: Hashable, low: int, high: int) -> None:
        """A new unknown, or tighter bounds for one that is there."""
        if name in self.place:
            index = self.place[name]
            self.low[index], self.high[index] = max(self.low[index], low), min(self.high[index], high)
            return
        self.place[name] = len(self.place)
        self.low.append(low)
        self.high.append(high)

    def bind(self, plus: Iterable[Hashable], minus: Iterable[Hashable], least: int, most: int) -> None:
        """least ≤ Σ plus − Σ minus ≤ most."""
        added, taken = [self.place[name] for name in plus], [self.place[name] for name in minus]
        self.rows.append((added + taken, [1] * len(added) + [-1] * len(taken), least, most))

    def program(self) -> Program:
        lengths = [len(columns) for columns, *_ in self.rows]
        return Program(
            names=tuple(self.place),
            low=np.array(self.low, np.int64),
            high=np.array(self.high, np.int64),
            row=np.repeat(np.arange(len(self.rows)), lengths),
            column=np.array([column for columns, *_ in self.rows for column in columns], np.int64),
            sign=np.array([sign for _, signs, *_ in self.rows for sign in signs], np.int64),
            least=np.array([least for *_, least, _ in self.rows], np.int64),
            most=np.array([most for *_, most in self.rows], np.int64),
        )


def restrict(program: Program, keep: NDArray[np.bool_]) -> Program:
    """The program of the unknowns in `keep` (n,) and of the rows that bind none but them."""
    kept_row = np.ones(len(program.least), dtype=bool)
    kept_row[program.row[~keep[program.column]]] = False
    used = np.zeros_like(kept_row)
    used[program.row] = True
    kept_row &= used
    entry = kept_row[program.row]
    new_row, new_column = np.cumsum(kept_row) - 1, np.cumsum(keep) - 1
    return Program(
        names=picked(program.names, keep),
        low=program.low[keep],
        high=program.high[keep],
        row=new_row[program.row[entry]],
        column=new_column[program.column[entry]],
        sign=program.sign[entry],
        least=program.least[kept_row],
        most=program.most[kept_row],
    )


def picked(names: Any, keep: NDArray[np.bool_]) -> Any:
    """Those of the names that are in `keep` (n,)."""
    indices = np.flatnonzero(keep)
    return names.take(indices) if hasattr(names, "take") else tuple(names[index] for index in indices)
