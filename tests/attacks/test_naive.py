"""Attacks that work: each is run on a release as often made, where it must succeed, and on ours, where it must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from attacks.naive import (
    SMALL,
    TOTAL,
    Counts,
    coarsen_what_failed,
    hide_next_smallest,
    hide_small,
    margins,
    round_centred,
    write_program,
)

from pipelines.audit.program import Program, Sheet
from pipelines.audit.propagation import propagate
from pipelines.audit.sample import tell
from pipelines.audit.solver import Range, find_witness, meets_bound, prepare, solve_range
from pipelines.audit.unknown import Unknown
from pipelines.release.windows import Widths, cut_windows


def recovered_share(program: Program, blank: list[object]) -> tuple[float, float]:
    """Shares of the blank cells that a solver gives back exactly, and that keep fewer than five candidates."""
    prepared = prepare(program)
    ranges = [solve_range(prepared, program.names.index(cell)) for cell in blank]
    exact = sum(one.low == one.high for one in ranges)
    thin = sum(one.high - one.low + 1 < 5 for one in ranges)
    return exact / len(blank), thin / len(blank)


def small_table(seed: int, shape: tuple[int, int, int]) -> Counts:
    """Grades × classes × places: most cells small, some empty."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(1.2, 4, size=(1, 1, shape[2])), size=shape).astype(np.int64)


def blank_cells(table: Counts, known: dict[tuple[int, ...], tuple[int, int]]) -> list[object]:
    return [cell for cell in margins(table) if TOTAL not in cell and known[cell][0] != known[cell][1]]


@pytest.mark.parametrize("shape", [(3, 6, 6), (2, 6, 6)])
@pytest.mark.parametrize("marked", [False, True])
def test_control_hiding_small_cells_gives_many_back(shape: tuple[int, int, int], marked: bool) -> None:
    """The margins give blank cells back, more of them when a blank says "<5"."""
    shares = []
    for seed in range(2):
        table = small_table(seed, shape)
        known = hide_small(table, marked)
        shares.append(recovered_share(write_program(table, known), blank_cells(table, known))[0])
    assert 0.08 <= np.mean(shares) <= 0.82


def test_control_a_second_blank_by_next_smallest_is_not_enough() -> None:
    """One more blank per line stops plain subtraction, and leaves cells with few candidates."""
    thin = []
    for seed in range(2):
        table = small_table(seed, (2, 6, 6))
        known = hide_next_smallest(table)
        thin.append(recovered_share(write_program(table, known), blank_cells(table, known))[1])
    assert np.mean(thin) > 0.1


def windows_of(table: Counts) -> dict[tuple[int, ...], tuple[int, int]]:
    """The same table by our rule: bands for the cells of the last axis's total, windows from below above them."""
    known: dict[tuple[int, ...], tuple[int, int]] = {}
    low, high = np.zeros(table.shape[:2], np.int64), np.full(table.shape[:2], 60)
    for grade, school in np.ndindex(*table.shape[:2]):
        count = table[grade, school].sum()
        ends = (0, 5) if count < 6 else (6, 10) if count < 11 else (11, 60)
        low[grade, school], high[grade, school] = ends
        known[grade, school, TOTAL] = ends
    for grade in range(table.shape[0]):
        total = np.array([table[grade].sum()])
        ends_of = cut_windows(np.array([low[grade].sum()]), np.array([high[grade].sum()]), total, Widths())
        known[grade, TOTAL, TOTAL] = int(ends_of[0][0]), int(ends_of[1][0])
    return known


@pytest.mark.parametrize("shape", [(3, 6, 6), (2, 6, 6)])
def test_windows_from_below_give_nothing_back(shape: tuple[int, int, int]) -> None:
    """The same tables and the same solver: no cell is exact, none keeps fewer than five."""
    for seed in range(2):
        table = small_table(seed, shape)
        known = windows_of(table)
        assert recovered_share(write_program(table, known), list(known)) == (0.0, 0.0)


