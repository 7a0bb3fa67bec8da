"""Bureau and district: who acted. Counts and clocks of each school, in order of names; no class, no text, no sign."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.casework import clocks
from dashboard.desk import Desk
from dashboard.reading.board import LEGAL, Acted, build_board
from dashboard.reading.fields import LISTS
from dashboard.views.areas import choose_district
from dashboard.views.fields import show_fields
from dashboard.views.parts import show_intro
from dashboard.views.saving import read_if_there

SECTIONS = ("acted", *LISTS)


def show_actions(desk: Desk) -> None:
    """The action board, or one of the two lists of the plan."""
    show_intro(desk, "board.title", "board.lede", creed=True)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        district = choose_district(desk, "actions_district")
        section = st.segmented_control(
            desk.t("board.section"),
            SECTIONS,
            default=SECTIONS[0],
            format_func=lambda code: desk.t(f"board.{code}"),
            key="actions_section",
            required=True,
            label_visibility="collapsed",
        )
    board = read_if_there(desk, partial(build_board, desk, clocks.today()))
    if board is None:
        return
    board = [one for one in board if district in (None, one.unit.parent)]
    if section in LISTS:
        show_fields(desk, board, (section,))
    else:
        show_board(desk, board)


def show_board(desk: Desk, board: list[Acted]) -> None:
    """One row per school, in order of names."""
    states = ("complete", "incomplete", "none")
    committees = [(state, sum(one.committee == state for one in board)) for state in states]
    checks = [one.clock("first_check") for one in board]
    late = sum(clock.missed + clock.overdue for clock in checks)
    values = {"committees": committees, "met": sum(clock.met for clock in checks), "late": late, "legal": LEGAL}
    st.html(desk.html("board.html", board=board, **values))
