"""The form's process: what it imports, whose wave it serves, how long it waits, what it writes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from form_server import Served, serve_form
from form_wave import FORMS, WAVE, body_of, encoded, open_test_wave, read_form

from survey.codes import new_code
from survey.intake import close_intake, close_wave
from survey.web import serve as serving

HEAVY = ["pandas", "numpy", "duckdb", "ibis", "streamlit", "great_expectations", "sklearn", "scipy", "pyarrow", "httpx"]


def test_a_form_process_stays_light() -> None:
    """Imports decide how much memory a worker takes and how fast it is back after a fault."""
    modules = "survey.web.serve, survey.help.app, pipelines.commands.survey"
    code = f"import sys, {modules}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Slow clients are cut off after a second here."""
    with serve_form(tmp_path_factory.mktemp("served"), headers_within=1) as held:
        yield held


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as reply:
        return reply.read().decode()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def post(url: str, body: bytes) -> tuple[int, str]:
    try:
        with urllib.request.build_opener(NoRedirect).open(url, body, timeout=20) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_whole_sitting_leaves_no_trace_in_the_log(served: Served) -> None:
    """Stored, refused, mistyped, malformed: neither a code nor an address nor a path is written anywhere."""
    held, wave = served, served.wave
    url, codes = held.base + FORMS["b1"], wave.codes("b1", 5)
    form = read_form(get(url))
    statuses = [post(url, encoded(body_of(read_form(get(url)), code)))[0] for code in codes]
    statuses += [post(url, encoded(body_of(form, code)))[0] for code in (codes[0], new_code(), "0" * 12 + "1")]
    statuses += [post(url, b"nonsense=1")[0], post(held.base + "/S01/nowhere", b"")[0]]
    assert statuses == [303] * 5 + [409, 409, 422, 400, 405]
    written = held.log.read_text(encoding="utf-8")
    assert not [word for word in (*codes, "127.0.0.1:", "/S01/", "GET", "POST") if word in written], written


@pytest.mark.parametrize("begun", [b"", b"GET /S01/b1 HT", b"GET /S01/b1 HTTP/1.1\r\nHost: x\r\nX: "])
def test_headers_that_do_not_come_end_the_connection(served: Served, begun: bytes) -> None:
    """Otherwise a few hundred idle connections would keep a school out."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(begun)
        started = time.monotonic()
        assert line.recv(100) == b""
        assert time.monotonic() - started < 5


def test_a_connection_that_answers_is_kept_for_the_next_request(served: Served) -> None:
    """The control: a client with pauses shorter than the limit is served, request after request."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        for _ in range(3):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
            time.sleep(0.5)
            line.sendall(b"\r\n")
            reply = b""
            while not reply.endswith(b"\r\n\r\nok"):
                received = line.recv(4_000)
                assert received, "the connection was ended"
                reply += received
            assert reply.startswith(b"HTTP/1.1 200")


HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
TOO_LONG = [
    [HEAD + b"X: " + b"a" * 20_000],
    [HEAD, b"X: ", *[b"a" * 900] * 20],
    [HEAD + b"X: " + b"a" * 9_000 + b"\r\n\r\n"],
    [HEAD + b"\r\n" + HEAD, *[b"X: a\r\n" * 100] * 30],
    [b"GET /" + b"a" * 9_000],
]


def say(line: socket.socket, parts: list[bytes]) -> bytes:
    """Send part by part, as an own packet each; everything that came back until the server closed."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    said = b""
    with suppress(ConnectionError):
        for part in parts:
            line.sendall(part)
            time.sleep(0.005)
        while got := line.recv(4_000):
            said += got
    return said


@pytest.mark.parametrize("parts", TOO_LONG)
def test_headers_that_are_too_long_are_refused(served: Served, parts: list[bytes]) -> None:
    """At once, in one piece or in many, whole or not, on a fresh connection or on one that was answered."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        started = time.monotonic()
        said = say(line, parts)
        assert said.count(b"HTTP/1.1 400 ") == 1 or not said, said[:200]
        assert time.monotonic() - started < 0.9, "cut off for its slowness, not for its length"


def test_a_long_head_within_the_limit_is_served(served: Served) -> None:
    """The control, behind a body on the same connection, whose bytes don't count."""
    body = b"POST /S01/b1 HTTP/1.1\r\nHost: x\r\nContent-Length: 8000\r\n\r\n" + b"a" * 8_000
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        said = say(line, [body + HEAD + b"X: " + b"a" * 7_000, b"\r\nConnection: close\r\n\r\n"])
    assert said.startswith(b"HTTP/1.1 415") and said.count(b"HTTP/1.1 200 ") == 1


def test_the_process_is_small_after_every_page_was_made(served: Served) -> None:
    held = served
    for address in FORMS.values():
        for query in ("", "?lang=en"):
            get(held.base + address + query)
    status = Path(f"/proc/{held.process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 150_000, f"{peak} kB"


def test_the_open_wave_is_served_and_a_later_one_found(home: Path) -> None:
    """No restart between waves: the one that opened last and is open still; else the last that was."""
    first = open_test_wave(home, wave="2026-1", opens=-30)
    desk = serving.Desk(first.intake, first.settings)
    assert desk.current().wave == "2026-1"
    open_test_wave(home, wave=WAVE)
    desk.looked -= serving.LOOK_EVERY + 1
    assert desk.current().wave == WAVE
    close_wave(first.intake, WAVE)
    assert serving.current_wave(first.intake) == "2026-1"
    close_wave(first.intake, "2026-1")
    assert serving.current_wave(first.intake) == WAVE
    close_intake(first.intake)


def test_before_the_first_wave_every_form_says_not_begun(home: Path) -> None:
    from asgi_browser import Browser

    from survey.intake import open_intake
    from survey.settings import SurveySettings
    from survey.web.app import build_app

    settings = SurveySettings(home=home)
    desk = serving.Desk(open_intake(settings.intake, b"p" * 32), settings)
    reply = Browser(build_app(desk.current())).get(FORMS["b1"])
    assert reply.status == 403 and "还没有开始" in reply.text


def test_many_at_once_are_all_stored(served: Served) -> None:
    """A class presses the button in the same moment, each on a connection of its own."""
    held, wave = served, served.wave
    url, codes = held.base + FORMS["b2"], wave.codes("b2", 55)
    bodies = [encoded(body_of(read_form(get(url)), code)) for code in codes]
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda b=body: statuses.append(post(url, b)[0])) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [303] * 55


def test_a_crash_leaves_no_core(served: Served) -> None:
    """What is in the memory of a form process at any moment: codes and answers of whoever hands in."""
    limits = Path(f"/proc/{served.process.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits)
    ask = (
        "import ctypes; from survey.web.serve import leave_no_core; libc = ctypes.CDLL(None); {}; print(libc.prctl(3))"
    )
    said = [
        subprocess.run([sys.executable, "-c", ask.format(how)], capture_output=True, check=True).stdout.strip()
        for how in ("pass", "leave_no_core()")
    ]
    assert said == [b"1", b"0"]
