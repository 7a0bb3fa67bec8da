"""Rows that follow from others and tell the passes more: what lies between two counts adds up as the counts do.

A row at a time misses what several rows say together. Where one count lies within another, what is left between them
is a count too, and a school's is the sum of its grades'; so are the sum of a union's parts, and what that exceeds the
whole by. Written down as unknowns they let the passes follow such chains. The solver needs none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.audit.grid import Grid
from pipelines.audit.links import Links
from pipelines.audit.program import UNBOUNDED
from pipelines.audit.unknown import BETWEEN, BEYOND, STEPS, TOGETHER, Cell

Pair = tuple[Cell, Cell]  # part, whole
Union = tuple[Cell, tuple[Cell, ...]]  # whole, its parts
AVOIDS: Cell = ("indicator", "avoids")


def nested_cells(grid: Grid, wording: int, links: Links) -> tuple[list[Pair], list[Union]]:
    """Cells within others, and cells that are made up of others: indicators, avoided places, a place's times."""
    cells = grid.said_cells(wording)
    avoided = tuple(cell for cell in cells if cell[:2] == ("place", "avoided"))
    pairs: list[Pair] = [(("indicator", part), ("indicator", whole)) for part, whole in links.within]
    pairs += [(cell, AVOIDS) for cell in avoided]
    pairs += [(cell, ("place", "happens", cell[1])) for cell in cells if cell[0] == "place_time"]
    unions: list[Union] = [
        (("indicator", whole), tuple(("indicator", part) for part in parts)) for whole, parts in links.unions
    ]
    return pairs, [*unions, (AVOIDS, avoided)] if avoided else unions


def add_combined(grid: Grid, wording: int, pairs: Sequence[Pair], unions: Sequence[Union]) -> None:
    """The made-up unknowns of one wording, each tied to its counts, then added up over units."""
    made = [add_between(grid, wording, *pair) for pair in pairs]
    for union in unions:
        made += add_beyond(grid, wording, *union)
    for cell in made:
        add_up(grid, wording, cell)


def add_between(grid: Grid, wording: int, part: Cell, whole: Cell) -> Cell:
    """What lies between a part and its whole."""
    made = (BETWEEN, "/".join(part), "/".join(whole))
    units = np.flatnonzero(grid.has(wording, part, whole))
    grid.say(wording, made, units, 0, UNBOUNDED)
    grid.bind_each(units, [(wording, whole)], [(wording, part), (wording, made)], 0, 0)
    return made


def add_beyond(grid: Grid, wording: int, whole: Cell, parts: tuple[Cell, ...]) -> tuple[Cell, Cell]:
    """The parts of a union together, and what that is beyond the whole."""
    together, beyond = (TOGETHER, "/".join(whole)), (BEYOND, "/".join(whole))
    units = np.flatnonzero(grid.has(wording, whole, *parts))
    for made in (together, beyond):
        grid.say(wording, made, units, 0, UNBOUNDED)
    grid.bind_each(units, [(wording, part) for part in parts], [(wording, together)], 0, 0)
    grid.bind_each(units, [(wording, together)], [(wording, whole), (wording, beyond)], 0, 0)
    return together, beyond


def add_up(grid: Grid, wording: int, cell: Cell) -> None:
    """A made-up unknown is the sum of its children's, where all of these that can hold an answer are there."""
    there, answering = grid.has(wording, cell), grid.grounds[wording].answers()[1] > 0
    for below, above in STEPS:
        home = grid.grounds[wording].home(below, above)
        children = (home >= 0) & answering
        wanted = np.bincount(home[children], minlength=len(there))
        found = np.bincount(home[children & there], minlength=len(there))
        complete = there & (grid.units.kind == above) & (wanted > 0) & (found == wanted)
        mine = np.flatnonzero(children & complete[home])
        grid.bind_children(wording, cell, np.flatnonzero(complete), mine, home[mine])
