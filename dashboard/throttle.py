"""Failed sign-ins slow down, they never lock out: each wait is capped, and a wait ends by itself."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from dashboard import store

# subject kind: (free failures, longest wait in seconds). One address may be a whole school, and a stranger who
# keeps guessing at a counselor's name must not keep the counselor out: hence short caps where others could push.
LIMITS = {"pair": (5, 900), "address": (50, 60), "name": (20, 30)}
FORGET_AFTER = 24 * 3600


def subjects(name: str, address: str) -> dict[str, str]:
    """The three that are slowed down: this name from this address, the address, the name from anywhere."""
    return {"pair": f"pair:{name[:40]}@{address}", "address": f"address:{address}", "name": f"name:{name[:40]}"}


def seconds_to_wait(name: str, address: str) -> int:
    """How long the next try must wait; 0 if it may be made now."""
    keyed = subjects(name, address)
    with store.engine().connect() as connection:
        rows = connection.execute(
            select(store.failed_signin).where(store.failed_signin.c.subject.in_(keyed.values()))
        ).all()
    failures = {row.subject: (row.failures, row.last_at) for row in rows}
    return max(_wait(kind, *failures.get(subject, (0, 0))) for kind, subject in keyed.items())


def _wait(kind: str, failures: int, last_at: int) -> int:
    free, longest = LIMITS[kind]
    if failures < free:
        return 0
    pause = min(longest, 2 ** min(failures - free + 1, 20))
    return max(0, last_at + pause - store.now())


def note_failure(name: str, address: str) -> None:
    """Count a failed try, and forget those of yesterday."""
    at = store.now()
    with store.engine().begin() as connection:
        connection.execute(delete(store.failed_signin).where(store.failed_signin.c.last_at < at - FORGET_AFTER))
        for subject in subjects(name, address).values():
            row = insert(store.failed_signin).values(subject=subject, failures=1, last_at=at)
            more = {"failures": store.failed_signin.c.failures + 1, "last_at": at}
            connection.execute(row.on_conflict_do_update(index_elements=["subject"], set_=more))


def forget_failures(name: str, address: str) -> None:
    """A success clears the pair and the name; the address keeps its count, others share it."""
    keyed = subjects(name, address)
    with store.engine().begin() as connection:
        connection.execute(
            delete(store.failed_signin).where(store.failed_signin.c.subject.in_([keyed["pair"], keyed["name"]]))
        )
