"""A fixed sample of unknowns, each in the part of the city that speaks of it: the solver's turn, and four friends'."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.audit.names import Names
from pipelines.audit.pooled import waves_joined
from pipelines.audit.program import Numbers, Program, restrict
from pipelines.audit.propagation import propagate
from pipelines.audit.said import Said
from pipelines.audit.solver import Range, meets_bound, prepare, solve_range
from pipelines.audit.unknown import Cell, Unknown, is_count

ONE_IN = 50  # the fixed 2 %
ABOVE = ("city", "district", "cluster")
FRIENDS = 4
FRIENDS_CLASSES = 12  # classes whose four friends are asked, the same ones every time


@dataclass(frozen=True)
class Known:
    """A program after the passes, and where each unknown (n,) belongs.

    program: its bounds are what the passes concluded. home: its school, as a number; what stands above schools has one
    of its own. group: a number for the cells that rows join it with. top: it speaks of a whole school or more. count:
    it is no made-up one. cluster: of each school.
    """

    program: Program
    home: Numbers
    group: Numbers
    top: NDArray[np.bool_]
    count: NDArray[np.bool_]
    cluster: Mapping[str, str]

    def near(self, index: int) -> NDArray[np.bool_]:
        """The neighbourhood of an unknown: its school, every school's total, all above; only cells joined with it."""
        same = self.group == self.group[index]
        return same & ((self.home == self.home[index]) | self.top)


@dataclass(frozen=True)
class Checked:
    """A sampled unknown, at this position of the program: what the passes concluded, and what the solver did."""

    at: int
    name: Unknown
    low: int
    high: int
    solved: Range

    @property
    def is_equal(self) -> bool:
        return (self.low, self.high) == (self.solved.low, self.solved.high)


def place_unknowns(
    program: Program,
    bounds: tuple[Numbers, Numbers],
    wordings: Sequence[Said],
    families: Mapping[str, Mapping[str, frozenset[str]]],
) -> Known:
    """The program with the passes' bounds, and each unknown's school and group; `families` by wave."""
    names: Names = program.names
    narrowed = replace(program, low=bounds[0], high=bounds[1])
    cluster = {school: unit for said in wordings for school, unit in said.cluster.items()}
    return Known(
        narrowed,
        home=number_homes(names, wordings),
        group=number_groups(names, waves_joined(wordings), families),
        top=np.isin(names.kind, (*ABOVE, "school")),
        count=names.is_count,
        cluster=cluster,
    )


def number_homes(names: Names, wordings: Sequence[Said]) -> Numbers:
    """(n,): a number for the school of each unknown; what stands above schools has one of its own."""
    by_name = {(said.wave, said.version): said for said in wordings}
    key, at = np.unique(names.wording * len(names.units.names) + names.unit, return_inverse=True)
    spoken = [divmod(int(one), len(names.units.names)) for one in key]
    homes = [school_of(by_name[names.wordings[wording]], *names.units.names[unit]) for wording, unit in spoken]
    return numbered(homes)[at]


def number_groups(
    names: Names, joined: Mapping[str, str], families: Mapping[str, Mapping[str, frozenset[str]]]
) -> Numbers:
    """(n,): a number for the cells that rows join with each unknown's."""
    groups = [
        f"{joined[wave]}:{cell_group(cell, families[wave])}" for wave, _ in names.wordings for cell in names.cells
    ]
    return numbered(groups)[names.wording * len(names.cells) + names.cell]


def numbered(names: Sequence[str]) -> Numbers:
    """A number for each name, in their order: comparing names would take most of the attack's time."""
    return np.unique(np.array(names, dtype=str), return_inverse=True)[1].astype(np.int64)


def school_of(said: Said, kind: str, unit: str) -> str:
    """The school a class, a grade or a school belongs to."""
    grade = said.parent["class", unit] if kind == "class" else unit
    return "" if kind in ABOVE else grade if kind == "school" else said.parent["grade", grade]


def cell_group(name: Cell, families: Mapping[str, frozenset[str]]) -> str:
    """Cells that rows join: an indicator's family; all place tables together with `avoids`."""
    cell = name if is_count(name) else name[-1].split("/")
    code = "persistent" if cell[0] == "calm" else cell[-1] if cell[0].endswith("indicator") else "avoids"
    return min(families.get(code, frozenset([code])))


def sampled(names: Names, wanted: Sequence[int], one_in: int) -> list[int]:
    """The same cells every time, whatever the order: chosen by their names, wave to cell."""
    heads = [f"{wave}|{version}|".encode() for wave, version in names.wordings]
    units = ["|".join(unit).encode() for unit in names.units.names]
    tails = ["".join(f"|{part}" for part in cell).encode() for cell in names.cells]
    codes = zip(wanted, *(part[wanted].tolist() for part in (names.wording, names.unit, names.cell)), strict=True)
    return [
        index
        for index, wording, unit, cell in codes
        if zlib.crc32(heads[wording] + units[unit] + tails[cell]) % one_in == 0
    ]


def settle(known: Known) -> Known:
    """The passes' bounds with the solver's, where several totals share units: what stands above schools, and schools
    that a cluster's table speaks of. No row at a time is sure to be exact there.
    """
    program = known.program
    names: Names = program.names
    clusters = {names.units.names[unit][1] for unit in np.unique(names.unit[names.kind == "cluster"])}
    shared = np.array([kind in ABOVE or known.cluster.get(unit) in clusters for kind, unit in names.units.names])
    checked = solve_cells(
        known, np.flatnonzero(shared[names.unit] & known.count & (program.high > program.low)).tolist()
    )
    low, high = program.low.copy(), program.high.copy()
    for one in checked:
        low[one.at], high[one.at] = one.solved.low, one.solved.high
    low, high = propagate(replace(program, low=low, high=high))
    return replace(known, program=replace(program, low=low, high=high))


