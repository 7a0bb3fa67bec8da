"""One entry in the access log for each record that somebody opens, not for each click on it."""

from __future__ import annotations

import streamlit as st

from dashboard import accesslog
from dashboard.desk import Desk

OPENED = "opened_record"


def note_opened(desk: Desk, about: str) -> None:
    """`about`: kind and reference number, never a class or a word of it. Raises LogGone: then it isn't shown."""
    if st.session_state.get(OPENED) != about:
        accesslog.note(desk.viewer, "open", about)
        st.session_state[OPENED] = about
