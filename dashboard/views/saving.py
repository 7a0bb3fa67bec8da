"""Reading and writing casework from a page: what can go wrong is said in words, and nobody's words are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from dashboard.casework.problems import CaseworkGone, Refused, Stale
from dashboard.desk import Desk
from dashboard.words import catalogue

SAID, CLEAR, SEEN, LAST = "desk_said", "desk_clear", "version_", "last_read_"
T = TypeVar("T")


def read_if_there(desk: Desk, read: Callable[[], T], keep: str = "") -> T | None:
    """What the store says; where it can't be reached a kind word on the page, and None.

    `keep`: a name under which this session holds what was read last, and gets it then: a form that stands beside each
    thing of a list would go with the list, and take along what was typed into it.
    """
    try:
        found = read()
    except CaseworkGone as gone:
        show_gone(desk, gone)
        last: T | None = st.session_state.get(LAST + keep) if keep else None
        return last
    if keep:
        st.session_state[LAST + keep] = found
    return found


def show_gone(desk: Desk, gone: CaseworkGone) -> None:
    st.html(desk.html("gone.html", code=gone.code))


def save(desk: Desk, write: Callable[[], object], clear: tuple[str, ...] = ()) -> None:
    """Run a write and draw the page anew. Where it is refused: say why and leave what was typed as it stands.

    `clear`: keys of fields that are empty again once what stood in them is kept.
    """
    try:
        write()
    except Refused as refused:
        show_note(desk, refused_words(desk, refused))
    except Stale:
        show_note(desk, desk.t("sign.stale"))
    except CaseworkGone as gone:
        show_gone(desk, gone)
    else:
        for key in [key for key in st.session_state if str(key).startswith(SEEN)]:
            del st.session_state[key]  # the newer version is this person's own
        st.session_state[SAID], st.session_state[CLEAR] = desk.t("sign.saved"), clear
        st.rerun()


def seen_version(subject_id: str, current: int) -> int:
    """The version this person's screen showed when the button was pressed, not the one just read."""
    return int(st.session_state.get(SEEN + subject_id, current))


def note_version(subject_id: str, current: int) -> None:
    """The page is drawn: from now on this person has seen this version."""
    st.session_state[SEEN + subject_id] = current


def refused_words(desk: Desk, refused: Refused) -> str:
    """Why not; a rule this version has no words for gets the general ones."""
    key = f"refused.{refused.code}"
    return desk.t(key, **refused.fields) if key in catalogue(desk.language) else desk.t("refused.other")


def show_said(desk: Desk) -> None:
    """What the last press did, once; before any field is drawn, so that those whose words are kept can be emptied."""
    for key in st.session_state.pop(CLEAR, ()):
        if key in st.session_state:
            st.session_state[key] = "" if isinstance(st.session_state[key], str) else None  # None: a day
    if said := st.session_state.pop(SAID, ""):
        show_note(desk, said)


def show_note(desk: Desk, text: str) -> None:
    st.html(desk.html("note.html", text=text))
