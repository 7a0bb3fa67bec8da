"""Counselor, first page: today's warning signs of the own school."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from dashboard.desk import Desk
from dashboard.look import LEVELS
from dashboard.reading.advice import Advice, build_advice
from dashboard.reading.signs import SIGNS, ClassState, Reason, build_states, sort_by_level
from dashboard.views.parts import show_box, show_intro


def show_signs(desk: Desk) -> None:
    """Signs by level, then class; then the classes without a conclusion; then those without a signal."""
    show_intro(desk, "signs.title", "signs.lede")
    states = sort_by_level(build_states(desk))
    if all(state.level == "no_conclusion" for state in states):
        show_box(desk, "trend_page.small_title", "trend_page.small")
    silent = [state for state in states if state.level == "no_conclusion"]
    by_reason = sorted(silent, key=lambda state: state.silence or "unknown")
    st.html(
        desk.html(
            "signs.html",
            signs=[state for state in states if state.level in SIGNS],
            silent=[(reason, list(held)) for reason, held in groupby(by_reason, lambda s: s.silence or "unknown")],
            tally={level: sum(state.level == level for state in states) for level in LEVELS},
            advise=lambda state: advise(desk, state),
            silence=build_advice(desk, None, None),
            why=lambda reason: why(desk, reason),
            below=lambda reason: below(desk, reason),
        )
    )


def advise(desk: Desk, state: ClassState) -> Advice:
    """What stands beside a class's sign; a rule without a kind is read as first signs, the mildest."""
    return build_advice(desk, state.rule, state.kind or "first_signs")


def why(desk: Desk, reason: Reason) -> str:
    """An indicator and the line it reached, as released."""
    name = desk.label("indicator", reason.indicator)
    if reason.band == 2 and reason.e2 is not None:
        return desk.t("signs.above_cut", indicator=name, e2=reason.e2)
    if reason.e1 is not None:
        return desk.t("signs.at_cut", indicator=name, e1=reason.e1)
    return desk.t("signs.at_line", indicator=name)


def below(desk: Desk, reason: Reason) -> str:
    """An indicator that stays below the line."""
    return desk.t("signs.below_cut", indicator=desk.label("indicator", reason.indicator))
