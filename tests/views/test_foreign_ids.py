"""Ids of others in every address, download and websocket message of every role: nothing shown, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from asgi_browser import Browser
from dashboard_cities import Work
from published_city import SCHOOLS
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest
from views.test_free_text import AS_OF, LIN, PLANTED, TOKEN, look, text_of
from views.test_pages import html_of

from dashboard import accounts, exports, sessions
from dashboard.casework import cases, clocks, incidents, measures, signs, store, tables
from dashboard.casework.scope import CLOCK
from dashboard.casework.sync import sync_signs
from dashboard.casework.values import IncidentDraft
from dashboard.exports import NotForYou
from dashboard.gate import Gate
from dashboard.reports.build import BUILDERS, KINDS, build_report
from dashboard.site import PAGES
from dashboard.viewer import Viewer

ZHAO = Viewer("zhao", "counselor", "S01")
DAY = date(2026, 5, 20)
ROLES = (
    LIN,
    Viewer("lea", "lead", "S03"),
    Viewer("olga", "office", "S03"),
    Viewer("dora", "district", "D2"),
    Viewer("bea", "bureau", ""),
    Viewer("aud", "auditor", ""),
    Viewer("op", "operator", ""),
)
TELLING = (("bureau", "schools"), ("auditor", "log"))  # opens any school; counts the entries of this very test
VIEWS = [(viewer, address) for viewer in ROLES for address in PAGES[viewer.role]]
# every id that S01 of district D1 has; what a page's address, a report or a field could be asked with
FOREIGN = {
    "sign": "2026-1.class.S01_501",
    "case": "S01.c2026-0001",
    "incident": "S01.r2026-0001",
    "school": "S01",
    "district": "D1",
    "grade": "S01:g5",
    "class": "S01_501",
    "wave": "2026-1",
    "account": "zhao",
}
LOOKED_UP = ("case", "incident", "school", "district", "grade")  # what a report finds its subject by
UNKNOWN = {name: f"{value[:-1]}~" for name, value in FOREIGN.items()} | {"wave": "2026-1"}


@pytest.fixture
def city(begin_work: Callable[[Work], None], home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """S01 has a sign that was checked, a case, a report and a measure, all with a rare word; S03 has its signs."""
    monkeypatch.setattr(clocks, "today", lambda: DAY)
    begin_work(write_foreign)
    return home


def write_foreign() -> None:
    sync_signs()
    accounts.add_account("zhao", "correct horse", "counselor", "S01")
    one = next(held for held in signs.list_signs(ZHAO) if held.sign_id == FOREIGN["sign"])
    one = signs.finish_check(ZHAO, one.sign_id, one.version, "founded", PLANTED)
    case = cases.open_case(ZHAO, PLANTED, one.sign_id, one.version, DAY)
    report = incidents.report_incident(ZHAO, IncidentDraft(DAY, PLANTED, PLANTED, PLANTED, 1, 2, 3, PLANTED))
    measures.add_measure(ZHAO, PLANTED, "place", "yard", "happens", "2026-1", PLANTED[:40], DAY)
    assert (case.case_id, report.incident_id) == (FOREIGN["case"], FOREIGN["incident"])


def rows_of(school: str) -> list[list[Any]]:
    """Every row of casework that belongs to a school."""
    held = [table for table in tables.METADATA.sorted_tables if "school_id" in table.c]
    with store.reading(CLOCK) as connection:
        return [[tuple(row) for row in connection.execute(t.select().where(t.c.school_id == school))] for t in held]


def hidden_from(viewer: Viewer) -> list[str]:
    """Words that this viewer may never see: what S01 typed; names of schools beyond the own school or district."""
    others = {
        "district": [held[2] for held in SCHOOLS.values() if held[0] != viewer.scope],
        "bureau": [],
    }
    return [TOKEN, *others.get(viewer.role, [held[2] for key, held in SCHOOLS.items() if key != viewer.scope])]


def check_hidden(viewer: Viewer, address: str, app: AppTest) -> None:
    assert not app.exception, (viewer.role, address, app.exception)
    # Chinese letters stand escaped in a field's own message, so names are looked for in what is drawn.
    shown = html_of(app) + "".join(str(field.value) for field in (*app.selectbox, *app.radio, *app.text_input))
    assert TOKEN not in text_of(app), (viewer.role, address)
    assert not [word for word in hidden_from(viewer) if word in shown], (viewer.role, address)


def test_the_ids_are_real(city: Path) -> None:
    """Else the tests below ask for nothing: to S01 itself each of them opens something."""
    for key, address in (("sign", "signs"), ("case", "records"), ("incident", "records")):
        assert TOKEN in text_of(look(ZHAO, address, **{key: FOREIGN[key]})), key
    assert TOKEN in repr(build_report("case", ZHAO, "zh_CN", FOREIGN, AS_OF))


@pytest.mark.long
def test_a_foreign_id_in_an_address_reads_like_an_unknown_one(city: Path) -> None:
    """Every page of every role, every parameter that some page reads."""
    before = rows_of("S01")
    for viewer, address in VIEWS:
        for keys in (("sign", "case", "school"), ("incident",)) if address == "records" else (tuple(FOREIGN),):
            foreign, unknown = (look(viewer, address, **{key: ids[key] for key in keys}) for ids in (FOREIGN, UNKNOWN))
            check_hidden(viewer, address, foreign)
            if (viewer.role, address) not in TELLING:
                assert html_of(foreign) == html_of(unknown), (viewer.role, address)
    assert rows_of("S01") == before


@pytest.mark.long
def test_a_foreign_id_in_a_websocket_message_shows_and_changes_nothing(city: Path) -> None:
    """Streamlit takes a field's value from the browser as it comes: each field bears an id, each button is pressed."""
    before, ids = rows_of("S01"), cycle(FOREIGN.values())
    for viewer, address in VIEWS:
        app = look(viewer, address, **({"sign": "2026-1.class.S03_704"} if address == "signs" else {}))
        app._run(message(app, ids))
        check_hidden(viewer, address, app)
    assert rows_of("S01") == before


