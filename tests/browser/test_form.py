"""The form as a child meets it: a real browser, phone and desktop, with and without scripts, to the opened sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import axe_playwright_python.sync_playwright as axe
import playwright.sync_api as playwright
import pytest
from form_server import Served, serve_form
from form_wave import CLASSES, FORMS

from survey.codes import new_code, printed

pytestmark = pytest.mark.browser

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
SIZES = {
    "small": {"width": 320, "height": 640},
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 860},
}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


@dataclass
class Visit:
    """A window of a browser that remembers nothing of another, and what went wrong in it."""

    page: Any
    served: Served
    problems: list[str] = field(default_factory=list)

    def open(self, path: str, code: str = "", query: str = "") -> None:
        self.page.goto(f"{self.served.base}{FORMS[path]}{query}{'#' + code if code else ''}")

    def next(self) -> None:
        self.page.locator("#next").click()

    def screens(self) -> int:
        return self.page.locator(".screen").count()

    def here(self) -> int:
        return self.page.evaluate("[...document.querySelectorAll('.screen')].findIndex(each => !each.hidden)")

    def take_part(self, value: int = 1) -> None:
        self.page.check(f"input[name=p][value='{value}']")

    def check_accessible(self) -> None:
        found = axe.Axe().run(self.page, options=WCAG).response["violations"]
        assert not found, [(each["id"], [node["html"][:200] for node in each["nodes"]][:3]) for each in found]

    def check_width(self) -> None:
        wide, room = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, f"{wide} px on a screen of {room}"

    def hand_in(self) -> None:
        self.page.locator("#send").click()
        self.page.wait_for_url("**/done*")

    def walk_to_end(self) -> None:
        for _ in range(self.screens() - 1 - self.here()):
            self.next()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_form(tmp_path_factory.mktemp("form")) as held:
        yield held


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.fail("the browser tests need chromium and fonts: apt-get install chromium fonts-noto-cjk")
    with playwright.sync_playwright() as held:
        yield held


@pytest.fixture(scope="module")
def chromium(driver: Any) -> Iterator[Any]:
    """With the cache of pages that back and forward show, which the driver would otherwise switch off."""
    off = ["--disable-back-forward-cache"]
    browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, ignore_default_args=off)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium: Any, served: Served) -> Iterator[Callable[..., Visit]]:
    """Open windows; at the end none may have asked another host for anything, or complained."""
    opened: list[tuple[Any, Visit]] = []

    def window(size: str = "phone", dark: bool = False, scripts: bool = True) -> Visit:
        scheme = "dark" if dark else "light"
        context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme, java_script_enabled=scripts)
        held = Visit(context.new_page(), served)
        listen(held)
        opened.append((context, held))
        return held

    yield window
    for context, held in opened:
        context.close()
        assert held.problems == []


def listen(visit: Visit) -> None:
    def check_request(request: Any) -> None:
        if not request.url.startswith((visit.served.base, "data:")):
            visit.problems.append(f"foreign request {request.url}")

    def check_console(message: Any) -> None:
        if (
            message.type in ("error", "warning")
            and "status of 4" not in message.text
            and "ERR_FAILED" not in message.text
        ):
            visit.problems.append(f"console: {message.text}")

    visit.page.on("request", check_request)
    visit.page.on("console", check_console)
    visit.page.on("pageerror", lambda error: visit.problems.append(f"page error: {error}"))


def code_for(served: Served, path: str) -> str:
    return served.wave.codes(path)[0]


def fill_in(visit: Visit, path: str, query: str, check_every: int) -> None:
    """Page by page with scripts: the last option of every question, looked at on the way."""
    visit.open(path, code_for(visit.served, path), query)
    visit.take_part()
    for place in range(visit.screens()):
        assert visit.here() == place
        visit.check_width()
        if place % check_every == 0:
            visit.check_accessible()
        for question in visit.page.locator(".screen:visible fieldset:visible").all() if place else []:
            question.locator("label:visible").last.click()
        if place < visit.screens() - 1:
            visit.next()
    assert not visit.page.locator("#left").is_visible()
    visit.hand_in()


def fill_in_without_scripts(visit: Visit, path: str, query: str = "") -> None:
    """One long page, everything by mouse."""
    visit.open(path, query=query)
    visit.check_width()
    for question in visit.page.locator("fieldset").all():
        question.locator("label:not([for$=n]):not(.z)").last.click()
    visit.take_part()
    visit.page.fill("#code", printed(code_for(visit.served, path)))
    visit.hand_in()


def check_receipt(visit: Visit, checks: bool) -> None:
    visit.check_width()
    if checks:
        visit.check_accessible()
    assert "12355" in visit.page.inner_text("main")
    kept = visit.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, document.cookie, (await caches.keys()).length,"
        " (await indexedDB.databases()).length, (await navigator.serviceWorker.getRegistrations()).length]"
    )
    assert kept == [0, 0, "", 0, 0, 0] and visit.page.context.cookies() == []


@pytest.mark.parametrize(
    ("path", "query", "size", "dark"),
    [("b1", "", "phone", False), ("b4", "?lang=en", "desktop", True)],
)
def test_a_form_is_filled_in_page_by_page(
    visit: Callable[..., Visit], path: str, query: str, size: str, dark: bool
) -> None:
    """Pages are accessible and fit; what was ticked is what the key opens (see the last test)."""
    held = visit(size, dark=dark)
    fill_in(held, path, query, check_every=4)
    check_receipt(held, checks=True)


def test_a_form_is_filled_in_without_scripts(visit: Callable[..., Visit]) -> None:
    held = visit(scripts=False)
    fill_in_without_scripts(held, "b2")
    assert "12355" in held.page.inner_text("main") and held.page.context.cookies() == []


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("path", "query"), list(product(FORMS, ["", "?lang=en"])))
def test_all_forms_in_all_ways(visit: Callable[..., Visit], path: str, query: str) -> None:
    """Axe sees every page in light on a phone and in dark on a desktop; the smallest screen is tried for its width."""
    for size, dark, check_every in (("phone", False, 1), ("desktop", True, 1), ("small", True, 99)):
        held = visit(size, dark=dark)
        fill_in(held, path, query, check_every)
        check_receipt(held, checks=True)
        fill_in_without_scripts(visit(size, dark=dark, scripts=False), path, query)


@pytest.mark.parametrize("address", ["/promise", "/promise?lang=en", "/S01/help", "/S01/nowhere", "/S02/done?lang=en"])
def test_pages_beside_the_form_are_accessible(visit: Callable[..., Visit], address: str) -> None:
    for size, dark in (("small", False), ("desktop", True)):
        held = visit(size, dark=dark)
        held.page.goto(held.served.base + address)
        held.check_width()
        held.check_accessible()


def test_the_page_without_scripts_is_accessible(visit: Callable[..., Visit]) -> None:
    """Looked at with the script's mark taken away, for the checker is a script itself."""
    held = visit("small")
    held.page.route("**/b3", lambda route: route.fulfill(body=plain_page(route), headers={"content-type": "text/html"}))
    held.open("b3")
    assert held.page.locator(".screen:visible").count() == held.screens()
    held.check_width()
    held.check_accessible()


