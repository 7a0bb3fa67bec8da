"""Where slips lie on the sheets, so that one cut leaves every class in a pile of its own.

A sheet holds six slips. Six classes of about the same size form a group, and each class owns one place on every
sheet of the group: its slips lie on top of each other through the stack. The stack is cut three times (twice across,
once down), and each of the six piles is one class; nothing is sorted, so nobody looks at codes. The group's first
sheet holds six envelope labels, which end up on top of the piles.

        sheet 1 (labels)    sheet 2           sheet 3
        | A | B |           | A1 | B1 |       | A2 | B2 |
        | C | D |           | C1 | D1 |       | C2 | D2 |       → piles A, B, C, D, E, F
        | E | F |           | E1 | F1 |       | E2 | F2 |

Classes are taken by size, so that short piles waste little. Where fewer than six classes are left, the largest piles
are spread over the free places; each pile still belongs to one class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

PLACES = 6
Slip = TypeVar("Slip")


@dataclass(frozen=True)
class Pile(Generic[Slip]):
    """Slips of one class under each other. `stack`: the class's index; pile `number` of `of`."""

    stack: int
    number: int
    of: int
    slips: tuple[Slip, ...]


@dataclass(frozen=True)
class Group(Generic[Slip]):
    """Sheets that are cut together: up to six piles, one for each place, free places left out."""

    piles: tuple[Pile[Slip], ...]

    @property
    def height(self) -> int:
        """Sheets below the labels."""
        return max(len(pile.slips) for pile in self.piles)

    def sheet(self, row: int) -> tuple[Slip | None, ...]:
        """What lies at each of the six places; None where a pile has ended."""
        cells = [pile.slips[row] if row < len(pile.slips) else None for pile in self.piles]
        return (*cells, *[None] * (PLACES - len(cells)))


def impose(stacks: Sequence[Sequence[Slip]]) -> tuple[Group[Slip], ...]:
    """Groups that hold every slip of every stack exactly once, in the order given within each stack."""
    by_size = sorted(range(len(stacks)), key=lambda index: -len(stacks[index]))
    chunks = [by_size[start : start + PLACES] for start in range(0, len(by_size), PLACES)]
    return tuple(Group(tuple(spread({index: stacks[index] for index in chunk}))) for chunk in chunks)


def spread(stacks: dict[int, Sequence[Slip]]) -> list[Pile[Slip]]:
    """Piles for at most six stacks: one each, and the free places to whoever has the highest pile."""
    shares = dict.fromkeys(stacks, 1)
    while sum(shares.values()) < PLACES:
        highest = max(stacks, key=lambda index: ceil(len(stacks[index]) / shares[index]))
        if len(stacks[highest]) <= shares[highest]:
            break
        shares[highest] += 1
    return [pile for index, share in shares.items() for pile in divide(index, stacks[index], share)]


def divide(stack: int, slips: Sequence[Slip], share: int) -> list[Pile[Slip]]:
    """A stack in `share` piles that differ by at most one slip."""
    return [Pile(stack, part + 1, share, tuple(slips[part::share])) for part in range(share)]
