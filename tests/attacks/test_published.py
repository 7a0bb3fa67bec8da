"""The attack on files: sound against the truth, no tighter than the gate's own, equal to the solver's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from attacks.cities import attacker_of, audit, links_of_cube, publish_cubes, truth_of, truths
from cubes import random_cube

from pipelines.audit.city import answers_behind
from pipelines.audit.program import Program, restrict
from pipelines.audit.propagation import propagate
from pipelines.audit.said import Said
from pipelines.audit.sample import (
    place_unknowns,
    settle,
    solve_apart,
    solve_cells,
    solve_sample,
    solve_together,
    solve_where_short,
)
from pipelines.audit.solver import is_solution
from pipelines.policy import load_policy
from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.signs import load_rules


def with_late_answers(cube: Cube, more: int) -> Cube:
    """Late answers in the first class of each school; two of them say yes to what is asked."""
    classes, yes = cube.classes.copy(), cube.yes.copy()
    rows = classes.drop_duplicates("school_id").index
    classes.loc[rows, ["enrolled", "submitted", "r"]] += more
    told = np.array([fact.code != "avoids" for fact in cube.indicators])  # the places they avoid stay as they are
    yes[rows] += 2 * (cube.asked() & told)[rows]
    return replace(cube, classes=classes, yes=yes)


def with_a_sign_by_late_answers() -> tuple[Cube, Cube]:
    """Five students in each of two calm classes of a grade are hurt for long; then twenty more make one a sign."""
    cube = random_cube(1, schools=1)
    rows = cube.classes.index[cube.classes["grade"] == 8]
    yes, hurt = cube.yes.copy(), [cube.position()[code] for code in ("frequent", "any", "persistent", "words")]
    yes[rows] = 0
    yes[np.ix_(rows[:2], hurt)] = 5
    places = {name: getattr(cube, name).copy() for name in ("place", "place_time", "area")}
    for counts in places.values():
        counts[rows] = 0
    first = replace(cube, yes=yes, **places)
    classes, more = cube.classes.copy(), yes.copy()
    classes.loc[rows[0], ["enrolled", "submitted", "r"]] += 20
    more[rows[0], hurt] += 20
    return first, replace(first, classes=classes, yes=more)


@pytest.fixture(scope="module", params=[0, 2])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cube, Program, list[Said]]:
    """A city, the program of whoever holds all its files, and what they say."""
    cube = random_cube(request.param, schools=5)
    return cube, *attacker_of(publish_cubes(tmp_path_factory.mktemp("city"), [cube]), cube)


def test_the_true_city_is_a_solution_of_the_attackers_program(city: tuple[Cube, Program, list[Said]]) -> None:
    """A program that the truth doesn't solve would prove safety of a city that isn't there."""
    cube, program, _ = city
    truth = truths(cube)
    told = restrict(program, np.array([name.is_count and name.cell[0] != "calm" for name in program.names]))
    assert is_solution(told, np.array([truth_of(name, truth) for name in told.names], float))


def test_files_give_no_tighter_bounds_than_the_gate_saw(city: tuple[Cube, Program, list[Said]]) -> None:
    """The gate's attacker knows r exactly; where other code with less knowledge concludes more, the gate is blind."""
    cube, program, _ = city
    low, high = propagate(program)
    gate = release(cube, [], load_policy(), load_rules()).bounds
    gates = {(row.kind, row.unit_id, row.cell): (row.low, row.high) for row in gate.itertuples()}
    compared = 0
    for index, name in enumerate(program.names):
        if (name.kind, name.unit, "/".join(name.cell[1:])) not in gates:
            continue  # what is stored apart, and calm classes, go by other names there
        floor, ceiling = gates[name.kind, name.unit, "/".join(name.cell[1:])]
        assert low[index] <= floor, name
        assert ceiling <= high[index], name
        compared += 1
    assert compared > 400