def plain_page(route: Any) -> str:
    page: str = route.fetch().text()
    return page[: page.index("<script>")] + page[page.index("</script>") + len("</script>") :]


def test_help_and_cover_lose_nothing(visit: Callable[..., Visit]) -> None:
    """Escape covers at once, wherever one is; only the button uncovers; help comes and goes."""
    held = visit()
    held.open("b1", code_for(held.served, "b1"))
    held.take_part()
    held.next(), held.next()
    held.page.locator(".screen:visible fieldset:visible label:visible").first.click()
    before = held.page.evaluate("new URLSearchParams(new FormData(document.forms[0])).toString()")
    held.page.click("#ask")
    assert held.page.locator("#help").is_visible() and "12355" in held.page.inner_text("#help")
    held.check_accessible()
    for _ in range(2):
        held.page.keyboard.press("Escape")
        assert held.page.locator(".cover").is_visible() and not held.page.locator("#help h2").is_visible()
        assert "住校" not in held.page.locator("body").inner_text()
    held.check_accessible()
    held.page.keyboard.press("Tab")
    assert held.page.evaluate("!document.activeElement.closest('main,header')"), (
        "nothing behind the cover can be reached"
    )
    held.page.click(".cover label")
    held.page.click("#return")
    assert held.page.evaluate("document.activeElement.id") == "ask"
    assert held.page.evaluate("new URLSearchParams(new FormData(document.forms[0])).toString()") == before
    assert held.page.locator(".screen:visible").inner_text().count("住校") == 1


