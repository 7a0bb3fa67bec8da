"""Guessing: counted, forgiven, held up; who guesses is told from who doesn't only by being wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from survey.web.throttle import Limits, Throttle, TooMany, network_of

LIMITS = Limits(address_failures=3, all_failures=6, refill_seconds=10, late_seconds=5, under_way=2, longest_queue=1)


@dataclass
class Slow:
    """A throttle whose clock stands still and whose waits are written down."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def throttle(self, limits: Limits = LIMITS) -> Throttle:
        return Throttle(limits, clock=lambda: self.now, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def guess(throttle: Throttle, address: str = "10.0.0.1") -> None:
    async with throttle.attempt(address) as refused:
        await refused()


async def succeed(throttle: Throttle, address: str = "10.0.0.1") -> None:
    async with throttle.attempt(address):
        pass


def test_an_address_has_a_budget_that_refills() -> None:
    async def story() -> None:
        slow = Slow()
        throttle = slow.throttle()
        for _ in range(5):
            await guess(throttle)
        assert slow.waits == [5, 5], "three failures are answered at once, the fourth and fifth late"
        await guess(throttle, "10.0.0.2")
        assert len(slow.waits) == 2, "another address has a budget of its own"
        slow.now += 30
        await guess(throttle)
        assert len(slow.waits) == 2, "three were forgiven meanwhile"

    asyncio.run(story())


def test_many_addresses_share_one_budget() -> None:
    async def story() -> None:
        slow = Slow()
        throttle = slow.throttle()
        for number in range(8):
            await guess(throttle, f"10.0.0.{number}")
        assert slow.waits == [5, 5]

    asyncio.run(story())


def test_successes_never_count() -> None:
    async def story() -> None:
        slow = Slow()
        throttle = slow.throttle()
        for _ in range(500):
            await succeed(throttle)
        assert slow.waits == [] and throttle.everybody.failures == 0

    asyncio.run(story())


def test_a_guesser_holds_no_more_than_its_places() -> None:
    """Attempts beyond the places wait for one; beyond the queue they aren't made at all."""

    async def story() -> None:
        release = asyncio.Event()

        async def hold(_seconds: float) -> None:
            await release.wait()

        throttle = Throttle(LIMITS, clock=lambda: 0.0, sleep=hold)
        for _ in range(3):
            await guess(throttle)
        late = [asyncio.create_task(guess(throttle)) for _ in range(2)]
        await asyncio.sleep(0)
        waiting = asyncio.create_task(succeed(throttle))
        await asyncio.sleep(0)
        with pytest.raises(TooMany):
            await succeed(throttle)
        assert not waiting.done()
        release.set()
        await asyncio.gather(*late, waiting)
        assert throttle.budget_of("10.0.0.1").under_way == 0

    asyncio.run(story())


def test_memory_is_bounded_and_holds_no_address() -> None:
    async def story() -> None:
        throttle = Slow().throttle(Limits(addresses=10))
        for number in range(300):
            await (guess if number % 2 else succeed)(throttle, f"10.0.{number}.1")
        assert len(throttle.budgets) <= 10
        assert "10.0.299.1" not in repr(throttle)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "nonsense", True),
    ],
)
def test_whoever_changes_addresses_within_a_network_is_one(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) == same
