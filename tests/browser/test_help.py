"""The help slip as a child meets it: a real browser, phone and desktop, both languages, with and without JavaScript."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python.sync_playwright as axe
import playwright.sync_api as playwright
import pytest
from help_school import PASSPHRASE, SCHOOL, write_school
from sqlalchemy import Engine

from dashboard import help as dashboard_help
from dashboard.settings import settings as dashboard_settings
from dashboard.viewer import Viewer
from survey.help import keys
from survey.help.app import build_help_app
from survey.help.store import help_url, open_store
from survey.help.words import say
from survey.settings import SurveySettings

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
SIZES = {"phone": (390, 844), "small": (320, 568), "desktop": (1280, 900)}
WORDS = "下课总有几个人把我的书扔来扔去，我不敢说。"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, SurveySettings, Engine]]:
    """(address, settings, store) of the pages behind a real server."""
    import uvicorn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "PASSES", 1)
        patch.setattr(keys, "MEMORY", 8192)
        settings = SurveySettings(home=tmp_path_factory.mktemp("help"))
        store = open_store(help_url(settings))
        write_school(store)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(build_help_app(settings), port=port, access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/help-slip/{SCHOOL}", settings, store
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.fail("the browser tests need chromium and fonts: apt-get install chromium fonts-noto-cjk")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, served: tuple[str, SurveySettings, Engine]) -> Iterator[Callable[..., Any]]:
    """Open a window; at the end none may have complained, asked another host, or kept anything."""
    opened: list[Any] = []
    problems: list[str] = []

    def window(size: str = "phone", **options: Any) -> Any:
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        held = context.new_page()
        held.on("console", lambda message: note(message.type == "error", message.text))
        held.on("pageerror", lambda error: note(True, str(error)))
        held.on("request", lambda request: note(not request.url.startswith("http://127.0.0.1"), request.url))
        opened.append(context)
        return held

    def note(is_problem: bool, text: str) -> None:
        if is_problem and "422" not in text:
            problems.append(text)

    yield window
    kept = [context.storage_state() for context in opened]
    for context in opened:
        context.close()
    assert problems == []
    assert all(state == {"cookies": [], "origins": []} for state in kept)


def hand_in(held: Any, address: str, language: str = "zh", nth: int = 0) -> str:
    """Fill the form, hand it in; the receipt code as shown."""
    held.goto(f"{address}?lang={language}")
    held.locator("input[name=who]").nth(nth).check()
    held.fill("#text", WORDS)
    held.fill("#reach", "七年级，午休在图书馆")
    held.click("button[type=submit]")
    return str(held.inner_text(".code"))


def answer_all(settings: SurveySettings, monkeypatch: pytest.MonkeyPatch, account: str, text: str) -> None:
    """The adult's side: open every slip that waits and answer it."""
    monkeypatch.setenv("ANXIN_HOME", str(settings.home))
    dashboard_settings.cache_clear()
    viewer = Viewer(account, "counselor", SCHOOL)
    mailboxes = dashboard_help.find_mailboxes(viewer)
    for slip in dashboard_help.list_slips(mailboxes, dashboard_help.unlock(mailboxes, PASSPHRASE)):
        if slip.is_waiting:
            dashboard_help.open_slip(viewer, slip)
            dashboard_help.write_answer(slip, text)


def faults(held: Any) -> list[str]:
    """What axe finds wrong, by rule and place."""
    found = axe.Axe().run(held).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_from_slip_to_answer(
    page: Callable[..., Any],
    served: tuple[str, SurveySettings, Engine],
    monkeypatch: pytest.MonkeyPatch,
    size: str,
    language: str,
) -> None:
    """The small screen goes without JavaScript; the desktop is dark."""
    address, settings, _ = served
    held = page(size, java_script_enabled=size != "small", color_scheme="dark" if size == "desktop" else "light")
    code = hand_in(held, address, language)
    answer_all(settings, monkeypatch, "lin", "明天午休我在图书馆等你。")
    held.goto(f"{address}/answer?lang={language}")
    held.fill("#code", code.lower())
    held.click("button[type=submit]")
    assert held.inner_text(".letter .words") == "明天午休我在图书馆等你。"
    assert "心理老师 林老师" in held.inner_text(".letter .from")
    if size != "small":
        assert held.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


@pytest.mark.parametrize(("language", "dark"), [("zh", False), pytest.param("en", True, marks=pytest.mark.long)])
def test_axe_finds_nothing(
    page: Callable[..., Any],
    served: tuple[str, SurveySettings, Engine],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    dark: bool,
) -> None:
    address, settings, _ = served
    held = page("phone", color_scheme="dark" if dark else "light")
    held.goto(f"{address}?lang={language}")
    assert faults(held) == [], "form"
    held.click("button[type=submit]")
    assert held.locator("[role=alert]").inner_text() == say(language, "need_words")
    assert faults(held) == [], "form with a problem"
    code = hand_in(held, address, language)
    assert faults(held) == [], "receipt"
    answer_all(settings, monkeypatch, "lin", "我在。")
    held.goto(f"{address}/answer?lang={language}")
    assert faults(held) == [], "asking for the code"
    held.fill("#code", code)
    held.click("button[type=submit]")
    assert faults(held) == [], "answer"
    held.evaluate("document.querySelector('.letter p').style.color = '#ccc'; document.querySelector('h1').remove()")
    assert faults(held) != [], "the search finds what it looks for"


def test_keyboard_alone_is_enough(page: Callable[..., Any], served: tuple[str, SurveySettings, Engine]) -> None:
    held = page("desktop")
    held.goto(served[0])
    held.locator("input[name=who]").first.focus()
    held.keyboard.press("Space")
    for _ in range(3):
        held.keyboard.press("Tab")
    held.keyboard.type(WORDS)
    held.keyboard.press("Tab")
    held.keyboard.press("Tab")
    held.keyboard.press("Enter")
    held.wait_for_selector(".code", timeout=10_000)
    assert held.locator(".code").first.inner_text().strip(), "the receipt shows the code"


def test_the_next_child_at_this_screen_learns_nothing(
    page: Callable[..., Any], served: tuple[str, SurveySettings, Engine]
) -> None:
    """Back, forward and reload show neither the words nor the code, and send nothing twice."""
    held = page("desktop")
    code = hand_in(held, served[0])
    held.reload()
    assert WORDS not in held.content() and code not in held.content()
    for step in (held.go_back, held.go_forward, held.go_back):
        step()
        typed = [box.input_value() for box in held.locator("#text, #reach").all()]
        assert WORDS not in held.content() and code not in held.content() and not any(typed)


def test_the_screen_can_be_covered(page: Callable[..., Any], served: tuple[str, SurveySettings, Engine]) -> None:
    held = page("phone")
    held.goto(served[0])
    held.fill("#text", WORDS)
    held.click("[data-cover]")
    assert not held.locator("#text").is_visible()
    held.click("[data-cover]")
    assert held.input_value("#text") == WORDS
