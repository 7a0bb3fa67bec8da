"""Two working days, walked in a real browser: a new counselor's and a bureau's. Every page of them is photographed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import playwright.sync_api as playwright
import pytest
from browser.test_dashboard import Visit, chromium, listen, serving  # noqa: F401 (a fixture)

from dashboard.words import say

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(1200)]

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
LANGUAGES, SCHEMES = ("zh_CN", "en"), ("light", "dark")
ZH = "zh_CN"
SOON = 60_000  # ms; the machine may be busy
RECORDED = "课间去看了三次，和班主任谈了十分钟。"
MEASURE = "课间在三楼厕所外安排一位老师"


@dataclass
class City:
    """A demo city that is being served."""

    home: Path
    base: str
    password: str


@dataclass
class Walk:
    """A browser window in which somebody works, and the folder its photographs go to."""

    held: Visit
    album: Path

    @property
    def page(self) -> Any:
        return self.held.page

    def rest(self) -> None:
        """Wait until the page is drawn; nothing on it may be an error."""
        self.page.wait_for_selector(".ax-foot", timeout=SOON)
        self.page.wait_for_selector("[data-test-script-state=notRunning]", state="attached", timeout=SOON)
        text = self.page.evaluate("document.body.innerText")
        assert self.page.locator("[data-testid=stException]").count() == 0
        for bad in ("Traceback", "Error:", *(say(language, "empty.error") for language in LANGUAGES)):
            assert bad not in text, text

    def go(self, address: str) -> None:
        """By the tab, as a person does."""
        self.page.click(f".ax-nav a:has-text('{say(ZH, f'page.{address}')}')")
        self.page.wait_for_selector(f".ax-nav [data-page={address}][aria-current]", timeout=SOON)
        self.rest()

    def follow(self, selector: str) -> None:
        """A link within the page: nothing is loaded anew, and the address bar knows where one is."""
        link = self.page.locator(selector).first
        wanted = link.get_attribute("href")
        self.page.evaluate("window.stillHere = true")
        link.click()
        self.page.wait_for_function("path => location.pathname + location.search === path", arg=wanted, timeout=SOON)
        self.page.wait_for_timeout(300)
        self.rest()
        assert self.page.evaluate("window.stillHere") is True, "the page was loaded anew"

    def stretch(self, viewport: dict[str, int]) -> None:
        """As high as what is on the page: Streamlit scrolls within the window."""
        high = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({**viewport, "height": min(max(high, viewport["height"]), 5000)})
        self.page.wait_for_timeout(150)

    def photograph(self, name: str) -> None:
        """Phone and desktop, both languages, light and dark; then the window is as it was."""
        address = self.page.url.removeprefix(self.held.base)
        for language in LANGUAGES:
            self.page.request.get(f"{self.held.base}/language/{language}")
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)
                self.page.goto(f"{self.held.base}{address}")
                self.rest()
                for size, viewport in SIZES.items():
                    self.page.set_viewport_size(viewport)
                    self.page.wait_for_timeout(250)
                    width = self.page.evaluate("document.documentElement.scrollWidth")
                    assert width <= viewport["width"], (name, language, size)
                    self.stretch(viewport)
                    self.page.screenshot(path=self.album / f"{name}-{size}-{language}-{scheme}.png")
        self.page.emulate_media(color_scheme="light")
        self.page.request.get(f"{self.held.base}/language/{ZH}")
        self.page.goto(f"{self.held.base}{address}")
        self.rest()


def build_demo(home: Path, *words: str) -> None:
    """`anxin demo`, as a newcomer types it."""
    command = [sys.executable, "-m", "pipelines.cli", "demo", "--home", str(home), "--no-serve", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("walks") / "city"
    build_demo(home, "--schools", "6", "--waves", "2")
    password = json.loads((home / "demo.json").read_text(encoding="utf-8"))["password"]
    with serving(home) as base:
        yield City(home, base, password)


@pytest.fixture
def walk(chromium: Any, city: City, tmp_path: Path) -> Iterator[Callable[[str], Walk]]:  # noqa: F811
    """Sign in as somebody of the demo; at the end no other host was asked and nothing complained."""
    album = tmp_path / "album"
    album.mkdir()
    context = chromium.new_context(viewport=SIZES["phone"], accept_downloads=True)
    context.add_init_script("window.print = () => { window.printed = (window.printed || 0) + 1 }")
    held = Visit(context.new_page(), city.base)
    listen(held)

    def begin(name: str) -> Walk:
        held.sign_in(name, city.password)
        made = Walk(held, album)
        made.rest()
        return made

    yield begin
    context.close()
    assert held.problems == []


def test_a_counselors_walk(walk: Callable[[str], Walk], city: City) -> None:
    """From the log-in to "did it help?": urgent sign, why, first check, measure, patrol sheet, next wave."""
    day = walk("counselor")
    page = day.page
    first = page.locator(".ax-tasks li").first
    levels = [name for name in ("urgent", "warning", "watch") if page.locator(f".ax-tasks li.is-{name}").count()]
    assert f"is-{levels[0]}" in str(first.get_attribute("class")), "the highest level is on top"
    day.photograph("1-today")

    name = page.locator(".ax-tasks li .who b").first.inner_text()
    day.follow(".ax-tasks li a")
    sign = page.url.partition("sign=")[2]
    assert page.locator("h1").inner_text() == name
    assert page.locator(".ax-why li").count() >= 1 and page.locator(".ax-do li").count() >= 1
    day.photograph("2-sign")

    take_and_check(day, sign)
    decide_measure(day, sign)
    day.photograph("3-measure")

    print_patrol_sheet(day)
    day.photograph("4-patrol")

    day.go("measures")
    assert say(ZH, "measure.not_yet", wave="2025 年秋季") in page.locator(".ax-measure .turn").inner_text()
    build_demo(city.home, "--next-wave")
    day.go("today")  # the release was switched under the open page
    day.go("measures")
    turn = page.locator(".ax-measure .turn").inner_text()
    assert any(say(ZH, f"turn.{turn_}") in turn for turn_ in ("rose", "stayed", "fell")), turn
    assert MEASURE in page.locator(".ax-measure .what").inner_text()
    day.photograph("5-looking-back")


def take_and_check(day: Walk, sign: str) -> None:
    """It is mine now; the first check has a result and a reason, which stand in its history."""
    page = day.page
    page.click(f".st-key-take_{sign.replace('.', '-')} button")
    playwright.expect(page.locator(".ax-sign-state, .ax-state").first).to_contain_text(say(ZH, "today.mine"))
    box = page.locator("[class*=st-key-check_result_]")
    acted = box.get_by_text(say(ZH, "check.acted"), exact=True)
    (acted if acted.count() else box.get_by_text(say(ZH, "check.more"), exact=True)).click()
    page.fill("[class*=st-key-check_reason_] textarea", RECORDED)
    page.click(f"button:has-text('{say(ZH, 'do.check')}')")
    page.wait_for_selector(f"text={say(ZH, 'sign.saved')}", timeout=SOON)
    day.rest()
    assert RECORDED in page.evaluate("document.body.innerText")


def decide_measure(day: Walk, sign: str) -> None:
    """A measure for the sign's own class, which names the indicator that it should move."""
    page = day.page
    page.click(f"[class*=st-key-measure_add_] summary:has-text('{say(ZH, 'do.measure')}')")
    page.fill("[class*=st-key-measure_][class*=_what] textarea", MEASURE)
    page.fill("[class*=st-key-measure_][class*=_by] input", "分管校长")
    page.click(f"[class*=st-key-measure_add_] button:has-text('{say(ZH, 'do.measure')}')")
    page.wait_for_selector(".ax-measure", timeout=SOON)
    day.rest()
    assert MEASURE in page.locator(".ax-measure .what").inner_text()


