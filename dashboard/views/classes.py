"""Counselor: every class by grade, and the waves before."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from dashboard.desk import Desk
from dashboard.figures import Step, level_strip
from dashboard.look import LEVELS
from dashboard.reading.calm import build_calm
from dashboard.reading.signs import ClassState, build_states
from dashboard.reading.units import one_grade, wave_name
from dashboard.views.parts import plain, show_chart, show_intro, show_section


def show_classes(desk: Desk) -> None:
    """Tiles by grade, whom they leave out, then the strip of states over the waves."""
    show_intro(desk, "classes.title", "classes.lede")
    states = build_states(desk)
    if not states:
        show_section(desk, desk.t("classes.none"))
        return
    grades = [(one_grade(desk, grade), list(held)) for grade, held in groupby(states, lambda state: state.grade)]
    st.html(desk.html("classes.html", grades=grades, levels=LEVELS, raised=lambda state: raised(desk, state)))
    show_calm(desk)
    if len(desk.waves) > 1:
        show_history(desk, states)


def show_calm(desk: Desk) -> None:
    """Students bullied every week where no class stands out, grade by grade."""
    grades = build_calm(desk)
    if grades:
        st.html(desk.html("calm.html", grades=grades, shown=any(row.window.is_shown for row in grades)))


def raised(desk: Desk, state: ClassState) -> str:
    """Names of the indicators that reached the line."""
    return desk.t("signs.comma").join(desk.label("indicator", reason.indicator) for reason in state.raised)


def show_history(desk: Desk, states: list[ClassState]) -> None:
    """State of each present class in each wave, as a strip and as a table."""
    show_section(desk, desk.t("classes.history"), desk.t("classes.history_help"))
    waves = {wave: wave_name(desk, wave) for wave in desk.waves}
    levels = {wave: {state.id: state.level for state in build_states(desk, wave)} for wave in waves}
    steps = [
        Step(plain(state.name), waves[wave], levels[wave][state.id], _hover(desk, state, waves[wave], levels[wave]))
        for state in states
        for wave in waves
        if state.id in levels[wave]
    ]
    names = [plain(state.name) for state in states]
    figure = level_strip(steps, names, list(waves.values()), desk.look)
    show_chart(desk, figure, desk.t("classes.history"), "level_strip")
    table = [(state.name, [levels[wave].get(state.id) for wave in waves]) for state in states]
    st.html(desk.html("strip_table.html", waves=waves.values(), table=table))


def _hover(desk: Desk, state: ClassState, wave: str, levels: dict[str, str]) -> str:
    return "<br>".join(plain(word) for word in (state.name, wave, desk.t(f"level.{levels[state.id]}")))
