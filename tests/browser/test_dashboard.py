"""The dashboard as a person meets it: the real server, a real browser, phone and desktop, both languages."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import playwright.sync_api as playwright
import pytest
from published_city import SCHOOLS

from dashboard.accounts import add_account
from dashboard.settings import settings
from dashboard.site import PAGES
from dashboard.words import say

pytestmark = pytest.mark.browser

PASSWORD = "demo password"
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ACCOUNTS = {
    "lin": ("counselor", "S03"),
    "zhao": ("counselor", "S04"),
    "wu": ("counselor", "S07"),  # a small rural school
    "sun": ("lead", "S03"),
    "chen": ("bureau", ""),
}
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}


@pytest.fixture(scope="module")
def address(cities: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard served from a home of its own, in a process of its own, with an account for each kind of page."""
    home = tmp_path_factory.mktemp("served")
    (home / "published").symlink_to(cities("demo"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANXIN_HOME", str(home))
        settings.cache_clear()
        for name, (role, scope) in ACCOUNTS.items():
            add_account(name, PASSWORD, role, scope)
    settings.cache_clear()
    with serving(home) as base:
        yield base


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of a dashboard over this home, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "dashboard", "serve", "--port", str(port)]
    server = subprocess.Popen(words, env=os.environ | {"ANXIN_HOME": str(home)})
    try:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/health", server)
        yield base
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the server did not answer within a minute")


@dataclass
class Visit:
    """A browser window that remembers what reached it and what went wrong."""

    page: Any
    base: str
    received: list[bytes] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        self.page.goto(f"{self.base}/signin")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.click("button")

    def open(self, address: str) -> None:
        self.page.goto(f"{self.base}/{address}")
        self.page.wait_for_selector(".ax-foot", timeout=60_000)

    def turn_to(self, address: str) -> None:
        """Go to a page by its tab; nothing is loaded anew, which would cost three times as much."""
        self.page.click(f".ax-nav [data-page={address}]")
        self.page.wait_for_selector(f".ax-nav [data-page={address}][aria-current]", timeout=30_000)
        self.page.wait_for_selector("[data-test-script-state='notRunning']", timeout=30_000)
        playwright.expect(self.page.locator("h1")).to_have_count(1)

    def bytes_received(self) -> str:
        return b"\n".join(self.received).decode("utf-8", errors="replace")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.fail("the browser tests need chromium and fonts: apt-get install chromium fonts-noto-cjk")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Callable[..., Visit]]:
    """Open windows; at the end none may have asked another host for anything, or complained."""
    opened: list[tuple[Any, Visit]] = []

    def window(size: str = "desktop", dark: bool = False) -> Visit:
        context = chromium.new_context(viewport=SIZES[size], color_scheme="dark" if dark else "light")
        context.set_default_timeout(60_000)  # on a machine that others load a figure may take half a minute
        held = Visit(context.new_page(), address)
        listen(held)
        opened.append((context, held))
        return held

    yield window
    for context, held in opened:
        context.close()
        assert held.problems == []


def listen(visit: Visit) -> None:
    page = visit.page
    own = visit.base.removeprefix("http://")

    def check_request(request: Any) -> None:
        if not request.url.startswith((visit.base, "data:", "blob:")):
            visit.problems.append(f"foreign request {request.url}")

    def check_console(message: Any) -> None:
        if message.type == "error" and "status of 401" not in message.text and "status of 429" not in message.text:
            visit.problems.append(f"console: {message.text}")

    def keep_reply(reply: Any) -> None:
        kind = reply.headers.get("content-type", "")
        if reply.status == 200 and not reply.url.startswith(f"{visit.base}/static/") and "font" not in kind:
            visit.received.append(reply.url.encode() + (body_of(reply) if "html" in kind or "json" in kind else b""))

    def keep_frames(websocket: Any) -> None:
        if own not in websocket.url:
            visit.problems.append(f"foreign websocket {websocket.url}")
        websocket.on(
            "framereceived", lambda data: visit.received.append(data.encode() if isinstance(data, str) else data)
        )

    page.on("request", check_request)
    page.on("console", check_console)
    page.on("pageerror", lambda error: visit.problems.append(f"page error: {error}"))
    page.on("response", keep_reply)
    page.on("websocket", keep_frames)


