"""Viewers beside each other, a store that fails, a release that is switched: nobody meets another school's rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from dashboard_cities import Work
from published_city import SCHOOLS, write_release
from streamlit.testing.v1 import AppTest
from views.test_desk import LIN, ZHAO, desk
from views.test_pages import html_of

from dashboard import sessions
from dashboard.accounts import add_account, close_account
from dashboard.casework import cases, incidents, measures, signs, store
from dashboard.casework.sync import sync_signs
from dashboard.desk import Desk
from dashboard.published import TABLES, current_release
from dashboard.reading.files import build_sign_file
from dashboard.reading.patrol import build_plan
from dashboard.reading.signs import build_states
from dashboard.site import PAGES
from dashboard.viewer import Viewer
from dashboard.words import say

TURNS = (60, pytest.param(1_000, marks=pytest.mark.long))
VIEWERS = (LIN, ZHAO)


@pytest.fixture
def school(begin_work: Callable[[Work], None], home: Path) -> Path:
    begin_work(sync_signs)
    return home


def ids_of(viewer: Viewer) -> list[str]:
    """A sign, a case and an incident report of a school, as its own people see them."""
    case = cases.open_case(viewer, "午休时几名学生发生冲突，启动调查。")
    return [signs.list_signs(viewer)[0].sign_id, case.ref, case.case_id, viewer.scope, f"{viewer.scope}_501"]


@pytest.mark.parametrize("address", [address for address in PAGES["counselor"] if address != "help"])
def test_another_schools_ids_in_an_address_read_as_unknown_ones(school: Path, address: str) -> None:
    """Whatever a page is asked for: theirs and one that doesn't exist give the same page, to the letter."""
    sign, ref, _, scope, unit = ids_of(ZHAO)
    theirs = {"sign": sign, "case": ref, "incident": ref, "school": scope, "class": unit, "grade": f"{scope}:g5"}
    html = html_of(desk(address, **theirs))
    assert html == html_of(desk(address, **dict.fromkeys(theirs, "9999-1.class.S99_999")))
    assert "午休时" not in html and SCHOOLS["S01"][2] not in html


@pytest.mark.parametrize("turns", TURNS)
def test_two_viewers_in_turns_meet_no_foreign_row(school: Path, turns: int) -> None:
    """Sixty reruns, or a thousand, whatever is remembered between them: every row is the reader's own."""
    theirs = {viewer: ids_of(viewer) for viewer in VIEWERS}
    release, random = current_release(), Random(7)
    for turn in range(turns):
        viewer, other = random.sample(VIEWERS, 2)
        look = Desk(viewer, random.choice(("zh_CN", "en")), release)
        for table in random.sample(TABLES, 4):
            found = {row.get("school_id") for row in look.rows(table)} if look.has(table) else set()
            assert found <= {viewer.scope, "", None}, (turn, table)
            if viewer.scope in found:
                assert not look.rows(table, school_id=other.scope), (turn, table)
        assert all(state.id.startswith(viewer.scope) for state in build_states(look))
        build_plan(look, 6, 8)
        held = signs.list_signs(viewer)
        assert held and {sign.school_id for sign in held} == {viewer.scope}
        assert {case.school_id for case in cases.list_cases(viewer)} == {viewer.scope}
        assert signs.find_sign(viewer, theirs[other][0]) is None
        own = cases.find_case(viewer, theirs[other][1])  # each school counts its cases from one
        assert own and own.school_id == viewer.scope and cases.find_case(viewer, theirs[other][2]) is None
        assert not measures.list_measures(viewer) and not incidents.list_incidents(viewer)
        assert build_sign_file(look, held[0]).name


def test_a_viewer_of_all_schools_is_found_by_that_walk(school: Path) -> None:
    """The control: the same look at a bureau's file meets more than one school."""
    look = Desk(Viewer("chen", "bureau", ""), "zh_CN", current_release())
    assert len({row["school_id"] for row in look.rows("pub_class_wave_coverage")}) > 1


def test_pages_of_two_schools_in_turns_stay_apart(school: Path) -> None:
    """Two open pages, clicked in turns: neither ever holds the other school's name or classes."""
    apps = {school_id: desk("today", scope=school_id) for school_id in ("S03", "S01")}
    for turn in range(12):
        for school_id, app in apps.items():
            app.run()
            other = "S01" if school_id == "S03" else "S03"
            html = html_of(app)
            assert f"{other}_" not in html and SCHOOLS[other][2] not in html, turn


def whole() -> None:
    from dashboard.page import show_dashboard

    show_dashboard()


def test_an_account_that_is_closed_sees_no_further_page(school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tab is open; the account is closed elsewhere; the next click shows where to sign in and nothing else."""
    cookie = signed_in(monkeypatch, add_account("lin", "a long password", "counselor", "S03"))
    app = AppTest.from_function(whole, default_timeout=60).run()
    assert SCHOOLS["S03"][2] in html_of(app)
    close_account("lin")
    html = html_of(app.run())
    assert say("zh_CN", "signin.ended") in html and SCHOOLS["S03"][2] not in html
    assert sessions.find_session(cookie) is None


def test_a_school_that_is_taken_away_is_gone_with_the_next_click(school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account moves to another school: its sessions end, and a new one opens the new school only."""
    signed_in(monkeypatch, add_account("lin", "a long password", "counselor", "S03"))
    app = AppTest.from_function(whole, default_timeout=60).run()
    moved = add_account("lin", "a long password", "counselor", "S01", replace=True)
    assert say("zh_CN", "signin.ended") in html_of(app.run())
    signed_in(monkeypatch, moved)
    html = html_of(app.run())
    assert SCHOOLS["S01"][2] in html and SCHOOLS["S03"][2] not in html


def signed_in(monkeypatch: pytest.MonkeyPatch, viewer: Viewer) -> str:
    """A session of this viewer as the cookie of the test's browser."""
    import streamlit as st

    cookie = sessions.start_session(viewer, "zh_CN")
    monkeypatch.setattr(type(st.context), "cookies", {sessions.COOKIE: cookie})
    return cookie


def test_a_release_switched_under_an_open_page_is_read_with_the_next_click(home: Path) -> None:
    """Never half of each: the foot, the wave and the rows are all of the new one."""
    write_release(home, scenario="first_wave", audiences=["school_S03"])
    app = desk("trend")
    assert say("zh_CN", "first_wave.title") in html_of(app)
    write_release(home, release="2026-1.2", audiences=["school_S03"])
    assert say("zh_CN", "first_wave.title") not in html_of(app.run())


@pytest.mark.parametrize("address", ["today", "measures", "records"])
def test_a_locked_store_is_said_and_the_release_still_reads(
    school: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody holds the file for good: these pages say so within their patience; what was published still reads."""
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(school / "casework" / "casework.sqlite", isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("PRAGMA journal_mode=DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        html = html_of(desk(address))
        assert say("zh_CN", "gone.title") in html and say("zh_CN", "gone.locked") in html
        assert "东操场" in html_of(desk("places"))
    finally:
        holder.close()
