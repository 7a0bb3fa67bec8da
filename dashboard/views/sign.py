"""Counselor, one sign: what, why, how sure, what it doesn't say, rule, first steps, don'ts; and what can be done."""

from __future__ import annotations

import streamlit as st

from dashboard import accesslog
from dashboard.casework import clocks
from dashboard.casework.measures import list_measures
from dashboard.casework.problems import CaseworkGone
from dashboard.casework.signs import find_sign, note_reading
from dashboard.casework.values import Sign
from dashboard.desk import Desk
from dashboard.reading.advice import Advice, build_advice
from dashboard.reading.files import SignFile, build_sign_file
from dashboard.reading.tasks import days_left
from dashboard.reading.units import wave_name
from dashboard.views.decisions import show_decisions
from dashboard.views.history import show_history
from dashboard.views.measure_form import show_measure_form
from dashboard.views.measures import show_list
from dashboard.views.moments import say_day, say_left
from dashboard.views.parts import show_section
from dashboard.views.saving import read_if_there, show_gone, show_said
from dashboard.views.signs import below, why
from dashboard.views.small import show_start as show_signs_of_release
from dashboard.views.today import owner_name

HELD = "sign_held"


def show_start(desk: Desk) -> None:
    """One sign where the address names one; else the signs of the release, or a small school's one page."""
    if chosen := st.query_params.get("sign"):
        show_sign(desk, chosen)
    else:
        show_signs_of_release(desk)


def show_sign(desk: Desk, sign_id: str) -> None:
    """The page of one sign; an unknown one and another school's get the same words."""
    sign = read_sign(desk, sign_id)
    if sign is None:
        st.html(desk.html("sign_missing.html"))
        return
    file = build_sign_file(desk, sign)
    advice = build_advice(desk, sign.rule_id, sign.kind, whole=sign.unit_kind == "school")
    st.html(desk.html("sign_top.html", sign=sign, file=file, what=advice.what, wave=wave_name(desk, sign.wave)))
    reading, acting = st.columns([1.75, 1], gap="large")
    with reading:
        show_reading(desk, sign, file, advice)
    with acting, st.container(border=True, key="sign_desk"):
        show_state(desk, sign)
        show_said(desk)
        show_decisions(desk, sign, file)
    show_measures_of(desk, sign)
    show_history(desk, "sign", sign.sign_id)
    st.session_state[HELD] = sign


def show_measures_of(desk: Desk, sign: Sign) -> None:
    """What was decided under this sign, and after the first check a form for more."""
    held = read_if_there(desk, lambda: list_measures(desk.viewer, sign_id=sign.sign_id), sign.sign_id) or []
    if held:
        show_section(desk, desk.t("sign.measures"))
        show_list(desk, held, "sign_measures")
    if sign.is_open and sign.status != "new":
        with st.expander(desk.t("do.measure"), key=f"measure_add_{sign.sign_id}"):
            show_measure_form(desk, sign)


def read_sign(desk: Desk, sign_id: str) -> Sign | None:
    """The sign as it stands; where the store is gone, as this person last saw it, so that typed words have a form."""
    held: Sign | None = st.session_state.get(HELD)
    try:
        found = find_sign(desk.viewer, sign_id)
        if found is not None and (held is None or held.sign_id != sign_id):
            accesslog.note(desk.viewer, "open", f"sign · {found.wave}")  # which class is the school's to know
            note_reading(desk.viewer, sign_id)
    except CaseworkGone as gone:
        show_gone(desk, gone)
        return held if held is not None and held.sign_id == sign_id else None
    return found


def show_reading(desk: Desk, sign: Sign, file: SignFile, advice: Advice) -> None:
    st.html(
        desk.html(
            "sign.html",
            sign=sign,
            file=file,
            advice=advice,
            why=lambda reason: why(desk, reason),
            below=lambda reason: below(desk, reason),
        )
    )


def show_state(desk: Desk, sign: Sign) -> None:
    """Status, owner, and the house's clock of the first check."""
    left = days_left(sign, clocks.today())
    values = {
        "owner": owner_name(desk, sign),
        "due": say_day(desk, "today.until", sign.due_on),
        "left": "" if left is None else say_left(desk, left),
        "late": left is not None and left < 0,
    }
    st.html(desk.html("sign_state.html", sign=sign, **values))
