"""Guessing is slowed down; a class behind the same address is not.

Only refused codes count, against a budget per address and one for everybody; both refill. Beyond its budget an
address's refusals are answered late, and only so many of its attempts may be under way. A right code is answered at
once and never counts, so 55 students pass while somebody among them guesses. All of it is in memory, under a keyed
hash of the address, and gone with the process. Budgets are per worker.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address


class TooMany(Exception):
    """So many attempts of this address wait already that this one wasn't made."""


@dataclass(frozen=True)
class Limits:
    """60 bits against 150,000 codes: at 86 tries a second a hit takes 2,800 years."""

    address_failures: int = 40  # a class in which every third student was given a void slip
    all_failures: int = 2_000
    refill_seconds: float = 15  # one failure is forgiven in this time; of everybody's, fifty
    late_seconds: float = 3
    under_way: int = 256  # a class gets in at once beside a guesser with fewer connections
    longest_queue: int = 256
    addresses: int = 20_000  # remembered at once


@dataclass
class Budget:
    """Failures that count still. `at` is when they were last forgiven."""

    failures: float = 0
    at: float = 0
    under_way: int = 0
    waiting: int = 0
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def settle(self, now: float, refill: float) -> float:
        self.failures = max(0.0, self.failures - (now - self.at) / refill)
        self.at = now
        return self.failures


@dataclass
class Throttle:
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    everybody: Budget = field(default_factory=Budget)
    budgets: dict[bytes, Budget] = field(default_factory=dict)
    key: bytes = field(default_factory=lambda: os.urandom(16), repr=False)

    @asynccontextmanager
    async def attempt(self, address: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Make an attempt; await what is handed over when its code was refused. TooMany if it may not be made now."""
        budget = self.budget_of(address)
        slow = self.is_spent(budget)
        if slow:
            await self.wait_for_turn(budget)
        budget.under_way += 1
        try:
            yield lambda: self.refused(budget)
        finally:
            budget.under_way -= 1
            budget.free.set()

    async def wait_for_turn(self, budget: Budget) -> None:
        if budget.waiting >= self.limits.longest_queue:
            raise TooMany
        budget.waiting += 1
        try:
            while budget.under_way >= self.limits.under_way:
                budget.free.clear()
                await budget.free.wait()
        finally:
            budget.waiting -= 1

    async def refused(self, budget: Budget) -> None:
        """Count one failure; beyond the budget, answer late."""
        budget.failures += 1
        self.everybody.failures += 1
        if self.is_spent(budget):
            await self.sleep(self.limits.late_seconds)

    def is_spent(self, budget: Budget) -> bool:
        now, refill = self.clock(), self.limits.refill_seconds
        own = budget.settle(now, refill) > self.limits.address_failures
        return self.everybody.settle(now, refill / 50) > self.limits.all_failures or own

    def budget_of(self, address: str) -> Budget:
        name = hashlib.blake2b(network_of(address).encode(), key=self.key, digest_size=8).digest()
        if name not in self.budgets and len(self.budgets) >= self.limits.addresses:
            self.forget_calm()
        return self.budgets.setdefault(name, Budget(at=self.clock()))

    def forget_calm(self) -> None:
        """Drop whoever has nothing to answer for; if nobody is calm, the one who was here first."""
        for held in self.budgets.values():
            held.settle(self.clock(), self.limits.refill_seconds)
        calm = [name for name, held in self.budgets.items() if not (held.failures or held.under_way or held.waiting)]
        for name in calm or list(self.budgets)[:1]:
            del self.budgets[name]


def network_of(address: str) -> str:
    """An IPv6 customer has a /64; an IPv4 address stands for itself."""
    try:
        held = ip_address(address)
    except ValueError:
        return ""
    if isinstance(held, IPv6Address) and not held.ipv4_mapped:
        return str(int(held) >> 64)
    return str(getattr(held, "ipv4_mapped", None) or held)
