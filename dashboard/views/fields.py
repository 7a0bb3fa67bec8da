"""The six implementations and seven fields of the check, school by school: words and a mark, never a score."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.reading.board import Acted
from dashboard.reading.fields import LISTS, STATES, build_looked, read_fields, state_of

MARKS = {"done": "●", "partly": "◐", "not_done": "○", "no_record": "–"}


def show_fields(desk: Desk, board: list[Acted], lists: tuple[str, ...] = LISTS) -> None:
    """A table for each list: a row for each school, in order of names; of one school, a row for each field."""
    looked, lang = build_looked(desk), "zh" if desk.language == "zh_CN" else "en"
    for name in lists:
        fields = read_fields()[name]
        states = [(one.unit, [state_of(field, one, looked) for field in fields]) for one in board]
        values = {"name": name, "fields": [field.name[lang] for field in fields], "schools": states}
        st.html(desk.html("fields.html", **values, field_marks=MARKS, states=STATES))