def print_patrol_sheet(day: Walk) -> None:
    """The sheet of the sign's page opens, follows the number of people, and prints on one or two pages."""
    page = day.page
    day.follow(".ax-do a[href='/patrol']")
    rows = page.locator(".ax-posts tbody tr")
    before = rows.count()
    page.click(".st-key-patrol_people button:has-text('3')")
    playwright.expect(rows).not_to_have_count(before, timeout=SOON)
    page.click("[data-print]")
    assert page.evaluate("window.printed") == 1
    sheet = page.pdf(path=day.album / "patrol-sheet.pdf", format="A4")
    assert sheet.startswith(b"%PDF") and len(sheet) > 5_000


def test_a_bureaus_walk(walk: Callable[[str], Walk]) -> None:
    """Who was covered, which schools differ, where to go, and the annual report on paper."""
    day = walk("bureau")
    page = day.page
    for address in ("coverage", "schools", "inspection"):
        if address != "coverage":  # the first page is where one lands
            day.go(address)
        assert say(ZH, "bureau.creed") in page.evaluate("document.body.innerText"), "opens with what it is not for"
        day.photograph(f"1-{address}")
    day.go("schools")
    day.follow(".ax-wide a[data-go]")
    day.photograph("2-one-school")
    page.fill("[data-testid=stForm] input", "例行检查")
    page.click("[data-testid=stFormSubmitButton] button")
    page.wait_for_selector(".ax-facts, .ax table", timeout=SOON)
    day.rest()
    assert say(ZH, "bureau.creed") in page.evaluate("document.body.innerText")
    names = draw_schools(day)
    assert len(names) == 5
    assert names == draw_schools(day), "the same seed draws the same schools"
    day.go("coverage")
    text = docx_text(fetch_report(day))
    chapters = ["还要补写的地方", *(say(ZH, f"paper_annual.{name}") for name in ("governed", "problems", "better"))]
    found = [line for line in text.splitlines() if any(chapter in line for chapter in chapters)]
    assert "【待填】" in text and len(found) >= len(chapters), found


def draw_schools(day: Walk) -> list[str]:
    """Press "draw" and read the list."""
    page = day.page
    day.go("inspection")
    page.fill(".st-key-inspection_seed input", "17")
    page.click(f"button:has-text('{say(ZH, 'inspection.draw')}')")
    page.wait_for_selector(".ax-posts tbody tr", timeout=SOON)
    day.rest()
    names: list[str] = page.locator(".ax-posts tbody th").all_inner_texts()
    return names


def fetch_report(day: Walk) -> Path:
    """The link a bureau presses; the file goes to its own folder."""
    with day.page.expect_download(timeout=SOON) as waiting:
        day.page.click("a[href*='/export/annual'][href*='docx']")
    path = day.album / "annual.docx"
    waiting.value.save_as(path)
    return path


def docx_text(path: Path) -> str:
    from docx import Document

    held = Document(str(path))
    cells = [cell.text for table in held.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in held.paragraphs] + cells)
