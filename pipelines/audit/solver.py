"""The solver's turn: the exact range of one unknown, each end with a witness in whole numbers.

The simplex method bounds an end from outside; a vertex in whole numbers is a city that fits and proves the end from
inside, for every unknown that it puts at its bound. Where the vertex is no city, branch-and-bound may look for one;
what it returns is checked against every row and believed no further (docs/adr/0004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from pipelines.audit.program import UNBOUNDED, Numbers, Program

NEAR = 1e-6
NODES = 2000  # a limit in nodes, so that the outcome never hangs on the machine's speed


@dataclass(frozen=True)
class Range:
    """An unknown lies in low..high; seen_low and seen_high were met by a solution (seen_low > seen_high: none was)."""

    low: int
    high: int
    seen_low: int
    seen_high: int

    @property
    def is_proved(self) -> bool:
        return (self.low, self.high) == (self.seen_low, self.seen_high)


@dataclass(frozen=True)
class Prepared:
    """A program as the solver takes it: equalities apart from inequalities."""

    program: Program
    equal: csr_array
    equals: NDArray[np.float64]
    under: csr_array
    limits: NDArray[np.float64]


def prepare(program: Program) -> Prepared:
    shape = (len(program.least), len(program.names))
    matrix = csr_array((program.sign.astype(float), (program.row, program.column)), shape=shape)
    exact = program.least == program.most
    above, below = ~exact & (program.most < UNBOUNDED), ~exact & (program.least > -UNBOUNDED)
    stacked = csr_array(np.zeros((0, shape[1]))) if not (above | below).any() else _stack(matrix, above, below)
    limits = np.concatenate([program.most[above], -program.least[below]]).astype(float)
    return Prepared(program, matrix[exact], program.most[exact].astype(float), stacked, limits)


def _stack(matrix: csr_array, above: NDArray[np.bool_], below: NDArray[np.bool_]) -> csr_array:
    from scipy.sparse import vstack

    return csr_array(vstack([matrix[above], -matrix[below]]))


def solve_range(prepared: Prepared, unknown: int) -> Range:
    """The exact range of an unknown, given by its index. Raises ArithmeticError where the solver fails."""
    low, seen_low = _solve_end(prepared, unknown, 1)
    high, seen_high = _solve_end(prepared, unknown, -1)
    return Range(low, high, seen_low, seen_high)


def _solve_end(prepared: Prepared, unknown: int, way: int) -> tuple[int, int]:
    """(bound, value of a solution in whole numbers) of the smallest (way 1) or largest (-1) value."""
    program = prepared.program
    goal = np.zeros(len(program.names))
    goal[unknown] = way
    values, least = solve_relaxed(prepared, goal)
    bound = way * int(np.ceil(least - NEAR))
    if is_solution(program, values):
        return bound, round(values[unknown])
    witness = find_witness(prepared, goal)
    nothing = UNBOUNDED * way
    return bound, int(witness[unknown]) if witness is not None else nothing


def meets_bound(prepared: Prepared, unknowns: Numbers, way: int) -> NDArray[np.bool_]:
    """(unknowns,): some solution in whole numbers has it at its lower (way 1) or upper (-1) bound.

    All are pushed at once, then those that were left over, until a solution meets the bound of none.
    """
    program = prepared.program
    bound, met = (program.low if way > 0 else program.high)[unknowns], np.zeros(len(unknowns), dtype=bool)
    while not met.all():
        goal = np.zeros(len(program.names))
        goal[unknowns[~met]] = way
        values, _ = solve_relaxed(prepared, goal)
        new = ~met & (values.round()[unknowns] == bound)
        if not new.any() or not is_solution(program, values):
            break
        met |= new
    return met


def solve_relaxed(prepared: Prepared, goal: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """A vertex (n,) that makes goal · x smallest, whole numbers or not, and that value. Raises ArithmeticError."""
    program = prepared.program
    found = linprog(
        goal,
        A_ub=prepared.under if len(prepared.limits) else None,
        b_ub=prepared.limits if len(prepared.limits) else None,
        A_eq=prepared.equal if len(prepared.equals) else None,
        b_eq=prepared.equals if len(prepared.equals) else None,
        bounds=np.c_[program.low, program.high],
        method="highs-ds",
    )
    if found.status != 0:
        first = program.names[int(np.flatnonzero(goal)[0])]
        raise ArithmeticError(f"the solver gave up on {first}: {found.message}")
    return found.x, float(found.fun)


def find_witness(prepared: Prepared, goal: NDArray[np.float64]) -> Numbers | None:
    """A solution in whole numbers from branch-and-bound, checked row by row; None where none was found."""
    program = prepared.program
    matrix = csr_array(
        (program.sign.astype(float), (program.row, program.column)), shape=(len(program.least), len(goal))
    )
    found = milp(
        goal,
        constraints=LinearConstraint(matrix, program.least, program.most),
        bounds=(program.low, program.high),
        integrality=np.ones(len(goal)),
        options={"node_limit": NODES},
    )
    return found.x.round().astype(np.int64) if found.x is not None and is_solution(program, found.x) else None


def is_solution(program: Program, values: NDArray[np.float64]) -> bool:
    """Whether these are whole numbers that keep every bound and every row."""
    whole = values.round()
    if np.abs(values - whole).max(initial=0) > NEAR:
        return False
    sums = np.bincount(program.row, program.sign * whole[program.column], len(program.least))
    inside = (program.low <= whole).all() and (whole <= program.high).all()
    return bool(inside and (program.least <= sums).all() and (sums <= program.most).all())
