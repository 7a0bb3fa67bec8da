"""Auditor: who saw, opened or exported what, when, and why; whether the chain of entries holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import streamlit as st

from dashboard import accesslog
from dashboard.accesslog import Entry
from dashboard.desk import Desk
from dashboard.views.parts import show_intro
from dashboard.words import catalogue

SHOWN = 200  # entries of one page
HOMES = {"view": "page", "export": "download"}  # where an action's words are; log_about else
BEIJING = timezone(timedelta(hours=8))


def show_log(desk: Desk) -> None:
    """The newest entries of all, or of one person; older ones page by page."""
    show_intro(desk, "log.title", "log.lede")
    broken, (seq, end) = accesslog.check_chain(), accesslog.head()
    st.html(desk.html("log_head.html", broken=broken, seq=seq, end=end, today=clock(None)))
    with st.container(horizontal=True):
        who = st.text_input(
            desk.t("log.who"), key="log_who", max_chars=40, placeholder=desk.t("log.everyone"), width=240
        )
        last = st.number_input(
            desk.t("log.until"), key="log_until", min_value=1, max_value=max(seq, 1), value=max(seq, 1), width=180
        )
    entries = accesslog.read_entries(SHOWN, int(last) + 1, who.strip())
    st.html(
        desk.html("log.html", entries=[(clock(entry).split(), entry, about_words(desk, entry)) for entry in entries])
    )


def about_words(desk: Desk, entry: Entry) -> str:
    """What an entry is about, its codes in words: the page's name, "a sign", "with a password"; numbers as they are."""
    about = entry.about.removeprefix("report ")
    known, home = catalogue(desk.language), HOMES.get(entry.action, "log_about")
    parts = [[known.get(f"{home}.{word}", word) for word in part.split()] for part in about.split(" · ")]
    return " · ".join(" ".join(part) for part in parts)


def clock(entry: Entry | None) -> str:
    """Day and minute in China; now where no entry is given."""
    at = datetime.fromtimestamp(entry.at, UTC) if entry else datetime.now(UTC)
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
