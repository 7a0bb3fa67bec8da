"""`anxin bench pipeline`: the line beside its peers, every measurement in a process of its own, peers in turns."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipelines.bench.rows import Row, document, row_of
from pipelines.problems import CannotDo

SIZES = (100_000, 1_000_000)
PARTS = ("counts", "load", "demo", "help")
PANDAS_LIMIT = 2_000_000  # beyond it pandas needs more memory than a desktop has
TURNS = 3
ANXIN = [sys.executable, "-m", "pipelines.cli"]
Result = dict[str, Any]


def run_bench(sizes: Sequence[int] = SIZES, parts: Iterable[str] = PARTS) -> dict[str, Any]:
    """All rows as a document {bench, machine, rows}. Raises CannotDo where peers disagree or a command fails."""
    rows: list[Row] = []
    for n in sizes:
        with tempfile.TemporaryDirectory(prefix="anxin-bench-") as folder:
            rows += bench_counts(Path(folder), n) if "counts" in parts else []
        with tempfile.TemporaryDirectory(prefix="anxin-bench-") as folder:
            rows += bench_load(Path(folder), n) if "load" in parts else []
    if "demo" in parts:
        with tempfile.TemporaryDirectory(prefix="anxin-bench-") as folder:
            rows.append(bench_demo(Path(folder)))
    rows += [bench_help()] if "help" in parts else []
    return document("pipeline", rows)


def bench_counts(folder: Path, n: int) -> list[Row]:
    """scan, counts, counts_sql, counts_pandas in turns on one database, and the peak of counts."""
    database, home = str(folder / "microdata.duckdb"), {"ANXIN_HOME": str(folder)}
    job("make", database, str(n), environment=home)
    names = ["scan", "counts", "counts_sql", *(["counts_pandas"] if n <= PANDAS_LIMIT else [])]
    turns = [{name: job(name, database, environment=home) for name in names} for _ in range(TURNS)]
    check_agreement(turns)
    seconds = {name: [turn[name]["seconds"] for turn in turns] for name in names}
    sql, counts = statistics.median(seconds["counts_sql"]), statistics.median(seconds["counts"])
    against = {"counts": ("counts_sql", sql), "counts_pandas": ("counts", counts)}
    rows = [row_of(f"{name}_s_{n}", seconds[name], "s", *named_reference(against.get(name), n)) for name in names]
    return [*rows, row_of(f"peak_mb_{n}", [max(turn["counts"]["peak_mb"] for turn in turns)], "MB")]


def named_reference(reference: tuple[str, float] | None, n: int) -> tuple[str | None, float | None]:
    return (None, None) if reference is None else (f"{reference[0]}_s_{n}", reference[1])


def check_agreement(turns: list[dict[str, Result]]) -> None:
    """Raises CannotDo where two peers made different counts: their times can't be compared then."""
    sums = {name: result["checksum"] for turn in turns for name, result in turn.items() if "checksum" in result}
    wrong = sorted(name for name, checksum in sums.items() if checksum != sums["counts"])
    if wrong:
        raise CannotDo(f"the peers disagree about the counts: {', '.join(wrong)} against counts")


def bench_load(folder: Path, n: int) -> list[Row]:
    """Files → counts and the release after it, in a home of their own."""
    scratch, home = str(folder / "scratch.duckdb"), {"ANXIN_HOME": str(folder / "home")}
    job("files", scratch, str(n))
    load = job("load", scratch, str(folder / "city"), environment=home)
    if load["accepted"] != n:
        raise CannotDo(f"the load kept {load['accepted']} of {n} sheets", next_step="look at the reject file's rules")
    release = job("run", scratch, environment=home)
    return [
        row_of(f"load_to_counts_s_{n}", [load["seconds"]], "s"),
        row_of(f"load_to_counts_peak_mb_{n}", [load["peak_mb"]], "MB"),
        row_of(f"release_s_{n}", [release["seconds"]], "s"),
    ]


def bench_demo(folder: Path) -> Row:
    """The demo city from nothing to a first page that answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    command([*ANXIN, "demo", "--home", str(folder / "demo"), "--no-serve", "--port", str(port)])
    environment = {**os.environ, "ANXIN_HOME": str(folder / "demo")}
    serve = [*ANXIN, "dashboard", "serve", "--port", str(port)]
    server = subprocess.Popen(serve, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_page(f"http://127.0.0.1:{port}/health", server)
        # The first page asks for a sign-in, which is no answer of 200; the health page stands for it.
        return row_of("demo_up_s", [time.perf_counter() - started], "s")
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for_page(address: str, server: subprocess.Popen[bytes], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as reply:
                if reply.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CannotDo("the dashboard did not answer", next_step="start it by hand and read what it says")


def bench_help() -> Row:
    """`anxin --help`: what every use of the command line pays."""
    seconds = []
    for _ in range(TURNS):
        started = time.perf_counter()
        command([*ANXIN, "--help"])
        seconds.append(time.perf_counter() - started)
    return row_of("help_s", seconds, "s")


def job(name: str, database: str, *rest: str, environment: dict[str, str] | None = None) -> Result:
    """Run one measurement of pipelines.bench.job in a process of its own."""
    words = [sys.executable, "-m", "pipelines.bench.job", name, database, *rest]
    result: Result = json.loads(command(words, environment).splitlines()[-1])
    return result


def command(words: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(words, env={**os.environ, **(environment or {})}, capture_output=True, text=True)
    if done.returncode:
        raise CannotDo(f"a measured command failed: {' '.join(words[1:4])}", next_step=done.stderr.strip()[-600:])
    return done.stdout