def parent_and_classes(seed: int) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Counts of four classes, and the bands they are published as."""
    counts = np.random.default_rng(seed).binomial(40, 0.13, size=4)
    bands = [(0, 5) if count < 6 else (6, 10) if count < 11 else (11, 40) for count in counts]
    return tuple(int(count) for count in counts), tuple(bands)


def test_control_centred_rounding_of_a_parent_leaves_too_few() -> None:
    """A parent rounded to the nearest five and its children's bands meet in fewer than five counts now and then."""
    thin = 0
    for seed in range(400):
        counts, bands = parent_and_classes(seed)
        window = round_centred(sum(counts))
        low, high = sum(low for low, _ in bands), sum(high for _, high in bands)
        thin += min(high, window[1]) - max(low, window[0]) + 1 < 5
    assert 0.02 < thin / 400 < 0.4


def test_control_what_was_coarsened_is_given_back() -> None:
    """An attacker who repeats the repair for every total it could be finds out why it was done."""
    given_back = repaired = 0
    for seed in range(3000):
        counts, bands = parent_and_classes(seed)
        said = coarsen_what_failed(counts, bands)
        low, high = sum(low for low, _ in bands), sum(high for _, high in bands)
        if said[-1][1] - said[-1][0] < 9:
            continue
        repaired += 1
        fit = [total for total in range(low, high + 1) if coarsen_what_failed((total, 0, 0, 0), bands) == said]
        given_back += len(fit) < 5
    assert repaired > 5
    assert given_back / repaired > 0.5


def test_replaying_our_rule_for_every_count_tells_the_window_and_no_more() -> None:
    """Minimality: every count of the published window would have been published the same way."""
    for seed in range(200):
        counts, bands = parent_and_classes(seed)
        low, high = sum(low for low, _ in bands), sum(high for _, high in bands)
        every = np.arange(low, high + 1)
        ends = cut_windows(np.full_like(every, low), np.full_like(every, high), every, Widths())
        mine = (ends[0][sum(counts) - low], ends[1][sum(counts) - low])
        same = every[(ends[0] == mine[0]) & (ends[1] == mine[1])]
        assert (same.min(), same.max()) == mine
        assert len(same) == mine[1] - mine[0] + 1 >= 5


def class_program(ends: tuple[int, int]) -> Program:
    sheet = Sheet()
    sheet.unknown(Unknown("2026-1", 1, "class", "c", ("indicator", "frequent")), *ends)
    return sheet.program()


def test_four_friends_force_a_lowest_band_of_five_and_not_one_of_six() -> None:
    """0–4: four who all said yes know that nobody else did. 0–5: one other may have."""
    assert [left for _, left in tell(class_program((0, 4)), 0, 30, yes=True)] == [1]
    assert [left for _, left in tell(class_program((0, 5)), 0, 30, yes=True)] == [2]


def two_hierarchies(district: tuple[int, int], cluster: tuple[int, int]) -> Program:
    """Three schools in a district, two of them in a cluster too; nothing said of a school."""
    sheet = Sheet()
    for school in ("a", "b", "c"):
        sheet.unknown(school, 0, 30)
    sheet.unknown("district", *district)
    sheet.unknown("cluster", *cluster)
    sheet.bind(["a", "b", "c"], ["district"], 0, 0)
    sheet.bind(["a", "b"], ["cluster"], 0, 0)
    return sheet.program()


def test_two_hierarchies_over_the_same_schools_subtract() -> None:
    """Each total is five wide alone; the difference is a school. Ours cuts the upper from what the lower said."""
    program = two_hierarchies((20, 24), (20, 24))
    school = solve_range(prepare(program), program.names.index("c"))
    assert (school.low, school.high) == (0, 4)
    cluster = cut_windows(np.array([0]), np.array([60]), np.array([22]), Widths())
    floor, ceiling = int(cluster[0][0]), int(cluster[1][0])
    district = cut_windows(np.array([floor]), np.array([ceiling + 30]), np.array([22]), Widths())
    ours = prepare(two_hierarchies((int(district[0][0]), int(district[1][0])), (floor, ceiling)))
    found = [solve_range(ours, index) for index in range(5)]
    assert all(one.high - one.low + 1 >= 5 for one in found)


def single_child(parent: tuple[int, int], child: tuple[int, int]) -> Program:
    sheet = Sheet()
    sheet.unknown("parent", *parent)
    sheet.unknown("child", *child)
    sheet.bind(["child"], ["parent"], 0, 0)
    return sheet.program()


