"""`anxin bench intake`: the form as it is deployed, a bare form and the disk's own pace, in turns.

Every server is a process of its own, driven from another; processor time is read from /proc with all children, and for
PostgreSQL the server's processes are counted too. A submission is the whole visit: form, answers, page after it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipelines.bench.pipeline import wait_for_page
from pipelines.bench.processes import cpu_seconds, memory_mb
from pipelines.bench.rows import Row, document, row_of
from pipelines.problems import CannotDo

SEATS = (1, 8, 32, 64)
COMPARED = (8, 64)  # where processor time is compared, as in the peers' table
TURNS = 3
VISITS = 400
COMMITS = 2_000
WAVE, SCHOOL, BAND = "2026-1", "bench", "b3"
CLASS_SIZE = 50


@dataclass(frozen=True)
class Server:
    """A server under test: where it listens, which processes are its own, what a student types there."""

    name: str
    port: int
    path: str
    roots: tuple[int, ...]
    codes: Iterator[str]


def run_intake(visits: int = VISITS) -> dict[str, Any]:
    """All rows as a document. Raises CannotDo where a server loses a submission, or the bare form can't be served."""
    if find_spec("fastapi") is None:
        raise CannotDo("the bare form needs FastAPI, which the product itself doesn't", next_step="make .venv/dev")
    with tempfile.TemporaryDirectory(prefix="anxin-bench-") as folder, ExitStack() as stack:
        servers = [stack.enter_context(serve(Path(folder))) for serve in (serve_form, serve_bare)]
        if postgres := find_postgres():
            servers.append(stack.enter_context(serve_form_on_postgres(Path(folder), postgres)))
        found: dict[tuple[str, int], list[dict[str, float]]] = {}
        for server in servers:
            measure(server, 1, visits // 8)  # the first visits pay for what is built once
        for _ in range(TURNS):
            for seats in SEATS:
                for server in servers:
                    if seats in COMPARED or server.name == "form":
                        found.setdefault((server.name, seats), []).append(measure(server, seats, visits))
        memory = memory_mb(servers[0].roots[0])
        return document("intake", [*rows_of(found), commit_row(Path(folder)), row_of("worker_mb", [memory], "MB")])


def measure(server: Server, seats: int, visits: int) -> dict[str, float]:
    """One turn: so many visits from so many seats; ms of processor time a submission beside the client's figures."""
    codes = "\n".join(next(server.codes) for _ in range(visits))
    before = sum(map(cpu_seconds, server.roots))
    words = [sys.executable, "-m", "pipelines.bench.students", str(server.port), server.path, str(seats)]
    done = subprocess.run(words, input=codes, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    if result["failures"]:
        raise CannotDo(f"{server.name} lost {result['failures']:.0f} of {visits} submissions")
    result["cpu_ms"] = 1000 * (sum(map(cpu_seconds, server.roots)) - before) / visits
    return result


def rows_of(found: dict[tuple[str, int], list[dict[str, float]]]) -> list[Row]:
    """The table: processor time against the bare form, then pace and waiting by number of students."""

    def values(name: str, figure: str, seats: Sequence[int] = COMPARED) -> list[float]:
        return [turn[figure] for count in seats for turn in found.get((name, count), [])]

    bare = statistics.median(values("bare", "cpu_ms"))
    form = statistics.median(values("form", "cpu_ms"))
    rows = [
        row_of("cpu_ms_per_submission", values("form", "cpu_ms"), "ms", "cpu_ms_bare_form", bare),
        row_of("cpu_ms_bare_form", values("bare", "cpu_ms"), "ms"),
        row_of("cpu_ms_client", values("form", "client_ms"), "ms", "cpu_ms_per_submission", form),
    ]
    if ("postgres", COMPARED[0]) in found:
        cpu = values("postgres", "cpu_ms")
        rows.append(row_of("cpu_ms_per_submission_pg", cpu, "ms", "cpu_ms_per_submission", form))
    for seats in SEATS:
        pace = [turn["submissions"] / turn["seconds"] for turn in found["form", seats]]
        rows.append(row_of(f"submissions_per_s_{seats}", pace, "1/s"))
        rows += [row_of(f"{name}_{seats}", values("form", name, [seats]), "ms") for name in ("p50_ms", "p95_ms")]
    for seats in COMPARED:
        pace = [turn["submissions"] / turn["seconds"] for turn in found["bare", seats]]
        rows.append(row_of(f"submissions_per_s_bare_{seats}", pace, "1/s"))
        rows.append(row_of(f"p95_ms_bare_{seats}", values("bare", "p95_ms", [seats]), "ms"))
    return rows


@contextmanager
def serve_form(folder: Path) -> Iterator[Server]:
    """The form over SQLite files, one worker, as `anxin survey serve` starts it."""
    with serving_form("form", {"ANXIN_HOME": str(folder / "home")}, folder) as server:
        yield server


@contextmanager
def serve_form_on_postgres(folder: Path, binaries: Path) -> Iterator[Server]:
    """The same form over a PostgreSQL server of its own, whose processes count as the form's."""
    with running_postgres(folder, binaries) as (url, root):
        environment = {"ANXIN_HOME": str(folder / "home-pg"), "ANXIN_INTAKE_URL": url}
        with serving_form("postgres", environment, folder, root) as server:
            yield server


@contextmanager
def serving_form(name: str, environment: dict[str, str], folder: Path, *roots: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "pipelines.bench.intake", "open"]
    opened = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    port = free_port()
    words = [sys.executable, "-m", "pipelines.cli", "survey", "serve", "--port", str(port)]
    with running(words, f"http://127.0.0.1:{port}/healthz", environment, folder / f"{name}.log") as pid:
        yield Server(name, port, f"/{SCHOOL}/{BAND}", (pid, *roots), iter(opened.stdout.split()))


@contextmanager
def serve_bare(folder: Path) -> Iterator[Server]:
    """The bare form, durable as it must be."""
    port = free_port()
    words = [sys.executable, "-m", "pipelines.bench.bare_form", str(port), str(folder / "bare.sqlite")]
    with running(words, f"http://127.0.0.1:{port}/", {}, folder / "bare.log") as pid:
        yield Server("bare", port, "/", (pid,), (f"code{number}" for number in range(10**9)))


@contextmanager
def running(words: list[str], address: str, environment: dict[str, str], log: Path) -> Iterator[int]:
    """A server process that answers at the address; ended afterwards."""
    with log.open("wb") as out:
        process = subprocess.Popen(words, env={**os.environ, **environment}, stdout=out, stderr=out)
    try:
        wait_for_page(address, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=40)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def open_bench_wave() -> list[str]:
    """Open a wave of one school in ANXIN_HOME and return a code for every visit that the bench can make."""
    from survey.instrument import load_instrument
    from survey.intake import ClassLabel, Contact, SchoolLabel, issue_codes, open_intake, open_wave
    from survey.sealing import new_key

    classes = [
        ClassLabel(f"c{number}", SCHOOL, f"c{number}", "jr", 7, CLASS_SIZE)
        for number in range((TURNS * len(SEATS) + 1) * VISITS * 4 // CLASS_SIZE)
    ]
    people = (
        Contact("office", "office", "1"),
        Contact("adult", "adult", "2"),
        Contact("line", "line", "3", outside=True),
    )
    intake, today = open_intake(), date.today()
    school = SchoolLabel(SCHOOL, "bench", "d1", ("jr",), people)
    days = (today - timedelta(days=1), today + timedelta(days=1))
    open_wave(intake, WAVE, new_key().public, *days, load_instrument(), [school], classes)
    return [code for label in classes for code in issue_codes(intake, WAVE, label.class_id, CLASS_SIZE)]


def commit_row(folder: Path) -> Row:
    """The floor: durable commits a second of one SQLite writer, 1 KB each."""
    connection = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE floor (id BLOB PRIMARY KEY, body BLOB) WITHOUT ROWID")
    rows = [(os.urandom(16), os.urandom(1024)) for _ in range(COMMITS)]
    started = time.perf_counter()
    for row in rows:
        connection.execute("INSERT INTO floor VALUES (?, ?)", row)
    seconds = time.perf_counter() - started
    connection.close()
    return row_of("commits_per_s", [COMMITS / seconds], "1/s")


def find_postgres() -> Path | None:
    """The newest PostgreSQL server on this machine; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def running_postgres(folder: Path, binaries: Path) -> Iterator[tuple[str, int]]:
    """A server with default durability on a free loopback port: its URL and its process."""
    data, port = Path(tempfile.mkdtemp(prefix="anxin-pg-")), free_port()
    person = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if person:
        shutil.chown(data, "postgres")
    auth = ["--auth=trust", "--username=anxin", "--encoding=UTF8", "--no-sync"]
    subprocess.run(
        [binaries / "initdb", "-D", data / "db", *auth], check=True, capture_output=True, cwd="/", user=person
    )
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", f"unix_socket_directories={data}"]
    words = [str(binaries / "postgres"), "-D", str(data / "db"), *options]
    with (folder / "postgres.log").open("wb") as log:
        server = subprocess.Popen(words, stdout=log, stderr=log, cwd="/", user=person)
    try:
        wait_for_port(port, server)
        yield f"postgresql://anxin@127.0.0.1:{port}/postgres", server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(data, ignore_errors=True)


def wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise CannotDo("PostgreSQL did not start", next_step="look at its log, or bench without it")


if __name__ == "__main__":
    print("\n".join(open_bench_wave()))
