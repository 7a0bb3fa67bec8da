"""Counselor: every class by grade, and the waves before."""

from __future__ import annotations

from itertools import groupby

from dashboard.desk import Desk
from dashboard.figures import Step, level_strip
from dashboard.look import LEVELS
from dashboard.reading.calm import build_calm
from dashboard.reading.signs import ClassState, build_states
from dashboard.reading.units import one_grade, wave_name
from dashboard.views.parts import plain, render_chart, render_intro, render_section, show


def show_classes(desk: Desk) -> None:
    """Tiles by grade, whom they leave out, then the strip of states over the waves."""
    intro, states = render_intro(desk, "classes.title", "classes.lede"), build_states(desk)
    if not states:
        show(intro, render_section(desk, desk.t("classes.none")))
        return
    grades = [(one_grade(desk, grade), list(held)) for grade, held in groupby(states, lambda state: state.grade)]
    tiles = desk.html("classes.html", grades=grades, levels=LEVELS, raised=lambda state: raised(desk, state))
    show(intro, tiles, render_calm(desk), *(render_history(desk, states) if len(desk.waves) > 1 else ()))


def render_calm(desk: Desk) -> str:
    """Students bullied every week where no class stands out, grade by grade."""
    grades = build_calm(desk)
    return desk.html("calm.html", grades=grades, shown=any(row.window.is_shown for row in grades)) if grades else ""


def raised(desk: Desk, state: ClassState) -> str:
    """Names of the indicators that reached the line."""
    return desk.t("signs.comma").join(desk.label("indicator", reason.indicator) for reason in state.raised)


def render_history(desk: Desk, states: list[ClassState]) -> tuple[str, ...]:
    """State of each present class in each wave, as a strip and as a table."""
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
    table = [(state.name, [levels[wave].get(state.id) for wave in waves]) for state in states]
    return (
        render_section(desk, desk.t("classes.history"), desk.t("classes.history_help")),
        render_chart(desk, figure, desk.t("classes.history"), "level_strip"),
        desk.html("strip_table.html", waves=waves.values(), table=table),
    )


def _hover(desk: Desk, state: ClassState, wave: str, levels: dict[str, str]) -> str:
    return "<br>".join(plain(word) for word in (state.name, wave, desk.t(f"level.{levels[state.id]}")))
