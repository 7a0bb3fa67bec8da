"""The store of casework locked, full, read-only, damaged or gone: each page says so, and what was typed stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import cycle

import pytest
from dashboard_cities import Work
from markupsafe import escape
from streamlit.testing.v1 import AppTest
from views.test_pages import html_of, page

from dashboard import accounts
from dashboard.casework import cases, clocks, incidents, measures, signs, store
from dashboard.casework.problems import CaseworkGone
from dashboard.casework.sync import sync_signs
from dashboard.casework.values import IncidentDraft
from dashboard.viewer import Viewer
from dashboard.words import LANGUAGES, say

LIN = Viewer("lin", "counselor", "S03")
SIGN, OTHER = "2026-1.class.S03_704", "2026-1.class.S03_901"
DAY = date(2026, 5, 20)
TYPED = "课间去看了三次"
CODES = ("locked", "full", "read_only", "damaged", "gone")
READ = [("counselor", "S03", address) for address in ("today", "measures", "records")]
READ += [(role, scope, "actions") for role, scope in (("bureau", ""), ("district", "D1"))]
# pages with a form, and what their address names
WRITTEN = {
    "new": ("signs", {"sign": SIGN}, ""),
    "checked": ("signs", {"sign": OTHER}, ""),
    "measures": ("measures", {}, ""),
    "case": ("records", {"case": "2026-0001"}, ""),
    "incident": ("records", {"incident": "2026-0001"}, ""),
    **{section: ("records", {}, section) for section in ("cases", "incidents", "activities", "roster")},
}

SOON = ("new", "measures", "case")  # forms of the short tests: a sign, a measure, a case


@pytest.fixture
def school(begin_work: Callable[[Work], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """S03 with a sign of each state, a case, a report and a measure that isn't done."""
    monkeypatch.setattr(clocks, "today", lambda: DAY)
    begin_work(write_work)
    other = next(one for one in signs.list_signs(LIN) if one.sign_id != SIGN and one.kind)
    WRITTEN["checked"] = ("signs", {"sign": other.sign_id}, "")


def write_work() -> None:
    sync_signs()
    for name in ("lin", "wu"):
        accounts.add_account(name, "correct horse", "counselor", "S03")
    other = next(one for one in signs.list_signs(LIN) if one.sign_id != SIGN and one.kind)
    signs.finish_check(LIN, other.sign_id, other.version, "founded", TYPED)
    case = cases.open_case(LIN, TYPED, opened_on=DAY)
    incidents.report_incident(LIN, IncidentDraft(DAY, TYPED, TYPED, TYPED, 1, 1, 1, TYPED))
    for belongs in ({"sign_id": other.sign_id}, {"case_id": case.case_id}):
        measures.add_measure(LIN, TYPED, "place", "yard", "happens", "2026-1", "校长", DAY, **belongs)


def look(role: str, scope: str, address: str, language: str = "zh_CN", **asked: str) -> AppTest:
    arguments = {"role": role, "scope": scope, "language": language, "address": address}
    app = AppTest.from_function(page, kwargs=arguments, default_timeout=60)
    for key, value in asked.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def take_away(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """From now on the store can be neither read nor written."""

    def fails() -> None:
        raise CaseworkGone(code)

    monkeypatch.setattr(store, "engine", fails)


@pytest.mark.parametrize(("role", "scope", "address"), READ)
def test_every_page_that_reads_it_says_which_fault_once(
    school: None, monkeypatch: pytest.MonkeyPatch, role: str, scope: str, address: str
) -> None:
    """In the reader's language, with what to do; the same words four times over would look like four faults."""
    for code, language in zip(CODES, cycle(LANGUAGES)):
        with monkeypatch.context() as away:
            take_away(away, code)
            html = html_of(look(role, scope, address, language))
        assert escape(say(language, f"gone.{code}")) in html, code
        assert html.count(escape(say(language, "gone.title"))) == (2 if address == "measures" else 1), code


@pytest.mark.parametrize(
    "name", [name if name in SOON else pytest.param(name, marks=pytest.mark.long) for name in WRITTEN]
)
def test_no_form_loses_a_word_whatever_button_is_pressed(
    school: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Typed, then the store goes: every field still holds its words, and works when the store is back."""
    address, asked, section = WRITTEN[name]
    codes, languages = cycle(CODES), cycle(LANGUAGES)
    for number in range(len(open_page(address, asked, section, "zh_CN").button)):
        code, language = next(codes), next(languages)
        app = open_page(address, asked, section, language)
        fields = [field.input(TYPED) for field in (*app.text_area, *app.text_input)]
        form = app.button[number].proto.form_id
        pressed = {field.key for field in fields if form and field.proto.form_id == form}
        with monkeypatch.context() as away:
            take_away(away, code)
            app.button[number].click().run()
        assert not app.exception and escape(say(language, f"gone.{code}")) in html_of(app), (name, number)
        held = {field.key: field.value for field in (*app.text_area, *app.text_input)}
        assert {field.key for field in fields} <= set(held), "a field that goes takes its words along"
        assert all(held[key] == TYPED for key in pressed), (name, number)


def open_page(address: str, asked: dict[str, str], section: str, language: str) -> AppTest:
    app = look("counselor", "S03", address, language, **asked)
    return app.segmented_control(key="records_section").set_value(section).run() if section else app


def test_words_are_kept_once_the_store_is_back(school: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same press again, nothing typed anew."""
    app = look("counselor", "S03", "measures")
    field = next(field for field in app.text_area if field.key.startswith("finish_"))
    field.input(TYPED)
    press = [button.label for button in app.button].index(say("zh_CN", "do.save"))
    with monkeypatch.context() as away:
        take_away(away, "gone")
        app.button[press].click().run()
    assert not [one for one in measures.list_measures(LIN) if one.done_on]
    app.button[press].click().run()
    assert [one for one in measures.list_measures(LIN) if one.done_on] and not app.exception
