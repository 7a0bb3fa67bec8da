"""One cut keeps classes together: every pile holds one class, and no slip is lost or doubled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from survey.print.imposition import PLACES, impose

sizes = st.lists(st.integers(1, 70), min_size=1, max_size=20)


def stacks_of(counts: list[int]) -> list[list[tuple[int, int]]]:
    return [[(stack, slip) for slip in range(count)] for stack, count in enumerate(counts)]


@given(sizes)
def test_every_pile_is_one_class(counts: list[int]) -> None:
    """Cut at the same place through all sheets of a group, slips of two classes would be mixed."""
    for group in impose(stacks_of(counts)):
        sheets = [group.sheet(row) for row in range(group.height)]
        for place in range(PLACES):
            owners = {cell[0] for sheet in sheets if (cell := sheet[place])}
            assert len(owners) <= 1


@given(sizes)
def test_every_slip_lies_on_one_sheet(counts: list[int]) -> None:
    """A slip left out is a child without a slip; one printed twice is a code used twice."""
    stacks = stacks_of(counts)
    laid = [
        cell for group in impose(stacks) for row in range(group.height) for cell in group.sheet(row) if cell is not None
    ]
    assert sorted(laid) == [slip for stack in stacks for slip in stack]


@given(sizes)
def test_labels_say_how_many_piles_a_class_has(counts: list[int]) -> None:
    """A class spread over two piles whose labels don't say so goes to the lesson short of slips."""
    piles = [pile for group in impose(stacks_of(counts)) for pile in group.piles]
    for stack in range(len(counts)):
        own = [(pile.number, pile.of) for pile in piles if pile.stack == stack]
        assert sorted(own) == [(number, len(own)) for number in range(1, len(own) + 1)]


def test_six_classes_make_one_group_as_high_as_the_largest() -> None:
    """More sheets than that would be wasted paper."""
    groups = impose(stacks_of([58, 61, 40, 60, 59, 57]))
    assert [(len(group.piles), group.height) for group in groups] == [(6, 61)]


def test_one_class_alone_fills_all_six_places() -> None:
    """Printing a class again takes 10 sheets, not 58."""
    (group,) = impose(stacks_of([58]))
    assert (len(group.piles), group.height) == (6, 10)


def test_seventh_class_does_not_open_a_pile_for_nothing() -> None:
    groups = impose(stacks_of([3]))
    assert len(groups[0].piles) == 3
