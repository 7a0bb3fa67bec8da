"""The dashboard beside an empty Streamlit app in the same run; then fifty people at once.

First view and click are timed in a real browser (chromium, a fresh cache for each first view), in turns with the empty
app; the fifty are lean clients that speak Streamlit's own websocket protocol, ten seconds of thinking between clicks.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

from pipelines.bench.intake import free_port, running
from pipelines.bench.processes import memory_mb
from pipelines.bench.rows import Row, document, row_of
from pipelines.problems import BadInput, CannotDo, Where

TURNS, CLICKS = 7, 3  # first views; clicks after each
LOOKING = 4_000  # ms that somebody looks at the first page, on both sides; ours fetches Plotly meanwhile
SESSIONS, ROUNDS, THINKING = 50, 4, 10.0  # people; clicks of each; mean seconds between them
CHROMIUM = Path("/usr/bin/chromium")
PAGES = ("classes", "places", "trend")
COOKIE = "anxin_session"
# A page stands when its script is through and every figure that can be seen is drawn.
STANDS = """() => document.querySelector("[data-test-script-state=notRunning]")
    && [...document.querySelectorAll(".ax-chart")].every(
        (at) => at.dataset.drawn === "yes" || at.getBoundingClientRect().top >= innerHeight)"""
EMPTY = """
import streamlit as st

def draw(name):
    st.html(f"<p class='drawn' id='{name}'>{name}</p>")

pages = [st.Page(lambda n=n: draw(n), title=n, url_path=n, default=n == "today") for n in NAMES]
here = st.navigation(pages, position="hidden")
for page in pages:
    st.page_link(page, label=page.title)
here.run()
"""


def run_dashboard(home: Path | None, schools: int, waves: int) -> dict[str, Any]:
    """All rows as a document. Builds a demo city once where no home is given. Raises CannotDo without a browser."""
    if find_spec("playwright") is None or not CHROMIUM.exists():
        raise CannotDo("this bench needs chromium and playwright", next_step="make .venv/dev; apt-get install chromium")
    published = (home or build_city(schools, waves)) / "published"
    if not (published / "current").is_file():
        raise BadInput(
            "nothing was released here", where=Where(str(home)), next_step="anxin demo --home HOME --no-serve"
        )
    with tempfile.TemporaryDirectory(prefix="anxin-bench-") as folder, ExitStack() as stack:
        ours, cookies, pid = stack.enter_context(serve_ours(Path(folder), published))
        empty = stack.enter_context(serve_empty(Path(folder)))
        rows = time_browser(ours, cookies[0], empty)
        waits = asyncio.run(visit_all(ours, cookies))
        rows.append(Row("sessions50_p95_ms", p95(waits), "ms"))
        rows.append(Row("sessions50_mb", memory_mb(pid), "MB"))
    return document("dashboard", rows)


def build_city(schools: int, waves: int) -> Path:
    """A demo city under the user's cache, made once."""
    home = Path.home() / ".cache" / "anxin" / f"bench-{schools}x{waves}"
    words = ["demo", "--home", str(home), "--schools", str(schools), "--waves", str(waves), "--no-serve"]
    subprocess.run([sys.executable, "-m", "pipelines.cli", *words], check=True, stdout=subprocess.DEVNULL)
    return home


@contextmanager
def serve_ours(folder: Path, published: Path) -> Iterator[tuple[int, list[str], int]]:
    """(port, a cookie for each of fifty counselors, process) of a dashboard over a home of its own."""
    home = folder / "home"
    home.mkdir()
    (home / "published").symlink_to(published.resolve())
    environment = {"ANXIN_HOME": str(home)}
    command = [sys.executable, "-m", "pipelines.bench.dashboard"]
    opened = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    port = free_port()
    words = [sys.executable, "-m", "dashboard", "serve", "--port", str(port)]
    with running(words, f"http://127.0.0.1:{port}/health", environment, folder / "ours.log") as pid:
        yield port, json.loads(opened.stdout), pid


@contextmanager
def serve_empty(folder: Path) -> Iterator[int]:
    """The smallest Streamlit app with pages."""
    script, port = folder / "empty.py", free_port()
    script.write_text(EMPTY.replace("NAMES", repr(("today", *PAGES))), encoding="utf-8")
    options = {"server.port": port, "server.headless": "true", "server.address": "127.0.0.1"}
    options |= {"browser.gatherUsageStats": "false", "server.fileWatcherType": "none"}
    words = [sys.executable, "-m", "streamlit", "run", str(script)]
    words += [f"--{name}={value}" for name, value in options.items()]
    with running(words, f"http://127.0.0.1:{port}/_stcore/health", {}, folder / "empty.log"):
        yield port


