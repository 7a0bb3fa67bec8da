"""Counselor: the patrol sheet. Choose people and times, read where to stand, print it."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.reading.patrol import PEOPLE, SLOTS, TABLE, Plan, build_choices, build_plan
from dashboard.reading.places import local_names
from dashboard.reading.units import build_units, wave_name
from dashboard.views.downloads import show_downloads
from dashboard.views.parts import show_box, show_intro


def show_patrol(desk: Desk) -> None:
    """Two choices and the sheet they lead to; or why there is none this time."""
    there = desk.has(TABLE)
    most = build_plan(desk, PEOPLE[-1], SLOTS[-1]) if there else None
    show_intro(desk, "patrol.title", "patrol.lede_areas" if most and most.is_areas else "patrol.lede")
    if most is None:
        show_box(desk, "patrol.none", "patrol.none_few" if there else "patrol.none_old")
        return
    numbers, times = build_choices(desk)
    with st.container(key="patrol_choice"):
        people = choose(desk, "patrol.people", numbers, 2)
        slots = choose(desk, "patrol.slots", times, 2) if len(times) > 1 else 1  # areas have no times
    plan = build_plan(desk, people, slots)
    if plan is not None:
        show_plan(desk, plan, people, slots)
        show_downloads(desk, "patrol", people=people, slots=slots)


def choose(desk: Desk, key: str, numbers: range, first: int) -> int:
    """One number out of a few, side by side."""
    label, first = desk.t(key), min(first, numbers[-1])
    chosen = st.segmented_control(label, list(numbers), default=first, key=key.replace(".", "_"), required=True)
    return int(chosen or first)


def show_plan(desk: Desk, plan: Plan, people: int, slots: int) -> None:
    """The sheet as it is printed: a row for each time, the places, a line to sign on."""
    school = build_units(desk, "school").get(desk.viewer.scope)
    names = local_names(desk, desk.viewer.scope)
    kind = "place_area" if plan.is_areas else "place_group"
    st.html(
        desk.html(
            "patrol.html",
            plan=plan,
            school=school.name if school else desk.viewer.scope,
            wave=wave_name(desk, desk.wave),
            place=lambda code: desk.label(kind, code),
            time=lambda code: desk.label("time_group", code) if code else desk.t("patrol.any_time"),
            local=lambda code: desk.t("signs.comma").join(names.get(code, ())),
            fewer_people=plan.people < people,
            fewer_slots=plan.slots < slots,
        )
    )
