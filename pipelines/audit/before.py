"""The solver's word before a release is let out: a fixed sample of its cells, from the tables that would be said."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.audit.city import build_city
from pipelines.audit.faults import Fault
from pipelines.audit.left import answers_of, thin_cells, tightest
from pipelines.audit.links import links_of
from pipelines.audit.propagation import propagate
from pipelines.audit.said import Said, with_all_tables
from pipelines.audit.sample import ONE_IN, place_unknowns, settle, solve_sample, solve_where_short
from pipelines.policy import Policy
from pipelines.problems import CannotDo
from survey.instrument import Instrument

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Solved:
    """Cells sampled, those in which the passes had the solver's range already, and those with too few candidates."""

    sampled: int
    equal: int
    thin: tuple[Fault, ...]
    seconds: float


def check_with_solver(
    wordings: Sequence[Tables],
    instrument: Instrument,
    policy: Policy,
    one_in: int = ONE_IN,
    policies: Sequence[Policy] = (),
) -> dict[str, Any]:
    """Attack the tables of one wave, every wording of it together, and of the one it is pooled with.

    policies: of each wording, where it isn't the same. Returns figures for the record.

    Raises CannotDo where a cell would keep too few candidates, or where the attack can't be finished: then nothing may
    be released.
    """
    try:
        solved = solve_wordings(wordings, instrument, policy, one_in, policies)
    except ArithmeticError as error:
        raise refused(f"the solver's check could not be finished ({error})") from error
    if solved.thin:
        raise refused(f"the solver leaves too few candidates in {len(solved.thin)} cells, first {solved.thin[0]}")
    return {"sampled": solved.sampled, "equal": solved.equal, "seconds": solved.seconds}


def solve_wordings(
    wordings: Sequence[Tables],
    instrument: Instrument,
    policy: Policy,
    one_in: int = ONE_IN,
    policies: Sequence[Policy] = (),
) -> Solved:
    """The attack itself. Raises ArithmeticError where it can't be finished."""
    started, links = time.perf_counter(), links_of(instrument)
    said = worded(wordings, policies or [policy] * len(wordings))
    program = build_city(said, {one.wave: links for one in said}).program()
    families = {one.wave: links.families() for one in said}
    known = settle(place_unknowns(program, propagate(program), said, families))
    checked = solve_sample(known, one_in)
    low, high = tightest(known.program, [*checked, *solve_where_short(known, checked)])
    thin = thin_cells(known.program, low, high, answers_of(program, said), policy.count("audit.outsider_candidates"))
    equal = sum(one.is_equal for one in checked)
    return Solved(len(checked), equal, tuple(thin), round(time.perf_counter() - started, 3))


def worded(wordings: Sequence[Tables], policies: Sequence[Policy]) -> list[Said]:
    """The tables as wordings of their waves, numbered in the order in which they were said."""
    found: list[Said] = []
    for tables, policy in zip(wordings, policies, strict=True):
        wave = str(tables["pub_wave"]["wave"].iloc[0])
        found.append(Said(wave, 1 + sum(one.wave == wave for one in found), with_all_tables(tables), policy))
    return found


def refused(why: str) -> CannotDo:
    return CannotDo(f"{why}, so nothing is released", next_step="the last release stays; report it if this comes back")
