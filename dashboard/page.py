"""The frame of every page: who is signed in, which release, the header, the pages of the role, the foot."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import accesslog, sessions
from dashboard.accesslog import LogGone
from dashboard.desk import Desk
from dashboard.published import NothingPublishedError, current_release
from dashboard.reading.small import is_small
from dashboard.reading.units import build_units
from dashboard.render import render
from dashboard.sessions import Session
from dashboard.site import PAGES
from dashboard.views import VIEWS
from dashboard.views.help import count_for, show_help
from dashboard.views.parts import show
from dashboard.words import LANGUAGES, say

NOTED, WHOSE = "noted_view", "whose_session"
# What stands below a page that shows more than the release.
FOOTS = {
    "help": "help.footer",
    "log": "log.footer",
    **dict.fromkeys(("today", "signs", "measures", "records"), "records.footer"),
}


def show_dashboard() -> None:
    """One rerun. The session is looked up anew, so that a sign-out or a lost role counts from the next click."""
    session = sessions.find_session(st.context.cookies.get(sessions.COOKIE))
    if session is None:
        st.html(render("ended.html", LANGUAGES[0]))
        st.stop()
    show_pages(session, dark=st.context.theme.type == "dark")


def show_pages(session: Session, *, dark: bool = False) -> None:
    """Header, navigation and the page that was asked for."""
    language, viewer = session.language, session.viewer
    forget_others(session)
    st.set_page_config(page_title=say(language, "app.title"), layout="wide")
    try:
        desk = Desk(viewer, language, current_release(), dark)
        desk.rows("pub_release")
    except NothingPublishedError as nothing:
        st.html(render("head.html", language, unit="", viewer=viewer))
        st.html(render("empty.html", language, reason=nothing.reason))
        show_help(Desk(viewer, language, "", dark))  # a child does not wait for a release
        return
    addresses = PAGES[viewer.role]
    pages = [
        st.Page(
            partial(show_page, desk, address),
            title=page_title(desk, address),
            url_path=address,
            default=address == addresses[0],
        )
        for address in addresses
    ]
    here = st.navigation(pages, position="hidden")
    tabs = [(address, page.url_path, page.title) for page, address in zip(pages, addresses, strict=True)]
    show(
        desk.html("head.html", unit=unit_name(desk), viewer=viewer),
        desk.html("nav.html", tabs=tabs, here=here.url_path),
    )
    here.run()
    st.html(desk.html("foot.html", about=FOOTS.get(here.url_path or addresses[0], "app.footer"), **foot(desk)))


def forget_others(session: Session) -> None:
    """A tab that comes back after a dropped line may bear another person's sign-in: nothing of the first one stays."""
    whose = (session.viewer, session.mark)
    if st.session_state.get(WHOSE) != whose:
        st.session_state.clear()
        st.session_state[WHOSE] = whose


def page_title(desk: Desk, address: str) -> str:
    """The name on a tab: a small school's first page is its own; that of the help slips says how many wait."""
    if address == "signs" and is_small(desk):
        return desk.t("small.tab")
    title = desk.t(f"page.{address}")
    waiting = count_for(desk) if address == "help" else 0
    return desk.t("help.badge", page=title, n=waiting) if waiting else title


def show_error(_error: Exception) -> bool:
    """In place of Streamlit's English box: a kind word, and no inside. True: it is shown."""
    session = sessions.find_session(st.context.cookies.get(sessions.COOKIE))
    st.html(render("empty.html", session.language if session else LANGUAGES[0], reason="error"))
    return True


def show_page(desk: Desk, address: str) -> None:
    """One page, or a kind word where the release holds no wave yet."""
    if not desk.waves and address not in ("help", "log"):
        st.html(desk.html("empty.html", reason="no_wave"))
        return
    try:
        note_view(desk, address)
        VIEWS[desk.viewer.role][address](desk)
    except LogGone:
        st.html(desk.html("empty.html", reason="log"))


def note_view(desk: Desk, address: str) -> None:
    """One entry for each page somebody comes to, not for each click on it. Raises LogGone: then nothing is shown."""
    about = f"{address} · {desk.release}"
    if st.session_state.get(NOTED) != about:
        accesslog.note(desk.viewer, "view", about)
        st.session_state[NOTED] = about


def unit_name(desk: Desk) -> str:
    """The school, the district or the city this person looks after."""
    if not desk.waves:
        return ""
    kind = {"counselor": "school", "lead": "school", "district": "district"}.get(desk.viewer.role, "city")
    units = build_units(desk, kind)
    unit = next(iter(units.values()), None) if kind == "city" else units.get(desk.viewer.scope)
    return unit.name if unit else desk.viewer.scope


def foot(desk: Desk) -> dict[str, object]:
    """What stands below every page: which release, by which rules, and whether it was collected anonymously."""
    waves = {row["wave"]: row for row in desk.rows("pub_wave")}
    anonymous = bool(waves[desk.wave]["anonymous"]) if waves else True
    return {"release": desk.rows("pub_release")[0], "anonymous": anonymous}
