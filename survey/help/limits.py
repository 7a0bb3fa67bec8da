"""Budgets against floods and guessing: in memory only, so that no address is ever written down.

A class shares one address, and a school one page: the budgets are wide for children, narrow for machines. Whoever
runs into one reads whom to call instead.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

REMEMBERED = 10_000  # subjects; the oldest are forgotten first


@dataclass
class Budget:
    """So many in so many seconds for each subject; `clock` is moved by tests."""

    limit: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _spent: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def is_spent(self, subject: str) -> bool:
        """Whether nothing is left for this subject now."""
        count, since = self._spent.get(subject, (0, 0.0))
        return count >= self.limit and self._now() - since < self.seconds

    def spend(self, subject: str) -> None:
        """Take one; a new span begins when the last is over."""
        count, since = self._spent.pop(subject, (0, self._now()))
        if self._now() - since >= self.seconds:
            count, since = 0, self._now()
        self._spent[subject] = (count + 1, since)
        while len(self._spent) > REMEMBERED:
            self._spent.popitem(last=False)

    def refund(self, subject: str) -> None:
        """Give back what turned out not to count."""
        if subject in self._spent:
            count, since = self._spent[subject]
            self._spent[subject] = (max(0, count - 1), since)

    def _now(self) -> float:
        return self.clock()


@dataclass(frozen=True)
class Limits:
    """Slips per address and school in an hour; wrong receipt codes per address in ten minutes, per school in an hour.

    With 60-bit codes even the school's whole budget, used for a year, finds one of 1,000 codes once in 10^9 years.
    """

    slips_of_address: Budget = field(default_factory=lambda: Budget(40, 3600))
    slips_of_school: Budget = field(default_factory=lambda: Budget(300, 3600))
    guesses_of_address: Budget = field(default_factory=lambda: Budget(12, 600))
    guesses_of_school: Budget = field(default_factory=lambda: Budget(120, 3600))

    def may_write(self, address: str, school: str) -> bool:
        return not (self.slips_of_address.is_spent(address) or self.slips_of_school.is_spent(school))

    def note_slip(self, address: str, school: str) -> None:
        self.slips_of_address.spend(address)
        self.slips_of_school.spend(school)

    def may_guess(self, address: str, school: str) -> bool:
        return not (self.guesses_of_address.is_spent(address) or self.guesses_of_school.is_spent(school))

    def note_guess(self, address: str, school: str) -> None:
        """Count a code before it is looked up: a hundred sent at once would otherwise all find the budget full."""
        self.guesses_of_address.spend(address)
        self.guesses_of_school.spend(school)

    def forgive_guess(self, address: str, school: str) -> None:
        """The code was right, or the store could not say."""
        self.guesses_of_address.refund(address)
        self.guesses_of_school.refund(school)
