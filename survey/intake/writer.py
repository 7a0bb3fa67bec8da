"""One thread per process that writes: sheets that arrive within a few milliseconds share one durable commit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from survey.intake.batch import Desk, Job, seal_job
from survey.intake.labels import Outcome
from survey.intake.store import HotConnection, Store
from survey.problems import NotSaved

GATHER_SECONDS = 0.003
MOST_AT_ONCE = 200
MOST_CONNECTIONS = 128
Answer = Outcome | NotSaved


@dataclass(frozen=True)
class Work:
    """A job, and who waits for its outcome."""

    desk: Desk
    job: Job
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Future[Outcome]


class Writer:
    """Owns the hot connections. The one piece of the intake that has a life: a thread can't be a value."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.queue: SimpleQueue[Work | None] = SimpleQueue()
        self.connections: dict[tuple[str, str], HotConnection] = {}
        self.thread: threading.Thread | None = None
        self.starting = threading.Lock()

    def put(self, work: Work) -> None:
        if self.thread is None:
            self.start()
        self.queue.put(work)

    def start(self) -> None:
        with self.starting:
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, name="intake-writer", daemon=True)
                self.thread.start()

    def stop(self) -> None:
        """Write what waits, then close the connections."""
        if self.thread is not None:
            self.queue.put(None)
            self.thread.join()
            self.thread = None

    def run(self) -> None:
        while (first := self.queue.get()) is not None:
            time.sleep(GATHER_SECONDS)
            works, ended = gather(first, self.queue)
            for (_, shelf), group in by_shelf(works, self.store).items():
                tell(group, self.write_group(shelf, group))
            if ended:
                break
        for key in list(self.connections):
            self.forget(key)

    def write_group(self, shelf: str, group: Sequence[Work]) -> Sequence[Answer]:
        """Outcomes in order. Whatever goes wrong here, nobody is told that it was saved."""
        desk = group[0].desk
        key = (desk.wave, shelf)
        try:
            connection = self.connection(key)
            classes = self.store.find_classes(connection, [work.job.mac for work in group])
            envelopes = [seal_job(desk, work.job, classes.get(work.job.mac)) for work in group]
            return self.store.write(connection, desk.wave, envelopes)
        except Exception:
            self.forget(key)
            return [NotSaved()] * len(group)

    def connection(self, key: tuple[str, str]) -> HotConnection:
        """The shelf's connection; the one longest unused gives way."""
        connection = self.connections.pop(key, None) or self.store.connect(*key)
        self.connections[key] = connection
        if len(self.connections) > MOST_CONNECTIONS:
            self.forget(next(iter(self.connections)))
        return connection

    def forget(self, key: tuple[str, str]) -> None:
        with suppress(Exception):
            self.connections.pop(key).close()


def gather(first: Work, queue: SimpleQueue[Work | None]) -> tuple[list[Work], bool]:
    """What has arrived by now, and whether the end was among it."""
    works = [first]
    with suppress(Empty):
        while len(works) < MOST_AT_ONCE:
            work = queue.get_nowait()
            if work is None:
                return works, True
            works.append(work)
    return works, False


def by_shelf(works: Iterable[Work], store: Store) -> dict[tuple[str, str], list[Work]]:
    groups: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in works:
        groups[work.desk.wave, store.shelf_of(work.job.school_id)].append(work)
    return groups


def tell(group: Sequence[Work], answers: Sequence[Answer]) -> None:
    """Wake everyone who waits, one call per event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Outcome], Answer]]] = defaultdict(list)
    for work, answer in zip(group, answers, strict=True):
        loops[work.loop].append((work.waiting, answer))
    for loop, pairs in loops.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(resolve, pairs)


def resolve(pairs: Sequence[tuple[asyncio.Future[Outcome], Answer]]) -> None:
    for waiting, answer in pairs:
        if waiting.done():
            continue  # the client went away
        if isinstance(answer, NotSaved):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)
