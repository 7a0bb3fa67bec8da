"""Form workers as processes of their own, so that a test can kill them.

Run as a program it is a nursery: it imports everything once, reads one order a line (place, file, class, codes), forks
a worker for it and prints its process id. A worker hands its codes in and writes each answer to its file the moment it
is given: what stands there survives the worker.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from intake_wave import PEPPER, sheet_of

import survey.intake.postgres  # noqa: F401  (loaded before the fork, not in every worker)
from survey.intake import Intake, hand_in, open_intake
from survey.problems import NotSaved

HERE = Path(__file__).resolve()
IN_FLIGHT = 8


@dataclass(frozen=True)
class Worker:
    pid: int
    answers: Path

    def wait(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while is_alive(self.pid):
            assert time.monotonic() < end, "the worker hangs"
            time.sleep(0.002)

    def wait_for_an_answer(self) -> None:
        while is_alive(self.pid) and not self.acknowledged():
            time.sleep(0.002)

    def kill(self) -> None:
        """No clean-up, no farewell; returns when the process is gone."""
        if is_alive(self.pid):
            os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def acknowledged(self) -> set[str]:
        """Codes whose whole line was written as stored or repeated."""
        lines = self.answers.read_text().split("\n")[:-1]
        return {line.split()[0] for line in lines if line.endswith((" stored", " repeated"))}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True)
class Nursery:
    orders: TextIO
    pids: TextIO
    folder: Path

    def start(self, place: str | Path, class_id: str, codes: Sequence[str], user: int | None = None) -> Worker:
        """A worker that begins at once, as another user where one is named."""
        answers = self.folder / f"answers-{time.monotonic_ns()}"
        answers.touch()
        order = {"place": str(place), "answers": str(answers), "class_id": class_id, "codes": list(codes), "user": user}
        self.orders.write(json.dumps(order) + "\n")
        self.orders.flush()
        return Worker(int(self.pids.readline()), answers)


@contextmanager
def open_nursery(folder: Path) -> Iterator[Nursery]:
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE.parent.parent}"}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    with subprocess.Popen([sys.executable, str(HERE)], **pipes) as process:
        assert process.stdin and process.stdout
        yield Nursery(process.stdin, process.stdout, folder)
        process.stdin.close()


def fork_workers() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave no trace to wait for
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            run_worker(**json.loads(line))
            os._exit(0)
        print(pid, flush=True)


def run_worker(place: str, answers: str, class_id: str, codes: list[str], user: int | None) -> None:
    file = Path(answers).open("w", buffering=1)  # noqa: SIM115  (before the rights to do so are given up)
    if user is not None and os.geteuid() == 0:
        os.setuid(user)
    intake = open_intake(place if place.startswith("postgresql") else Path(place), PEPPER)
    asyncio.run(hand_in_codes(intake, class_id, codes, file))


async def hand_in_codes(intake: Intake, class_id: str, codes: list[str], file: TextIO) -> None:
    waiting = iter(codes)

    async def student() -> None:
        for code in waiting:
            file.write(f"{code} {await answer(intake, class_id, code)}\n")

    await asyncio.gather(*(student() for _ in range(IN_FLIGHT)))


async def answer(intake: Intake, class_id: str, code: str) -> str:
    """The form's nonce is made of the code, so that another worker can retry the same form."""
    try:
        return (await hand_in(intake, sheet_of(class_id, code, code.encode()))).value
    except NotSaved:
        return "not_saved"


if __name__ == "__main__":
    fork_workers()