def message(app: AppTest, ids: Iterator[str]) -> Any:
    """What a browser would send: the next id for every field of words or choice, every button pressed."""
    states = app._tree.get_widget_states()
    pressed = {button.id for button in app.button}
    for state in states.widgets:
        if state.id in pressed:
            state.trigger_value = True
        elif state.WhichOneof("value") == "string_value":
            state.string_value = next(ids)
        elif state.WhichOneof("value") == "string_array_value":
            state.string_array_value.data[:] = [next(ids)]
    for chosen in (*app.selectbox, *app.radio):
        held = next((state for state in states.widgets if state.id == chosen.id), None) or states.widgets.add(
            id=chosen.id
        )
        held.string_value = next(ids)
    return states


def test_a_foreign_id_in_a_report_reads_like_an_unknown_one(city: Path) -> None:
    """Each parameter alone and all together; a report that is made is the viewer's own."""
    for kind, viewer in product(KINDS, ROLES):
        for keys in (*([key] for key in LOOKED_UP), list(FOREIGN)):
            asked = [{"n": "3", "seed": "7"} | {key: ids[key] for key in keys} for ids in (FOREIGN, UNKNOWN)]
            foreign, unknown = (made(kind, viewer, one) for one in asked)
            assert foreign == unknown, (kind, viewer.role, keys)
            assert not [word for word in hidden_from(viewer) if word in foreign], (kind, viewer.role, keys)


def made(kind: str, viewer: Viewer, asked: dict[str, str]) -> str:
    try:
        return repr(build_report(kind, viewer, "zh_CN", asked, AS_OF))
    except NotForYou:
        return ""


def test_a_foreign_file_and_no_file_are_one_reply(city: Path) -> None:
    """Over the wire, through the gate, with the real builders."""
    app = Starlette(routes=exports.routes(BUILDERS), middleware=[Middleware(Gate)])
    for viewer in ROLES:
        accounts.add_account(viewer.name, "correct horse", viewer.role, viewer.scope)
        browser = Browser(app, {sessions.COOKIE: sessions.start_session(viewer, "zh_CN")})
        for kind, key in (("case", "case"), ("incident", "incident"), ("term", "school"), ("card", "grade")):
            replies = [browser.get(f"/export/{kind}?{key}={ids[key]}&format=docx") for ids in (FOREIGN, UNKNOWN)]
            assert [(reply.status, reply.text) for reply in replies] == [(404, "")] * 2, (viewer.role, kind)
