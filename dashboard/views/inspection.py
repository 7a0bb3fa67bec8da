"""Bureau and district: which schools to visit. Drawn by weight and by chance from a seed that is shown and logged."""

from __future__ import annotations

import secrets

import streamlit as st

from dashboard import accesslog
from dashboard.casework import clocks
from dashboard.desk import Desk
from dashboard.reading.inspection import WEIGHTS, build_reasons, draw_visits
from dashboard.reading.units import build_units, wave_name
from dashboard.views.downloads import show_downloads
from dashboard.views.moments import say_day
from dashboard.views.parts import show_intro, show_section
from dashboard.views.saving import read_if_there

DRAWN, SEED = "inspection_drawn", "inspection_seed"
SEEDS = 1_000_000
FIRST = 5  # schools


def show_inspection(desk: Desk) -> None:
    """Number and seed; the list once it was drawn; what speaks for a visit, and how much."""
    show_intro(desk, "inspection.title", "inspection.lede", creed=True)
    if SEED not in st.session_state:
        st.session_state[SEED] = secrets.randbelow(SEEDS)
    schools = len(build_units(desk, "school"))
    with st.form("inspection", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        most = max(schools, 1)
        number = st.number_input(desk.t("inspection.number"), 1, most, min(FIRST, most), key="inspection_n", width=160)
        seed = st.number_input(desk.t("inspection.seed"), 0, SEEDS - 1, key=SEED, width=180)
        if st.form_submit_button(desk.t("inspection.draw"), type="primary"):
            accesslog.note(desk.viewer, "draw", f"inspection · {desk.release} · n {number} · seed {seed}")
            st.session_state[DRAWN] = (desk.release, int(number), int(seed))
    release, number, seed = st.session_state.get(DRAWN, ("", 0, 0))
    if release == desk.release:
        show_list(desk, number, seed)
    st.html(desk.html("weights.html", weights=WEIGHTS))


def show_list(desk: Desk, number: int, seed: int) -> None:
    """The drawn schools in order of names, by what they were drawn, and why each deserves a visit."""
    reasons = read_if_there(desk, lambda: build_reasons(desk, clocks.today()))
    if reasons is None:
        return
    drawn = {visit.school: visit for visit in draw_visits(reasons, number, seed)}
    units = [unit for unit in build_units(desk, "school").values() if unit.id in drawn]
    if not units:
        show_section(desk, desk.t("coverage.none"))
        return
    districts = {unit.id: unit.name for unit in build_units(desk, "district").values()}
    visits = [(unit, districts.get(unit.parent, ""), drawn[unit.id]) for unit in units]
    values = {"visits": visits, "seed": seed, "number": number, "wave": wave_name(desk, desk.wave)}
    st.html(desk.html("inspection.html", **values, day=say_day(desk, "inspection.day", clocks.today())))
    show_downloads(desk, "inspection", n=number, seed=seed)
