"""A program under construction over whole tables: every wording's units times its cells, bounds in arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.audit.ground import Ground
from pipelines.audit.names import Names, Units
from pipelines.audit.program import UNBOUNDED, Numbers, Program
from pipelines.audit.unknown import Cell, Unknown

Yes = NDArray[np.bool_]
Bound = Numbers | int
Spoken = tuple[int, Cell]  # a cell of a wording
Sum = tuple[Cell, Numbers]  # a cell over these units


@dataclass(frozen=True)
class Rows:
    """Rows that bind sums: entries (e,) as row, place in the grid and sign; bounds (rows,)."""

    row: Numbers
    place: Numbers
    sign: Numbers
    least: Numbers
    most: Numbers


@dataclass
class Grid:
    """Unknowns by cell: whether they are there, low and high, each (wordings, units). Rows in blocks.

    An unknown's place is (cell · wordings + wording) · units + unit.
    """

    grounds: Sequence[Ground]
    units: Units
    cells: dict[Cell, int] = field(default_factory=dict)
    there: list[Yes] = field(default_factory=list)
    low: list[Numbers] = field(default_factory=list)
    high: list[Numbers] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.grounds), len(self.units.names)

    def has(self, wording: int, *cells: Cell) -> Yes:
        """(units,): all these cells are there."""
        nowhere = np.zeros(self.shape[1], dtype=bool)
        found = [self.there[self.cells[cell]][wording] if cell in self.cells else nowhere for cell in cells]
        return np.logical_and.reduce(found)

    def has_any(self, wording: int, cells: Sequence[Cell]) -> Yes:
        """(units,): some of these cells is there."""
        return np.logical_or.reduce([np.zeros(self.shape[1], dtype=bool), *(self.has(wording, cell) for cell in cells)])

    def said_cells(self, wording: int) -> list[Cell]:
        """The cells that the wording speaks of anywhere."""
        return [cell for cell, column in self.cells.items() if self.there[column][wording].any()]

    def say(self, wording: int, cell: Cell, units: Numbers, low: Bound, high: Bound) -> None:
        """Unknowns of one cell, new ones or tighter bounds of those that are there."""
        if cell not in self.cells:
            self.cells[cell] = len(self.cells)
            self.there.append(np.zeros(self.shape, dtype=bool))
            self.low.append(np.full(self.shape, -UNBOUNDED, np.int64))
            self.high.append(np.full(self.shape, UNBOUNDED, np.int64))
        column = self.cells[cell]
        self.there[column][wording, units] = True
        np.maximum.at(self.low[column][wording], units, low)
        np.minimum.at(self.high[column][wording], units, high)

    def places(self, wording: int, cell: Cell, units: Numbers) -> Numbers:
        """Where the unknowns of a cell stand."""
        return (self.cells[cell] * self.shape[0] + wording) * self.shape[1] + units

    def bind_each(
        self, units: Numbers, plus: Sequence[Spoken], minus: Sequence[Spoken], least: Bound, most: Bound
    ) -> None:
        """A row in each unit: least ≤ Σ plus − Σ minus ≤ most, over those of the cells that are there."""
        if not len(units):
            return  # of a cell that no contract's table speaks of there isn't even a name
        rows, places, signs = [], [], []
        for sign, spoken in ((1, plus), (-1, minus)):
            for wording, cell in spoken:
                here = np.flatnonzero(self.has(wording, cell)[units])
                rows.append(here)
                places.append(self.places(wording, cell, units[here]))
                signs.append(np.full(len(here), sign))
        self.bind_rows(len(units), rows, places, signs, least, most)

    def bind_one(self, wording: int, plus: Sequence[Sum], minus: Sequence[Sum], least: int, most: int) -> None:
        """One row over sums of one cell each."""
        places = [self.places(wording, cell, units) for cell, units in (*plus, *minus)]
        signs = [np.full(len(units), sign) for sign, sums in ((1, plus), (-1, minus)) for _, units in sums]
        self.bind_rows(1, [np.zeros(len(part), np.int64) for part in places], places, signs, least, most)

    def bind_children(self, wording: int, cell: Cell, parents: Numbers, children: Numbers, home: Numbers) -> None:
        """A row for each parent (p,): it is the sum of its children; home: of each child, the parent's unit."""
        row = np.full(self.shape[1], -1)
        row[parents] = np.arange(len(parents))
        places = [self.places(wording, cell, part) for part in (children, parents)]
        signs = [np.ones(len(children), np.int64), -np.ones(len(parents), np.int64)]
        self.bind_rows(len(parents), [row[home], row[parents]], places, signs, 0, 0)

    def bind_rows(
        self,
        count: int,
        rows: Sequence[Numbers],
        places: Sequence[Numbers],
        signs: Sequence[Numbers],
        least: Bound,
        most: Bound,
    ) -> None:
        """`count` rows in one block; entries in pieces, least and most (count,) or the same for all."""
        ends = [np.broadcast_to(np.asarray(end, np.int64), count) for end in (least, most)]
        if count:
            self.rows.append(Rows(joined(rows), joined(places), joined(signs), *ends))

    def unknown(self, name: Unknown, low: int, high: int) -> None:
        """One unknown, new or bound tighter."""
        self.say(self.number(name), name.cell, self.one(name), low, high)

    def bind(self, plus: Iterable[Unknown], minus: Iterable[Unknown], least: int, most: int) -> None:
        """One row: least ≤ Σ plus − Σ minus ≤ most."""
        signed = [(name, 1) for name in plus] + [(name, -1) for name in minus]
        places = [self.places(self.number(name), name.cell, self.one(name)) for name, _ in signed]
        signs = np.array([sign for _, sign in signed], np.int64)
        self.bind_rows(1, [np.zeros(len(signed), np.int64)], places, [signs], least, most)

    def __contains__(self, name: Unknown) -> bool:
        return bool(self.has(self.number(name), name.cell)[self.one(name)[0]])

    def number(self, name: Unknown) -> int:
        """The wording that a name speaks of, by position."""
        waves = [(ground.said.wave, ground.said.version) for ground in self.grounds]
        return waves.index((name.wave, name.version))

    def one(self, name: Unknown) -> Numbers:
        return np.array([self.units.place[name.kind, name.unit]])

    def program(self) -> Program:
        """The program, unknowns in the order of cells, wordings and units."""
        cells = sorted(self.cells)
        order = [self.cells[cell] for cell in cells]
        there, low, high = (stacked(bound, order, self.shape) for bound in (self.there, self.low, self.high))
        at = np.nonzero(there)
        number = np.full(there.shape, -1)
        number[at] = np.arange(len(at[0]))
        by_place = number[np.argsort(order)].reshape(-1)
        starts = np.cumsum([0, *(len(rows.least) for rows in self.rows)])
        said = tuple((ground.said.wave, ground.said.version) for ground in self.grounds)
        return Program(
            names=Names(said, self.units, tuple(cells), wording=at[1], unit=at[2], cell=at[0]),
            low=low[at],
            high=high[at],
            row=joined([rows.row + start for rows, start in zip(self.rows, starts, strict=False)]),
            column=by_place[joined([rows.place for rows in self.rows])],
            sign=joined([rows.sign for rows in self.rows]),
            least=joined([rows.least for rows in self.rows]),
            most=joined([rows.most for rows in self.rows]),
        )


def stacked(columns: Sequence[NDArray[Any]], order: Sequence[int], shape: tuple[int, int]) -> NDArray[Any]:
    """(cells, wordings, units), the cells in this order."""
    return np.array([columns[column] for column in order]).reshape(-1, *shape)


def joined(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, np.int64), *parts])
