"""Safeguarding lead: the same sheet for every school and wave, and the one thing in it that differs."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.reading.units import build_units, wave_name


def show_sheet(desk: Desk) -> None:
    """What the release says of this school, or that it says nothing; then what to do either way."""
    mine = desk.rows("pub_school_wave_sheet", school_id=desk.viewer.scope, wave=desk.wave)
    statement = mine[0]["statement"] if mine else "no_statement"
    school = build_units(desk, "school").get(desk.viewer.scope)
    name = school.name if school else desk.viewer.scope
    st.html(desk.html("sheet.html", school=name, wave=wave_name(desk, desk.wave), statement=statement))