def test_the_solver_finds_what_the_passes_find_or_is_believed(city: tuple[Cube, Program, list[Said]]) -> None:
    """Every tenth cell: each end of a range has a city in whole numbers that proves it. Where the passes fall short all
    cells around are solved.
    """
    cube, program, wordings = city
    known = settle(place_unknowns(program, propagate(program), wordings, {cube.wave: links_of_cube(cube).families()}))
    checked = solve_sample(known, one_in=10)
    assert len(checked) > 30
    assert sum(one.is_equal for one in checked) >= 0.98 * len(checked)
    short = {(one.name, one.solved) for one in checked if not one.is_equal}
    assert short <= {(one.name, one.solved) for one in solve_where_short(known, checked)}
    for one in checked:
        assert one.solved.is_proved, one
        assert one.low <= one.solved.low <= one.solved.high <= one.high, one
        assert one.solved.high - one.solved.low + 1 >= min(5, answers_behind(wordings[0], one.name)[1] + 1), one


def test_cells_asked_for_together_have_the_ranges_of_each_by_itself(city: tuple[Cube, Program, list[Said]]) -> None:
    """Every sixth cell. What one solution proves for many at once is what the solver says of each in its own turn."""
    cube, program, wordings = city
    known = settle(place_unknowns(program, propagate(program), wordings, {cube.wave: links_of_cube(cube).families()}))
    wanted = np.flatnonzero(known.count & (known.program.high > known.program.low))[::6].tolist()
    together, apart = ({one.name: one for one in found(known, wanted)} for found in (solve_cells, solve_apart))
    assert together == apart
    assert len(solve_together(known, wanted)) >= 0.9 * len(wanted) > 50


@pytest.mark.parametrize("city", [2], indirect=True)
def test_made_up_unknowns_tell_more_and_never_too_much(city: tuple[Cube, Program, list[Said]]) -> None:
    """What lies between counts narrows some of them further, and the truth stays inside. Control: rows alone don't."""
    cube, program, _ = city
    counts = np.array([name.is_count for name in program.names])
    plain, (low, high) = propagate(restrict(program, counts)), propagate(program)
    assert (plain[0] <= low[counts]).all()
    assert (high[counts] <= plain[1]).all()
    assert (high - low)[counts].sum() <= (plain[1] - plain[0]).sum(), "made-up unknowns never tell less"
    truth = truths(cube)
    for index in np.flatnonzero(counts):
        if program.names[index].cell[0] != "calm":
            assert low[index] <= truth_of(program.names[index], truth) <= high[index], program.names[index]


@pytest.mark.long
def test_a_city_of_two_terms_passes_with_all_files_together(tmp_path: Path) -> None:
    """Every audience, both waves: no cell under five, no friend learns another's answer."""
    cubes = [random_cube(3, schools=4, wave="2025-2")] * 2
    cubes[1] = replace(cubes[0], wave="2026-1")
    report = audit(publish_cubes(tmp_path, cubes)[-1], cubes[0])
    assert report.passed, [str(fault) for fault in report.faults]
    assert min(table.min_candidates for table in report.tables if table.min_candidates) >= 5
    assert report.solver["sampled"] > 20
    assert report.solver["equal"] >= 0.98 * report.solver["sampled"]
    assert report.insider["forced"] == 0


def test_late_answers_that_make_a_class_a_sign_leave_the_truth_possible(tmp_path: Path) -> None:
    """Persistent students of calm classes are of other classes then: more answers, and fewer counted. Tied as one count
    the attack excludes the truth, and where the two contradict each other a good correction can't be released."""
    first, second = with_a_sign_by_late_answers()
    program, wordings = attacker_of(publish_cubes(tmp_path, [first, second]), first)
    assert len(wordings[0].calm - wordings[1].calm) == 1
    low, high = propagate(program)
    for version, truth in ((1, 10), (2, 5)):
        at = next(at for at, name in enumerate(program.names) if name[1:] == (version, "grade", "S0:g8", ("calm",)))
        assert low[at] <= truth <= high[at]


@pytest.mark.long
def test_late_answers_are_attacked_with_the_first_release(tmp_path: Path) -> None:
    """Both wordings of the wave stand in one program, and the truth of both solves it."""
    first = random_cube(2, schools=3)
    second = with_late_answers(first, 12)
    folders = publish_cubes(tmp_path, [first, second])
    program, wordings = attacker_of(folders, first)
    assert [said.version for said in wordings] == [1, 2]
    found = {1: truths(first), 2: truths(second)}
    told = restrict(program, np.array([name.is_count and name.cell[0] != "calm" for name in program.names]))
    assert is_solution(told, np.array([truth_of(name, found[name.version]) for name in told.names], float))
    assert audit(folders[-1], first).passed
