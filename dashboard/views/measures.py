"""Counselor: measures, and looking back. What was done, what it should move, what the next survey said of it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.casework import clocks
from dashboard.casework.counts import outcomes_by_rule
from dashboard.casework.lookback import look_back
from dashboard.casework.measures import finish_measure, list_measures
from dashboard.casework.values import Measure
from dashboard.desk import Desk
from dashboard.reading.advice import sentence
from dashboard.reading.targets import target_words
from dashboard.reading.units import wave_name
from dashboard.views.measure_form import show_measure_form
from dashboard.views.parts import show_box, show_intro, show_section
from dashboard.views.saving import read_if_there, save, show_said

SHOWN = 40  # measures at once; older ones on asking


def show_measures(desk: Desk) -> None:
    """Measures with what became of them, a form for the next one, and how often signs were unfounded."""
    show_intro(desk, "measure.title", "measure.lede")
    show_said(desk)
    measures: list[Measure] | None = read_if_there(desk, lambda: list_measures(desk.viewer), "measures")
    if measures is not None and not measures:
        show_box(desk, "measure.none", "measure.none_help")
    show_list(desk, measures or [])
    with st.expander(desk.t("do.measure"), key="measure_add", expanded=not measures):
        show_measure_form(desk)
    show_ledger(desk)


def show_list(desk: Desk, measures: list[Measure], key: str = "measures") -> None:
    """Cards, those under way first; each with its turn in the next survey."""
    count = len(measures)
    if count > SHOWN and not st.toggle(desk.t("measure.all", n=count), key=f"{key}_all"):
        measures = measures[:SHOWN]
    for measure in measures:
        with st.container(border=True, key=f"{key}_{measure.measure_id}"):
            turn = look_back(desk.viewer, measure, desk.release)
            values = {"target": target_words(desk, measure), "since": wave_name(desk, measure.wave)}
            seen = wave_name(desk, turn.wave) if turn.wave else ""
            st.html(desk.html("measure.html", measure=measure, turn=turn, seen=seen, today=clocks.today(), **values))
            if measure.done_on is None:
                with st.expander(desk.t("measure.finish"), key=f"{key}_finish_{measure.measure_id}"):
                    show_finish(desk, measure)


def show_finish(desk: Desk, measure: Measure) -> None:
    """The day it was carried out, and a word on how."""
    name = f"finish_{measure.measure_id}"
    with st.form(name, border=False):
        on = st.date_input(desk.t("measure.done"), clocks.today(), key=f"{name}_on", format="YYYY-MM-DD")
        text = st.text_area(desk.t("measure.how"), key=f"{name}_text", max_chars=4000, help=desk.t("do.remark_help"))
        if st.form_submit_button(desk.t("do.save")):
            save(desk, partial(finish_measure, desk.viewer, measure.measure_id, on, text))


def show_ledger(desk: Desk) -> None:
    """Per rule: borne out, nothing found, can't be told. It moves no threshold by itself."""
    held = read_if_there(desk, lambda: outcomes_by_rule(desk.viewer)) or []
    if not held:
        return
    show_section(desk, desk.t("ledger.title"), desk.t("ledger.help"))
    rules = [(sentence(desk, outcome.rule_id), outcome) for outcome in held]
    st.html(desk.html("ledger.html", rules=rules))
