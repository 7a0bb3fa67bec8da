"""What the attack leaves of each cell: candidates, cells with too few of them, figures of each table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.audit.faults import Fault
from pipelines.audit.ground import build_ground
from pipelines.audit.names import Names
from pipelines.audit.program import Numbers, Program
from pipelines.audit.said import Said
from pipelines.audit.sample import Checked
from pipelines.audit.unknown import Unknown, is_count

Ends = tuple[Numbers, Numbers]


@dataclass(frozen=True)
class Attacked:
    """One family of tables after the attack. A protected cell has room for five candidates in its answers."""

    table: str
    cells: int
    protected: int
    recovered: int
    min_candidates: int | None


def tightest(program: Program, checked: Sequence[Checked]) -> Ends:
    """The program's bounds, with the solver's where it found tighter ones."""
    low, high = program.low.copy(), program.high.copy()
    for one in checked:
        low[one.at], high[one.at] = max(low[one.at], one.solved.low), min(high[one.at], one.solved.high)
    return low, high


def answers_of(program: Program, wordings: Sequence[Said]) -> Ends:
    """Least and most answers (n,) that each unknown can rest on, as coverage tells them; 0 for made-up ones."""
    names: Names = program.names
    least, most = (np.zeros(len(names), np.int64) for _ in range(2))
    place = {(said.wave, said.version): build_ground(said, names.units) for said in wordings}
    key = names.wording * len(names.cells) + names.cell
    order = np.argsort(key, kind="stable")
    for here in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        cell = names.cells[names.cell[here[0]]]
        if is_count(cell):
            low, high = place[names.wordings[names.wording[here[0]]]].behind(cell)
            least[here], most[here] = low[names.unit[here]], high[names.unit[here]]
    return least, most


def thin_cells(program: Program, low: Numbers, high: Numbers, answers: Ends, wanted: int) -> list[Fault]:
    """Cells with too few candidates. A unit without answers has none to protect; r itself may be all there is."""
    thin = (high - low + 1 < np.minimum(wanted, answers[1] + 1)) & (answers[1] > 0)
    return [
        fault_of(program.names[index], f"{high[index] - low[index] + 1} candidates left, {wanted} wanted")
        for index in np.flatnonzero(thin)
    ]


def fault_of(name: Unknown, rule: str) -> Fault:
    """A fault that belongs to no file alone: it shows where all are laid together."""
    cell = f"{name.kind}_id={name.unit}, wave={name.wave}, " + ", ".join(name.cell[1:])
    return Fault("all files together", name.table, cell, rule)


def build_figures(program: Program, low: Numbers, high: Numbers, answers: Ends, wanted: int) -> tuple[Attacked, ...]:
    """Cells, protected, recovered and fewest candidates of each table."""
    tables, left, found = program.names.table, high - low + 1, []
    for table in sorted(set(tables)):
        asked = (tables == table) & (answers[1] > 0)
        if not asked.any():  # what only ties others together is no table of its own
            continue
        kept = asked & (answers[1] >= wanted - 1)
        least = int(left[kept].min()) if kept.any() else None
        found.append(Attacked(table, int(asked.sum()), int(kept.sum()), int((left[kept] == 1).sum()), least))
    return tuple(found)