def test_a_singleton_is_its_parent() -> None:
    """One child and its parent, cut each on its own, meet in three counts; from below the parent says nothing new."""
    low, high = propagate(single_child((5, 9), (6, 10)))
    assert (high - low + 1 == 4).all()
    ends = cut_windows(np.array([6]), np.array([10]), np.array([8]), Widths())
    low, high = propagate(single_child((int(ends[0][0]), int(ends[1][0])), (6, 10)))
    assert (high - low + 1 == 5).all()


def test_a_parent_less_its_children_is_the_hidden_child() -> None:
    """The control of all: exact parent, one blank child."""
    sheet = Sheet()
    sheet.unknown("parent", 40, 40)
    for child, ends in (("a", (17, 17)), ("b", (20, 20)), ("c", (0, 30))):
        sheet.unknown(child, *ends)
    sheet.bind(["a", "b", "c"], ["parent"], 0, 0)
    low, high = propagate(sheet.program())
    assert (low[3], high[3]) == (3, 3)


def multiple_choice(whole: tuple[int, int], parts: list[tuple[int, int]]) -> Program:
    """Students who ticked any of the options, and those who ticked each."""
    sheet = Sheet()
    sheet.unknown("any", *whole)
    for option, ends in enumerate(parts):
        sheet.unknown(option, *ends)
        sheet.bind([option], ["any"], -100, 0)
    sheet.bind(["any"], range(len(parts)), -100, 0)
    return sheet.program()


def test_totals_of_a_multiple_choice_bound_what_is_hidden() -> None:
    """Everybody who ticked anything ticked something: the blank option is at least what the others leave."""
    low, high = propagate(multiple_choice((20, 20), [(9, 9), (7, 7), (0, 4)]))
    assert (low[3], high[3]) == (4, 4)
    low, high = propagate(multiple_choice((18, 22), [(6, 10), (6, 10), (0, 5)]))
    assert (high - low + 1 >= 5).all()


@pytest.mark.parametrize("seed", range(4))
def test_solver_and_passes_agree_on_trees(seed: int) -> None:
    """On a tree the passes are exact; each end the solver finds is met by whole numbers, checked row by row."""
    table = small_table(seed, (3, 4, 2))
    known = windows_of(table)
    program = write_program(table[:, :, :1], {cell: known[cell] for cell in known})
    tree = tree_program(table, known)
    low, high = propagate(tree)
    prepared = prepare(tree)
    for index in range(len(tree.names)):
        one = solve_range(prepared, index)
        assert one.is_proved
        assert (one.low, one.high) == (low[index], high[index])
    assert len(program.names) > len(tree.names)


def tree_program(table: Counts, known: dict[tuple[int, ...], tuple[int, int]]) -> Program:
    """Classes and grades alone."""
    sheet = Sheet()
    for cell, ends in known.items():
        sheet.unknown(cell, *ends)
    for grade in range(table.shape[0]):
        children = [(grade, school, TOTAL) for school in range(table.shape[1])]
        sheet.bind(children, [(grade, TOTAL, TOTAL)], 0, 0)
    return sheet.program()


def test_a_witness_is_believed_only_after_every_row_was_checked() -> None:
    """What branch-and-bound returns for a program without solution is nothing, not a number."""
    sheet = Sheet()
    sheet.unknown("a", 0, 3)
    sheet.unknown("b", 0, 3)
    sheet.bind(["a", "b"], [], 9, 9)
    assert find_witness(prepare(sheet.program()), np.array([1.0, 0.0])) is None
    with pytest.raises(ArithmeticError):
        propagate(sheet.program())
    with pytest.raises(ArithmeticError):
        solve_range(prepare(replace(sheet.program())), 0)


def test_bounds_are_met_together_only_where_a_solution_stands_for_each() -> None:
    """a + b = c with c in 3..4: b reaches both its ends; a neither, for its bounds were drawn too wide."""
    sheet = Sheet()
    for name, low, high in (("a", 0, 5), ("b", 0, 2), ("c", 3, 4)):
        sheet.unknown(name, low, high)
    sheet.bind(["a", "b"], ["c"], 0, 0)
    prepared = prepare(sheet.program())
    for way in (1, -1):
        together, apart = (meets_bound(prepared, np.array(asked), way).tolist() for asked in ([0, 1, 2], [1]))
        assert (together[0], together[2], apart) == (False, True, [True])
    assert solve_range(prepared, 0) == Range(1, 4, 1, 4)


def test_small_means_under_five() -> None:
    """The rule the controls attack is the usual one."""
    assert SMALL == 5