def body_of(reply: Any) -> bytes:
    """What came; nothing where the page was left before all of it had come."""
    try:
        body: bytes = reply.body()
    except playwright.Error:
        return b""
    return body


@pytest.mark.parametrize(
    ("name", "role", "size"),
    [
        ("lin", "counselor", "phone"),
        pytest.param("sun", "lead", "phone", marks=pytest.mark.long),
        pytest.param("chen", "bureau", "desktop", marks=pytest.mark.long),
        pytest.param("lin", "counselor", "desktop", marks=pytest.mark.long),
        pytest.param("sun", "lead", "desktop", marks=pytest.mark.long),
        pytest.param("chen", "bureau", "phone", marks=pytest.mark.long),
    ],
)
def test_every_page_fits_in_both_languages(visit: Callable[..., Visit], size: str, name: str, role: str) -> None:
    """Sign in, walk every page by its tab, in Chinese and then in English; nothing is wider than the screen."""
    held = visit(size)
    held.sign_in(name)
    held.page.wait_for_selector(".ax-foot", timeout=60_000)
    for language, lang in (("zh_CN", "zh-CN"), ("en", "en")):
        held.page.goto(f"{held.base}/language/{language}")
        held.open("")
        assert held.page.locator("html").get_attribute("lang") == lang
        for address in PAGES[role]:
            held.page.click(f".ax-nav a:has-text('{say(language, f'page.{address}')}')")
            held.page.wait_for_selector(f".ax-nav [data-page={address}][aria-current]", timeout=30_000)
            held.page.wait_for_selector(".ax-foot", timeout=30_000)
            assert held.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
            playwright.expect(held.page.locator("h1")).to_have_count(1)  # drawn anew while the foot stands


@pytest.mark.parametrize(("size", "dark", "language"), [("phone", False, "zh_CN"), ("desktop", True, "en")])
def test_a_small_school_has_one_page(visit: Callable[..., Visit], size: str, dark: bool, language: str) -> None:
    """Its tab, its four parts and the line of each window; nothing is wider than the screen."""
    held = visit(size, dark)
    held.sign_in("wu")
    held.page.goto(f"{held.base}/language/{language}")
    held.open("signs")
    assert held.page.locator(".ax-nav [aria-current]").inner_text().strip() == say(language, "small.tab")
    parts = [say(language, f"small.{part}") for part in ("known", "sure", "unknown", "act")]
    assert held.page.locator(".ax-chapter > h2").all_inner_texts() == parts
    assert held.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    cut = "[...document.querySelectorAll('.ax-lines b, .ax-facts b')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    assert held.page.evaluate(f"{cut}.length") == 0, "no number runs into its neighbour"


def test_counselor_finds_the_most_urgent_sign_first(visit: Callable[..., Visit]) -> None:
    held = visit("phone")
    held.sign_in("lin")
    held.open("signs")
    held.page.wait_for_selector(".ax-sign", timeout=60_000)
    first = held.page.locator(".ax-sign").first.inner_text()
    assert "七年级（4）班" in first and "紧急关注" in first and "先做这几步" in first
    second = held.page.locator(".ax-sign").nth(1)
    assert "先做这几步" not in second.inner_text(), "the others are folded"
    second.locator("summary").click()
    assert "先做这几步" in second.inner_text()


def test_charts_are_drawn_with_words_for_those_who_do_not_see_them(visit: Callable[..., Visit]) -> None:
    held = visit(dark=True)
    held.sign_in("lin")
    held.open("places")
    held.page.wait_for_selector(
        ".js-plotly-plot .heatmaplayer image, .js-plotly-plot .heatmaplayer path", timeout=30_000
    )
    assert say("zh_CN", "places.map") in held.page.content()
    assert held.page.locator("[aria-label*='地点 × 时间'], [alt*='地点 × 时间']").count() >= 1
    charts = {key: held.page.locator(f"#{key}") for key in ("place_time_map", "grade_map")}
    names = "(at) => [...at.querySelectorAll('.ytick text')].map((name) => name.getBoundingClientRect().left)"
    lefts = charts["place_time_map"].evaluate(names)
    assert lefts and min(lefts) >= (charts["place_time_map"].bounding_box() or {})["x"], "no name is cut"
    assert charts["grade_map"].get_attribute("data-drawn") == "soon", "far below, so nobody waits for it"
    charts["grade_map"].scroll_into_view_if_needed()
    held.page.wait_for_selector("#grade_map[data-drawn=yes] .heatmaplayer", timeout=30_000)


