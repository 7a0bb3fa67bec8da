"""The README's pictures: `python docs/pictures.py [HOME]` builds a demo city and photographs what people see in it.

HOME: a demo city that is there already is taken as it is; a new one takes some minutes. Pictures go to docs/pictures,
in 96 colours, none above 250 KB. Needs chromium and the Debian package fonts-noto-cjk.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).with_name("pictures")
LARGEST = 250_000  # bytes of a picture
COLOURS = 96
FORM_SCREENS = 6  # from the first screen to the question about places
CHROMIUM = "/usr/bin/chromium"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
DESK, FORM = "http://127.0.0.1:8561", "http://127.0.0.1:8161"
SLIP = re.compile(r"http://[^/\s]+(/\S+/b2#\S+)")  # of grades 5 and 6
FIRST_SIGN = "li a[href*='sign=']"


@dataclass(frozen=True)
class View:
    """One picture. `do`: what to do on the page before it is taken; `top`: what to scroll to."""

    name: str
    who: str
    address: str
    size: str = "desktop"
    language: str = "zh_CN"
    dark: bool = False
    top: str = ""
    do: Callable[[Any], None] = lambda page: None


def open_first_sign(page: Any) -> None:
    page.click(FIRST_SIGN)
    page.wait_for_selector(".ax-file", timeout=60_000)


VIEWS = (
    View("today-phone-zh", "counselor", "", "phone"),
    View("sign-desktop-zh", "counselor", "", do=open_first_sign),
    View("sign-phone-en", "counselor", "", "phone", "en", do=open_first_sign),
    View("places-desktop-zh", "counselor", "places", top=".ax h2"),
    View("places-desktop-zh-dark", "counselor", "places", dark=True, top=".ax h2"),
    View("coverage-desktop-en", "bureau", "", language="en"),
    View("funnel-desktop-zh", "bureau", "schools", top=".ax h2"),
)


def main(arguments: list[str]) -> None:
    """Build or take a city, and make every picture."""
    with tempfile.TemporaryDirectory() as fresh:
        home = Path(arguments[0]) if arguments else Path(fresh) / "city"
        slip = build_city(home)
        os.environ["ANXIN_HOME"] = str(home)
        city = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        keep("report-zh", draw_report(city["logins"][0]["scope"]))
        with (
            sync_playwright() as driver,
            serving(f"{DESK}/health", "dashboard", "serve", "--port", DESK[-4:]),
            serving(FORM + slip.partition("#")[0], "survey", "serve", "--port", FORM[-4:]),
        ):
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            keep("form-phone-zh", photograph_form(browser, slip))
            for view in VIEWS:
                keep(view.name, photograph(browser, view, city["password"]))
            browser.close()


def build_city(home: Path) -> str:
    """A demo city with a login for each reader; the path of a slip that is good for one sheet."""
    command = [sys.executable, "-m", "pipelines.cli", "demo", "--home", str(home), "--waves", "2", "--no-serve"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return SLIP.findall(told)[0]


@contextmanager
def serving(address: str, *words: str) -> Iterator[None]:
    """A process of `anxin` that answers at this address."""
    server = subprocess.Popen([sys.executable, "-m", "pipelines.cli", *words])
    try:
        wait_for(address, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
        if server.poll() is not None:
            break
    raise SystemExit(f"{address} doesn't answer")


def photograph(browser: Any, view: View, password: str) -> bytes:
    """One screen of the dashboard, as PNG."""
    scheme = "dark" if view.dark else "light"
    context = browser.new_context(viewport=SIZES[view.size], color_scheme=scheme, device_scale_factor=1.5)
    page = context.new_page()
    page.goto(f"{DESK}/signin")
    page.fill("#name", view.who)
    page.fill("#password", password)
    page.click("button")
    page.wait_for_selector(".ax-foot", timeout=60_000)
    page.request.get(f"{DESK}/language/{view.language}")
    page.goto(f"{DESK}/{view.address}")
    page.wait_for_selector(".ax-foot", timeout=60_000)
    view.do(page)
    page.wait_for_timeout(1500)
    if view.top:
        page.locator(view.top).first.evaluate("element => element.scrollIntoView()")
        page.wait_for_timeout(500)
    taken: bytes = page.screenshot()
    context.close()
    return taken


def photograph_form(browser: Any, slip: str) -> bytes:
    """The question about places, on a phone."""
    context = browser.new_context(viewport=SIZES["phone"], device_scale_factor=1.5)
    page = context.new_page()
    page.goto(FORM + slip)
    page.check("input[name=p][value='1']")
    for _ in range(FORM_SCREENS):
        page.locator("#next").click()
    page.wait_for_timeout(500)
    taken: bytes = page.screenshot()
    context.close()
    return taken


def draw_report(school: str) -> bytes:
    """A school's term report, as far as one page holds it."""
    from dashboard.reports.blocks import Bars, Table
    from dashboard.reports.build import build_report
    from dashboard.reports.pdf import CannotPrint, describe, typeset
    from dashboard.viewer import Viewer

    report = build_report("term", Viewer("counselor", "counselor", school), "zh_CN", {})
    page = b""
    for held, last in enumerate(report.blocks, start=1):
        if isinstance(last, Table | Bars):
            try:
                page = typeset("report.typ", describe(replace(report, blocks=report.blocks[:held])), [], "png")
            except CannotPrint:  # a second page
                break
    return page


def keep(name: str, taken: bytes) -> None:
    """Write a picture in few colours; one that is too large ends the run."""
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    if picture.width > 1400:
        picture = picture.resize((1400, round(picture.height * 1400 / picture.width)), Image.Resampling.LANCZOS)
    path = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes: at most {LARGEST}")
    print(f"{path.name}: {picture.width} × {picture.height}, {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