def test_the_cover_works_without_scripts(visit: Callable[..., Visit]) -> None:
    held = visit(scripts=False)
    held.open("b1")
    held.page.locator(".top label").click()
    assert held.page.locator(".cover").is_visible() and not held.page.locator(".title").is_visible()
    held.page.click(".cover label")
    assert held.page.locator(".title").is_visible()


def test_nothing_is_left_for_the_next_student(visit: Callable[..., Visit]) -> None:
    """Back, forward, reload, a second tab: after handing in, and after walking away from a half-filled form."""
    held = visit()
    page = held.page
    page.on("dialog", lambda dialog: dialog.accept())
    code = code_for(held.served, "b1")
    held.open("b1", code)
    assert code not in page.url and page.title() == "安心问卷"
    held.take_part()
    held.walk_to_end()
    held.hand_in()
    for _ in range(4):
        page.go_back()
        check_untouched(held, code)
    page.go_forward()
    check_untouched(held, code)
    page.reload()
    check_untouched(held, code)
    held.take_part()
    page.goto(held.served.base + "/S01/help")
    page.go_back()
    check_untouched(held, code)
    other = Visit(page.context.new_page(), held.served)
    other.open("b1")
    check_untouched(other, code)


def test_a_typed_code_stands_in_no_address(visit: Callable[..., Visit]) -> None:
    """The browser writes addresses into its history. A code that came in one is carried on to the other language."""
    held = visit()
    code = code_for(held.served, "b1")
    held.open("b1")
    held.take_part()
    held.next()
    held.page.fill("#code", code)
    held.page.click("#back")
    assert "#" not in str(held.page.get_attribute(".langs a", "href"))
    held.page.on("dialog", lambda dialog: dialog.accept())
    held.page.click(".langs a")
    held.page.wait_for_url("**lang=en")
    assert held.page.input_value("#code") == ""
    held.open("b1", code)
    held.page.click(".langs a")
    held.page.wait_for_url("**lang=en")
    assert held.page.input_value("#code") == printed(code)


def check_untouched(visit: Visit, code: str) -> None:
    """A fresh form, or the receipt: no answer, no code."""
    page = visit.page
    page.wait_for_load_state()
    ticked = page.evaluate("[...document.querySelectorAll('input:checked')].filter(each => each.value !== '_').length")
    typed = page.evaluate("(document.getElementById('code') || {value: ''}).value")
    assert (ticked, typed) == (0, "") and code not in page.content() and printed(code) not in page.content()


def test_nothing_is_left_without_scripts_either(visit: Callable[..., Visit]) -> None:
    held = visit(scripts=False)
    fill_in_without_scripts(held, "b1")
    held.page.go_back(wait_until="commit")
    checked = held.page.locator("input:checked")
    assert checked.count() > 40 and {each.get_attribute("value") for each in checked.all()[::5]} == {"_"}
    assert held.page.input_value("#code") == ""


def test_a_used_slip_is_changed_for_a_new_one(visit: Callable[..., Visit]) -> None:
    """The refusal comes with everything still ticked; the code's page opens, the new code saves it."""
    held = visit()
    held.open("b1", new_code())
    held.take_part()
    held.next(), held.next()
    held.page.locator(".screen:visible fieldset:visible label:visible").first.click()
    held.walk_to_end()
    held.page.click("#send")
    held.page.wait_for_selector("#alert:not(:empty)")
    assert "举手" in held.page.inner_text("#alert") and held.here() == 1 and held.page.input_value("#code") == ""
    held.check_accessible()
    for character in code_for(held.served, "b1"):
        held.page.click(f"#keys button:text-is('{character}')")
    held.next()
    assert held.page.locator(".screen:visible input[type=checkbox]").first.is_checked()
    held.walk_to_end()
    held.hand_in()


