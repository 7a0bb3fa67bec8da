"""The form of a measure: what is done, what it should move, who decided it. Without a target nothing is written."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.casework import clocks
from dashboard.casework.measures import add_measure
from dashboard.casework.values import Sign
from dashboard.desk import Desk
from dashboard.reading.targets import KINDS, build_target_indicators, build_targets
from dashboard.views.saving import save

LONG, OFFICE = 4000, 40  # characters


def show_measure_form(desk: Desk, sign: Sign | None = None, case_id: str = "") -> None:
    """For a sign it moves the sign's own class; else what it moves is chosen first."""
    name = f"measure_{sign.sign_id if sign else case_id or 'new'}"
    kind, unit = (sign.unit_kind, sign.unit_id) if sign else choose_target(desk, name)
    indicators = build_target_indicators(desk, kind)
    with st.form(name, border=False):
        what = st.text_area(
            desk.t("measure.what"),
            key=f"{name}_what",
            max_chars=LONG,
            placeholder=desk.t("measure.what_hint"),
            help=desk.t("measure.what_help"),
        )
        indicator = st.selectbox(
            desk.t("measure.indicator"),
            list(indicators),
            format_func=lambda code: indicators[code],
            key=f"{name}_indicator",
            filter_mode=None,
        )
        begun_on = st.date_input(desk.t("measure.begun"), clocks.today(), key=f"{name}_begun", format="YYYY-MM-DD")
        due_on = st.date_input(desk.t("measure.due"), None, key=f"{name}_due", format="YYYY-MM-DD")
        by = st.text_input(
            desk.t("measure.by"), key=f"{name}_by", max_chars=OFFICE, placeholder=desk.t("measure.by_hint")
        )
        if st.form_submit_button(desk.t("do.measure"), type="primary"):
            moves = {"moves_kind": kind, "moves_id": unit or "", "indicator": indicator or "", "wave": desk.wave}
            belongs = {"sign_id": sign.sign_id if sign else "", "case_id": case_id}
            said = partial(add_measure, desk.viewer, what, decided_by=by, begun_on=begun_on, due_on=due_on)
            write = partial(said, **moves, **belongs)
            save(desk, write, clear=(f"{name}_what", f"{name}_by", f"{name}_due"))


def choose_target(desk: Desk, name: str) -> tuple[str, str | None]:
    """What the measure should move: a kind, then one of it."""
    kind = st.segmented_control(
        desk.t("measure.moves"),
        KINDS,
        default="place",
        format_func=lambda code: desk.t(f"moves.{code}"),
        key=f"{name}_kind",
        required=True,
    )
    targets = build_targets(desk, kind or "place")
    unit = st.selectbox(
        desk.t("measure.which"),
        list(targets),
        format_func=lambda code: targets[code],
        key=f"{name}_unit_{kind}",
        filter_mode=None,
    )
    return kind or "place", unit