def solve_sample(known: Known, one_in: int = ONE_IN) -> list[Checked]:
    """The solver's range of every sampled unknown, beside the bounds known so far."""
    program = known.program
    wanted = np.flatnonzero(known.count & (program.high > program.low)).tolist()
    return solve_cells(known, sampled(program.names, wanted, one_in))


def solve_where_short(known: Known, checked: Sequence[Checked]) -> list[Checked]:
    """The ranges of all cells of every neighbourhood in which a sampled cell's bounds fell short of the solver's."""
    keys = {(known.group[one.at], known.home[one.at]) for one in checked if not one.is_equal}
    wanted = np.flatnonzero(known.count & (known.program.high > known.program.low)).tolist()
    return solve_cells(known, [index for index in wanted if (known.group[index], known.home[index]) in keys])


def solve_cells(known: Known, wanted: Sequence[int]) -> list[Checked]:
    """The solver's range of the wanted unknowns. What lies outside a neighbourhood enters as the bounds known so far.

    Raises ArithmeticError where the solver fails: no range, no release.
    """
    met = set(solve_together(known, wanted))
    program = known.program
    proved = [
        Checked(index, program.names[index], low, high, Range(low, high, low, high))
        for index in sorted(met)
        for low, high in [(int(program.low[index]), int(program.high[index]))]
    ]
    return proved + solve_apart(known, [index for index in wanted if index not in met])


def solve_together(known: Known, wanted: Sequence[int]) -> list[int]:
    """Those whose bounds, both of them, some city meets: then the passes' range is exact, and each by itself has it.

    Cells joined by rows are asked for at once, over all schools: a handful of programs proves thousands of bounds.
    """
    found: list[int] = []
    for indices in alike(wanted, known.group):
        joined = (known.group == known.group[indices[0]]) & known.count
        prepared, position = prepare(restrict(known.program, joined)), np.cumsum(joined) - 1
        at = position[indices]
        met = meets_bound(prepared, at, 1) & meets_bound(prepared, at, -1)
        found += np.array(indices)[met].tolist()
    return found


def solve_apart(known: Known, wanted: Sequence[int]) -> list[Checked]:
    """The solver's range of each unknown in its own neighbourhood."""
    program, found = known.program, []
    schools = known.home.max(initial=0) + 1
    for indices in alike(wanted, known.group * schools + known.home):
        near = known.near(indices[0]) & known.count
        prepared, position = prepare(restrict(program, near)), np.cumsum(near) - 1
        for index in indices:
            solved = solve_range(prepared, int(position[index]))
            found.append(
                Checked(index, program.names[index], int(program.low[index]), int(program.high[index]), solved)
            )
    return found


def alike(wanted: Sequence[int], key: Numbers) -> Iterator[list[int]]:
    """The wanted unknowns, those with one key together."""
    groups: dict[int, list[int]] = {}
    for index in wanted:
        groups.setdefault(int(key[index]), []).append(index)
    return (groups[key] for key in sorted(groups))


def friends_candidates(known: Known, seats: Mapping[tuple[str, int, str], int]) -> list[tuple[Unknown, int]]:
    """(cell, candidates left for the others) once four friends in one class told each other one answer.

    seats: (wave, version, class) looked at → fewest answers the class can have. Every indicator of the class, all
    four yes and all four no; told are the cells whose bounds that moves, in the class, in its school and above.
    """
    found, names = [], known.program.names
    for index in np.flatnonzero(names.kind == "class").tolist():
        name = names[index]
        answers = seats.get((name.wave, name.version, name.unit))
        if answers is not None:
            near = known.near(index)
            local, at = restrict(known.program, near), int(np.cumsum(near)[index]) - 1
            found += [left for yes in (True, False) for left in tell(local, at, answers, yes)]
    return found


def tell(local: Program, at: int, answers: int, yes: bool) -> list[tuple[Unknown, int]]:
    """(cell, candidates of the others) after four said all yes, or all no, to what unknown `at` counts."""
    low, high = local.low.copy(), local.high.copy()
    low[at] = max(low[at], FRIENDS) if yes else low[at]
    high[at] = high[at] if yes else min(high[at], answers - FRIENDS)
    if low[at] > high[at]:
        return []  # all four cannot have said so
    after_low, after_high = propagate(replace(local, low=low, high=high))
    moved = (after_low != local.low) | (after_high != local.high)
    moved[at] = True
    moved &= np.array([name.is_count for name in local.names], dtype=bool)
    return [(local.names[index], int(after_high[index] - after_low[index] + 1)) for index in np.flatnonzero(moved)]


def sample_seats(wordings: Sequence[Said]) -> dict[tuple[str, int, str], int]:
    """Classes whose friends are asked: spread over the list of those with room for five, their fewest answers."""
    found = {}
    for said in wordings:
        seats = sorted((unit, low) for unit, (low, _) in said.class_answers.items() if low > FRIENDS)
        for unit, low in seats[:: max(1, len(seats) // FRIENDS_CLASSES)]:
            found[said.wave, said.version, unit] = low
    return found
