"""Safeguarding lead: the same sheet for every school and wave, and the one thing in it that differs."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.views.parts import show_box, show_intro


def show_sheet(desk: Desk) -> None:
    """What the release says of this school, or that it says nothing; then what to do either way."""
    show_intro(desk, "sheet.title", "sheet.lede")
    frame = desk.table("pub_school_wave_sheet")
    mine = frame[(frame["school_id"] == desk.viewer.scope) & (frame["wave"] == desk.wave)]
    statement = mine["statement"].iloc[0] if len(mine) else "no_statement"
    show_box(desk, f"sheet.{statement}", f"sheet.{statement}_help")
    st.html(desk.html("sheet.html"))
