"""Counselor: the files a school keeps. Cases, incident reports, activities, the committee: lists and plain forms."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.desk import Desk
from dashboard.views.activities import show_activities
from dashboard.views.cases import show_case, show_cases
from dashboard.views.incidents import show_incident, show_incidents
from dashboard.views.parts import show_intro
from dashboard.views.roster import show_roster
from dashboard.views.saving import show_said

SECTIONS: dict[str, Callable[[Desk], None]] = {
    "cases": show_cases,
    "incidents": show_incidents,
    "activities": show_activities,
    "roster": show_roster,
}


def show_records(desk: Desk) -> None:
    """One case or report where the address names one; else the section that was chosen."""
    if chosen := st.query_params.get("case"):
        show_case(desk, chosen)
        return
    if chosen := st.query_params.get("incident"):
        show_incident(desk, chosen)
        return
    show_intro(desk, "records.title", "records.lede")
    section = st.segmented_control(
        desk.t("records.section"),
        list(SECTIONS),
        default="cases",
        format_func=lambda name: desk.t(f"records.{name}"),
        key="records_section",
        required=True,
        label_visibility="collapsed",
    )
    show_said(desk)
    SECTIONS[section or "cases"](desk)
