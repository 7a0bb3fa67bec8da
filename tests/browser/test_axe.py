"""axe on every page of every role, unfolded: phone and desktop, light and dark, with casework on the desk.

The whole page is judged, by all of axe's rules. What Streamlit's own markup breaks stands in axe_exceptions.yml, each
with its reason, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python.sync_playwright as axe
import pytest
import yaml
from browser.test_dashboard import PASSWORD, SIZES, Visit, chromium, serving  # noqa: F401 (a fixture)
from report_school import LIN, fill_school

from dashboard.accounts import add_account
from dashboard.casework import store
from dashboard.casework.sync import sync_signs
from dashboard.public import write_public
from dashboard.settings import settings
from dashboard.site import PAGES

pytestmark = pytest.mark.browser

EXCEPTIONS = Path(__file__).with_name("axe_exceptions.yml")
OFFICE = {"name": "清河市学生欺凌防治办公室", "telephone": "0000-1234567", "plan": ["每学期调查一次"]}
PEOPLE = {
    "lin": ("counselor", "S03"),
    "wu": ("counselor", "S07"),  # a small rural school
    "sun": ("lead", "S03"),
    "chen": ("bureau", ""),
    "dong": ("district", "D1"),
    "luo": ("office", "S03"),
    "an": ("auditor", ""),
    "gao": ("operator", ""),
}
LINKS = {  # pages that no tab leads to: on which page their link stands
    "counselor": (("today", "sign="), ("records", "case="), ("records", "incident=")),
    "district": (("schools", "school="),),
    "bureau": (("schools", "school="),),
}
LOOKS = [(size, dark) for size in SIZES for dark in (False, True)]
# Of each kind of page one look at every change; everybody in all four looks in the long run.
SHORT = {("wu", "phone", True), ("an", "desktop", False)}
CASES = [
    pytest.param(name, *look, marks=[] if (name, *look) in SHORT else pytest.mark.long)
    for name in PEOPLE
    for look in LOOKS
]


# The pages around the dashboard: one look at every change.
AROUND = [pytest.param(*look, marks=[] if look == ("phone", True) else pytest.mark.long) for look in LOOKS]


@dataclass
class Judge:
    """What axe finds, less the listed exceptions."""

    listed: list[dict[str, str]] = field(default_factory=lambda: yaml.safe_load(EXCEPTIONS.read_text("utf-8")))

    def faults(self, page: Any) -> list[str]:
        found = axe.Axe().run(page).response
        assert len(found["passes"]) >= 10, "axe has looked at nothing"
        nodes = [(rule["id"], node["html"]) for rule in found["violations"] for node in rule["nodes"]]
        return [f"{rule}: {html[:200]}" for rule, html in nodes if not self.is_listed(rule, html)]

    def is_listed(self, rule: str, html: str) -> bool:
        return any(one["rule"] == rule and one["markup"] in html for one in self.listed)


@pytest.fixture(scope="module")
def served(cities: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard whose school S03 has a case, an incident, measures and activities; an account for each person."""
    home = tmp_path_factory.mktemp("worked")
    (home / "published").symlink_to(cities("demo"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANXIN_HOME", str(home))
        settings.cache_clear()
        store.forget()
        sync_signs()
        fill_school(LIN)
        for name, (role, scope) in PEOPLE.items():
            add_account(name, PASSWORD, role, scope)
    settings.cache_clear()
    store.forget()
    with serving(home) as base:
        yield base


@pytest.fixture
def window(chromium: Any) -> Iterator[Callable[[str, bool], Any]]:  # noqa: F811
    opened = []

    def made(size: str, dark: bool) -> Any:
        opened.append(chromium.new_context(viewport=SIZES[size], color_scheme="dark" if dark else "light"))
        return opened[-1].new_page()

    yield made
    for context in opened:
        context.close()


@pytest.mark.parametrize(("name", "size", "dark"), CASES)
def test_axe_finds_nothing_on_any_page(
    served: str, window: Callable[..., Any], name: str, size: str, dark: bool
) -> None:
    held, judge = Visit(window(size, dark), served), Judge()
    held.sign_in(name)
    for address in addresses(held, PEOPLE[name][0]):
        show(held, address)
        unfold(held.page)
        assert judge.faults(held.page) == [], address


def addresses(held: Visit, role: str) -> list[str]:
    """Every tab of a role, and one page of each kind that a link leads to."""
    found = list(PAGES[role])
    held.open("")
    for on, wanted in LINKS.get(role, ()):
        show(held, on)
        links = held.page.locator(f"a[href*='{wanted}']")
        found += [links.first.get_attribute("href").lstrip("/")] if links.count() else []
    return found


def show(held: Visit, address: str) -> None:
    """A page, drawn, by its tab if it has one; a bureau gives its reason for opening a school."""
    page = held.page
    (held.open if "=" in address else held.turn_to)(address)
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached", timeout=60_000)
    if "school=" in address and page.locator("[data-testid=stForm] input").count():
        page.fill("[data-testid=stForm] input", "例行检查")
        page.click("[data-testid=stForm] button[kind*=primary], [data-testid=stFormSubmitButton] button")
        page.wait_for_selector(".ax-facts, .ax table", timeout=60_000)
    page.wait_for_timeout(300)


def show_section(page: Any, section: int) -> None:
    """The section that was chosen has been drawn, and is unfolded."""
    chosen = f"[data-testid=stButtonGroup] [role=radio] >> nth={section}"
    page.wait_for_function("element => element.ariaChecked === 'true'", arg=page.query_selector(chosen))
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached", timeout=60_000)
    unfold(page)


def unfold(page: Any) -> None:
    """What is folded is judged too."""
    for summary in page.locator("summary").all():
        if summary.is_visible() and not summary.evaluate("element => element.parentElement.open"):
            summary.click()
    page.wait_for_timeout(300)


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)])
def test_axe_finds_nothing_where_something_opens_over_the_page(
    served: str, window: Callable[..., Any], dark: bool
) -> None:
    """A list of choices, the calendar, the help beside a field."""
    held, judge = Visit(window("desktop", dark), served), Judge()
    held.sign_in("lin")
    held.open("")
    show(held, "places")
    box = held.page.get_by_role("combobox").first
    box.focus()
    held.page.wait_for_timeout(500)  # a key that comes while the page is being drawn is lost
    box.press("ArrowDown")
    held.page.wait_for_selector("[role=listbox]")
    assert judge.faults(held.page) == [], "choices"
    show(held, "measures")
    unfold(held.page)
    held.page.locator("[data-testid=stDateInputCalendarButton]").first.click()
    held.page.wait_for_selector("[role=dialog]")
    assert judge.faults(held.page) == [], "calendar"
    held.page.keyboard.press("Escape")
    held.page.locator("[data-testid=stTooltipHoverTarget] button").first.focus()
    held.page.wait_for_timeout(800)  # half faded in, its words have little contrast
    assert judge.faults(held.page) == [], "help"
    show(held, "records")
    sections = held.page.locator("[data-testid=stButtonGroup] [role=radio]")
    for section in range(1, sections.count()):
        sections.nth(section).click()
        show_section(held.page, section)
        assert judge.faults(held.page) == [], section


