"""Rows that follow from others and tell the passes more: what lies between two counts adds up as the counts do.

A row at a time misses what several rows say together. Where one count lies within another, what is left between them
is a count too, and a school's is the sum of its grades'; so are the sum of a union's parts, and what that exceeds the
whole by. Written down as unknowns they let the passes follow such chains. The solver needs none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.audit.program import UNBOUNDED, Sheet
from pipelines.audit.said import Said
from pipelines.audit.unknown import BETWEEN, BEYOND, STEPS, TOGETHER, Cell, Unknown

Pair = tuple[Cell, Cell]  # part, whole
Union = tuple[Cell, tuple[Cell, ...]]  # whole, its parts


def add_combined(sheet: Sheet, said: Said, pairs: Iterable[Pair], unions: Iterable[Union]) -> None:
    """The made-up unknowns of one wording, each tied to its counts, then added up over units."""
    mine = [name for name in sheet.place if (name.wave, name.version) == (said.wave, said.version)]
    units = dict.fromkeys(name.at(()) for name in mine)
    made = [name for unit in units for name in (*add_between(sheet, unit, pairs), *add_beyond(sheet, unit, unions))]
    for parent in made:
        add_up(sheet, said, parent)


def add_between(sheet: Sheet, unit: Unknown, pairs: Iterable[Pair]) -> list[Unknown]:
    """What lies between a part and its whole."""
    made = []
    for part, whole in pairs:
        if unit.at(part) in sheet.place and unit.at(whole) in sheet.place:
            made.append(unit.at((BETWEEN, "/".join(part), "/".join(whole))))
            sheet.unknown(made[-1], 0, UNBOUNDED)
            sheet.bind([unit.at(whole)], [unit.at(part), made[-1]], 0, 0)
    return made


def add_beyond(sheet: Sheet, unit: Unknown, unions: Iterable[Union]) -> list[Unknown]:
    """The parts of a union together, and what that is beyond the whole."""
    made = []
    for whole, parts in unions:
        if all(unit.at(cell) in sheet.place for cell in (whole, *parts)):
            together, beyond = (unit.at((kind, "/".join(whole))) for kind in (TOGETHER, BEYOND))
            sheet.unknown(together, 0, UNBOUNDED)
            sheet.unknown(beyond, 0, UNBOUNDED)
            sheet.bind([unit.at(part) for part in parts], [together], 0, 0)
            sheet.bind([together], [unit.at(whole), beyond], 0, 0)
            made += [together, beyond]
    return made


def add_up(sheet: Sheet, said: Said, parent: Unknown) -> None:
    """A made-up unknown is the sum of its children's, where all of these are there."""
    for below, above in STEPS:
        if above == parent.kind:
            units = answering(said, below, said.children[above, parent.unit][below])
            children = [parent._replace(kind=below, unit=unit) for unit in units]
            if children and all(child in sheet.place for child in children):
                sheet.bind(children, [parent], 0, 0)


def answering(said: Said, kind: str, units: Sequence[str]) -> list[str]:
    """The units that can hold an answer."""
    return [unit for unit in units if said.answers(kind, unit)[1] > 0]