def test_a_figure_follows_the_choice_and_the_one_before_is_gone(visit: Callable[..., Visit]) -> None:
    """Figures are drawn by a script of ours: another indicator is drawn anew, and no figure is left over or twice."""
    held = visit()
    held.sign_in("lin")
    held.page.set_viewport_size({"width": 1280, "height": 2000})  # all figures can be seen
    held.open("trend")
    charts = "[...document.querySelectorAll('.ax-chart')]"
    figures = f"{charts}.map((at) => at.dataset.drawn === 'yes' && at.dataset.figure)"
    all_drawn = f"{charts}.length > 0 && {figures}.every(Boolean)"
    held.page.wait_for_function(f"() => {all_drawn}", timeout=30_000)
    before = held.page.evaluate(f"() => {figures}.join()")
    held.page.locator("[data-testid=stSelectbox] [data-baseweb=select], [data-testid=stSelectbox] button").first.click()
    held.page.locator("[role=option]").nth(1).click()
    held.page.wait_for_function(f"(before) => {all_drawn} && {figures}.join() !== before", arg=before)
    plots = f"{charts}.map((at) => at.querySelectorAll(':scope > .plot-container').length)"
    held.page.wait_for_function(f"() => {all_drawn} && {plots}.every((number) => number > 0)")
    assert set(held.page.evaluate(f"() => {plots}")) == {1}


def test_nothing_of_another_school_reaches_the_browser(visit: Callable[..., Visit]) -> None:
    """Not in a page, a file, or a websocket message; the own school's names are there, so that the search works."""
    held = visit()
    held.sign_in("lin")
    held.open("")
    for address in PAGES["counselor"]:
        held.turn_to(address)
        held.page.wait_for_timeout(600)
    received = held.bytes_received()
    assert "第七中学" in received and "七年级（4）班" in received
    others = [
        text for school, row in SCHOOLS.items() if school != "S03" for text in (row[2], f"{school}_", f"{school}:")
    ]
    assert [text for text in others if text in received] == []


def test_wrong_password_gets_a_kind_word_and_no_page(visit: Callable[..., Visit]) -> None:
    held = visit("phone")
    held.sign_in("lin", "wrong password")
    assert held.page.locator("[role=alert]").inner_text() == say("zh_CN", "signin.wrong")
    assert held.page.url.endswith("/signin") and held.page.input_value("#name") == "lin"


def test_signing_out_empties_the_other_tab_and_closes_the_stream(visit: Callable[..., Visit]) -> None:
    held = visit()
    held.sign_in("zhao")
    held.page.wait_for_selector(".ax-foot", timeout=60_000)
    cookies = {cookie["name"]: cookie["value"] for cookie in held.page.context.cookies()}
    assert handshake(held.base, cookies) == 101, "signed in, the stream opens"
    other = held.page.context.new_page()
    other.goto(f"{held.base}/classes")
    other.wait_for_selector(".ax-foot", timeout=60_000)
    held.page.click(f"a:has-text('{say('zh_CN', 'app.signout')}')")
    held.page.wait_for_selector("#name")
    assert handshake(held.base, cookies) == 403, "the old cookie opens nothing any more"
    assert handshake(held.base, {}) == 403
    other.click(f".ax-nav a:has-text('{say('zh_CN', 'page.coverage')}')")
    other.wait_for_function(
        "word => document.body.innerText.includes(word) || location.pathname === '/signin'",
        arg=say("zh_CN", "signin.ended"),
        timeout=40_000,
    )


def handshake(base: str, cookies: dict[str, str]) -> int:
    """Status of a websocket handshake, by hand."""
    host, port = base.removeprefix("http://").split(":")
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in cookies.items())}",
    ]
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(line.recv(200).split()[1])
