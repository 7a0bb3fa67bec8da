"""The names of a program's unknowns as numbers: a wording, a unit and a cell each; read out, they are `Unknown`s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import overload

import numpy as np
import pandas as pd

from pipelines.audit.program import Numbers
from pipelines.audit.unknown import Cell, Unknown, is_count


@dataclass(frozen=True)
class Units:
    """Units of all wordings, (kind, id), each known by its position."""

    names: tuple[tuple[str, str], ...]

    @cached_property
    def place(self) -> dict[tuple[str, str], int]:
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def kind(self) -> np.ndarray:
        """(units,): the kind of each."""
        return np.array([kind for kind, _ in self.names], dtype=object)

    def codes(self, kind: str, ids: pd.Series) -> Numbers:
        """Positions of units of one kind."""
        number, distinct = pd.factorize(ids)
        return np.array([self.place[kind, unit] for unit in distinct], np.int64)[number]


@dataclass(frozen=True)
class Names(Sequence[Unknown]):
    """(n,) names: positions in `wordings` (wave, version), in `units` and in `cells`."""

    wordings: tuple[tuple[str, int], ...]
    units: Units
    cells: tuple[Cell, ...]
    wording: Numbers
    unit: Numbers
    cell: Numbers

    def __len__(self) -> int:
        return len(self.cell)

    @overload
    def __getitem__(self, index: int) -> Unknown: ...
    @overload
    def __getitem__(self, index: slice) -> Names: ...
    def __getitem__(self, index: int | slice) -> Unknown | Names:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        return self.read(self.wording[index], self.unit[index], self.cell[index])

    def __iter__(self) -> Iterator[Unknown]:
        codes = zip(self.wording.tolist(), self.unit.tolist(), self.cell.tolist(), strict=True)
        for wording, unit, cell in codes:
            yield self.read(wording, unit, cell)

    def read(self, wording: int, unit: int, cell: int) -> Unknown:
        """The name with these positions."""
        (wave, version), (kind, name) = self.wordings[wording], self.units.names[unit]
        return Unknown(wave, version, kind, name, self.cells[cell])

    def take(self, indices: Numbers) -> Names:
        """Some of the names."""
        return replace(self, wording=self.wording[indices], unit=self.unit[indices], cell=self.cell[indices])

    @cached_property
    def is_count(self) -> np.ndarray:
        """(n,): the unknown is a count of the city."""
        of_cell = [is_count(cell) for cell in self.cells]
        return np.array(of_cell, dtype=bool)[self.cell]

    @cached_property
    def kind(self) -> np.ndarray:
        """(n,): the kind of each one's unit."""
        return self.units.kind[self.unit]

    @cached_property
    def table(self) -> np.ndarray:
        """(n,): the published table that speaks of each."""
        kinds, at = np.unique(self.units.kind.astype(str), return_inverse=True)
        tables = [[Unknown("", 0, str(kind), "", cell).table for cell in self.cells] for kind in kinds]
        return np.array(tables, dtype=object)[at[self.unit], self.cell]
