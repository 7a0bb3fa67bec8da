"""The form as `anxin survey serve` runs it, in a process of its own, over a wave of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from form_wave import PEPPER, OpenWave, open_test_wave

from survey.intake import close_intake

SERVE = """
import sys
from survey.web import patience, serve
patience.HEADERS_WITHIN = float(sys.argv[2])
serve.serve("127.0.0.1", int(sys.argv[1]), int(sys.argv[3]))
"""


@dataclass(frozen=True)
class Served:
    """`log`: everything the process writes."""

    base: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]
    wave: OpenWave


@contextmanager
def serve_form(home: Path, headers_within: float = 15, workers: int = 1, url: str = "") -> Iterator[Served]:
    """Open a wave, over files or the database of a URL, and serve it until the block ends."""
    wave = open_test_wave(home, url=url)
    (home / "survey").mkdir(parents=True, exist_ok=True)
    (home / "survey" / "pepper").write_bytes(PEPPER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log, environment = home / "log.txt", os.environ | {"ANXIN_HOME": str(home), "ANXIN_INTAKE_URL": url}
    command = [sys.executable, "-c", SERVE, str(port), str(headers_within), str(workers)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield Served(f"http://127.0.0.1:{port}", port, log, process, wave)
        finally:
            process.terminate()
            process.wait(timeout=30)
            close_intake(wave.intake)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")