@pytest.mark.parametrize(("size", "dark"), AROUND)
def test_axe_finds_nothing_at_the_door(served: str, window: Callable[..., Any], size: str, dark: bool) -> None:
    """The sign-in page, before and after a wrong password."""
    page, judge = window(size, dark), Judge()
    page.goto(f"{served}/signin")
    assert judge.faults(page) == []
    Visit(page, served).sign_in("nobody", "wrong password")
    page.wait_for_selector("[role=alert]")
    assert judge.faults(page) == []


@pytest.mark.parametrize(("size", "dark"), AROUND)
def test_axe_finds_nothing_on_the_public_page(
    home: Path, show_city: Callable[[str], None], window: Callable[..., Any], tmp_path: Path, size: str, dark: bool
) -> None:
    show_city("demo")
    (home / "office.yml").write_text(yaml.safe_dump(OFFICE, allow_unicode=True), encoding="utf-8")
    page, judge = window(size, dark), Judge()
    for path in write_public(tmp_path):
        page.goto(path.as_uri())
        assert judge.faults(page) == [], path.name


def test_what_is_not_listed_is_a_fault(window: Callable[..., Any]) -> None:
    """A picture without words, grey on grey: the judge sees them; an exception covers its own rule and markup alone."""
    page = window("desktop", False)
    page.set_content("<main><img src='a.png' class='theirs'><p style='color:#999;background:#aaa'>grey</p></main>" * 2)
    found = axe.Axe().run(page).response["violations"]
    assert {"image-alt", "color-contrast"} <= {rule["id"] for rule in found}
    judge = Judge([{"rule": "image-alt", "markup": "theirs", "reason": "a test's"}])
    assert judge.is_listed("image-alt", '<img class="theirs">')
    assert not judge.is_listed("image-alt", '<img class="ours">')
    assert not judge.is_listed("list", '<img class="theirs">')