def test_a_typing_error_is_said_at_once(visit: Callable[..., Visit]) -> None:
    held = visit()
    held.open("b1")
    held.next()
    assert held.here() == 0 and "请先选" in held.page.inner_text("#nudge")
    held.take_part()
    held.next()
    code = code_for(held.served, "b1")
    swapped = code[1] + code[0] + code[2:] if code[0] != code[1] else code[:-1] + ("0" if code[-1] != "0" else "1")
    held.page.fill("#code", swapped.lower())
    held.page.keyboard.press("Enter")
    assert held.here() == 1 and "打错" in held.page.inner_text("#alert")
    held.page.fill("#code", code.lower())
    held.page.keyboard.press("Enter")
    assert held.here() == 2 and held.page.inner_text("#alert") == ""


def test_a_lost_line_loses_no_answer_and_doubles_none(visit: Callable[..., Visit]) -> None:
    """The network fails before, then after the server stored the sheet; pressing again succeeds, once."""
    held = visit()
    code = code_for(held.served, "b5")
    held.open("b5", code)
    held.take_part()
    held.walk_to_end()
    troubles = [lambda route: route.abort(), lambda route: (route.fetch(max_redirects=0), route.abort())]
    for trouble in troubles:
        held.page.route("**/b5", trouble)
        held.page.click("#send")
        held.page.wait_for_selector("#alert:not(:empty)")
        assert "没有保存" in held.page.inner_text("#alert")
        held.page.unroute("**/b5")
        held.page.wait_for_function("!document.getElementById('send').disabled")
    held.hand_in()


def test_a_blank_looks_like_any_other(visit: Callable[..., Visit]) -> None:
    """The same pages in the same number; nobody who hands in a blank is asked about empty questions."""
    held = visit()
    held.open("b1", code_for(held.served, "b1"))
    held.take_part(0)
    held.walk_to_end()
    assert held.here() == held.screens() - 1 and not held.page.locator("#left").is_visible()
    held.hand_in()
    check_receipt(held, checks=False)


def test_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    """Tab, arrows, space and enter; the focus is at the top of each new page."""
    held = visit("desktop")
    held.open("b1", code_for(held.served, "b1"))
    page = held.page
    page.focus("input[name=p][value='_']")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("input[name=p][value='1']")
    press_button(page, "next")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    press_button(page, "next")
    page.keyboard.press("Shift+Tab")
    page.focus(".screen:not([hidden]) h2")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(".screen:visible input[type=checkbox]").first.is_checked()
    for _ in range(held.screens() - 3):
        press_button(page, "next")
    press_button(page, "send")
    page.wait_for_url("**/done*")


def press_button(page: Any, name: str) -> None:
    page.focus(f"#{name}")
    page.keyboard.press("Enter")


def test_what_was_ticked_is_what_was_sealed(served: Served) -> None:
    """After all visits above: close the wave, open the envelopes, and look at what was filled in."""
    wave = served.wave
    sheets = {class_id: [] for _, class_id, _, _ in CLASSES.values()}
    for sheet in wave.sheets():
        sheets[sheet.class_id].append(sheet.answers)
    for path in ("b1", "b2", "b4"):
        _, class_id, band, _ = CLASSES[path]
        full = max(sheets[class_id], key=lambda answers: sum(value is not None for value in answers.values()))
        for item in wave.instrument.items_in(band):
            if item.store == "answers":
                last = wave.instrument.options_of(item.code, band)[-1].code
                column = f"{item.code}__{last}" if item.type == "multi" else item.code
                assert full[column] == (1 if item.type == "multi" else last), column
    assert sum(answers["take_part"] == 0 for answers in sheets["S01_301"]) == 1
    assert len(sheets["S02_V1"]) == 1, "the lost reply was stored once"