def time_browser(ours: int, cookie: str, empty: int) -> list[Row]:
    """First views and clicks in turns; the first turn pays for what is built once and isn't counted."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        for turn in range(TURNS + 1):
            for name, port, drawn in (("", ours, ".ax-foot"), ("_empty", empty, "#today")):
                first, clicks = time_visit(browser, port, cookie, drawn, is_ours=not name)
                if turn:
                    found.setdefault(f"first_view{name}_ms", []).append(first)
                    found.setdefault(f"click{name}_ms", []).extend(clicks)
        browser.close()
    rows = []
    for name in ("first_view", "click"):
        against = statistics.median(found[f"{name}_empty_ms"])
        rows.append(row_of(f"{name}_ms", found[f"{name}_ms"], "ms", f"{name}_empty_ms", against))
        rows.append(row_of(f"{name}_empty_ms", found[f"{name}_empty_ms"], "ms"))
    return rows


def time_visit(browser: Any, port: int, cookie: str, drawn: str, *, is_ours: bool) -> tuple[float, list[float]]:
    """A first view with nothing cached, then clicks on tabs: ms from the press until the other page stands."""
    base = f"http://127.0.0.1:{port}"
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": base}])
    page, clicks = context.new_page(), []
    started = time.perf_counter()
    page.goto(base, wait_until="commit")
    page.wait_for_selector(drawn)
    first = 1000 * (time.perf_counter() - started)
    page.wait_for_function(STANDS)
    page.wait_for_timeout(LOOKING)
    for name in PAGES[:CLICKS]:
        started = time.perf_counter()
        page.click(f".ax-nav [data-page={name}]" if is_ours else f"[data-testid=stPageLink-NavLink][href$='{name}']")
        page.wait_for_selector(f".ax-nav [data-page={name}][aria-current]" if is_ours else f"#{name}")
        page.wait_for_function(STANDS)
        clicks.append(1000 * (time.perf_counter() - started))
        page.wait_for_timeout(300)
    context.close()
    return first, clicks


async def visit_all(port: int, cookies: list[str]) -> list[float]:
    """Fifty at once; ms of every click. They come one after the other over the first ten seconds."""
    random = Random(0)
    found = await asyncio.gather(*(visit(port, cookie, Random(random.random())) for cookie in cookies))
    return [wait for waits in found for wait in waits]


async def visit(port: int, cookie: str, random: Random) -> list[float]:
    """One person: a first page, then clicks on others with time to think between."""
    from websockets.asyncio.client import connect

    await asyncio.sleep(random.uniform(0, THINKING))
    address, headers = f"ws://127.0.0.1:{port}/_stcore/stream", {"Cookie": f"{COOKIE}={cookie}"}
    waits = []
    async with connect(address, additional_headers=headers, subprotocols=["streamlit"], max_size=None) as line:  # type: ignore[list-item]
        for name in islice(cycle(("", *PAGES)), ROUNDS + 1):
            waits.append(await click(line, name))
            await asyncio.sleep(random.uniform(THINKING / 2, 1.5 * THINKING))
    return waits[1:]


async def click(line: Any, page: str) -> float:
    """Ask for a page; ms until its script has finished. Raises CannotDo where it failed."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    asked = BackMsg()
    asked.rerun_script.page_name = page
    started = time.perf_counter()
    await line.send(asked.SerializeToString())
    while True:
        told = ForwardMsg()
        told.ParseFromString(await asyncio.wait_for(line.recv(), 60))
        if told.WhichOneof("type") == "script_finished":
            if told.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                raise CannotDo(f"page {page or 'today'} failed", next_step="look at it in a browser")
            return 1000 * (time.perf_counter() - started)


def p95(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def open_sessions() -> list[str]:
    """Fifty counselors of as many schools as there are, signed in; their cookies."""
    from dashboard import sessions
    from dashboard.accounts import add_account
    from dashboard.published import current_release
    from dashboard.settings import settings

    files = sorted((settings().published / current_release()).glob("school_*.duckdb"))
    schools = islice(cycle(file.stem.removeprefix("school_") for file in files), SESSIONS)
    viewers = [add_account(f"bench{n}", "bench password", "counselor", school) for n, school in enumerate(schools)]
    return [sessions.start_session(viewer, "zh_CN") for viewer in viewers]


if __name__ == "__main__":
    print(json.dumps(open_sessions()))
