"""Bureau: one school, opened for a reason that is entered in the log. Released values and counts; no class, no sign."""

from __future__ import annotations

import streamlit as st

from dashboard import accesslog
from dashboard.casework import clocks
from dashboard.casework.fields import SHORT, check_words
from dashboard.casework.problems import Refused
from dashboard.casework.values import ACTIVITY_KINDS
from dashboard.desk import Desk
from dashboard.figures import interval_bars
from dashboard.reading.board import Acted, build_board
from dashboard.reading.comparison import build_gaps
from dashboard.reading.coverage import build_school_coverage
from dashboard.reading.credibility import build_credibility
from dashboard.reading.fields import CLOCKS
from dashboard.reading.series import Indicator, build_indicators, build_series
from dashboard.reading.units import Unit, build_units
from dashboard.reading.windows import HIDDEN, Window
from dashboard.views.fields import show_fields
from dashboard.views.parts import build_bar, render_chart, render_section, show, show_intro
from dashboard.views.saving import read_if_there, refused_words, show_note

OPENED = "school_opened_"


def show_school(desk: Desk, chosen: str) -> None:
    """The reason first. A school of another district reads like one that does not exist."""
    unit = build_units(desk, "school").get(chosen)
    if unit is None:
        st.html(desk.html("school_missing.html"))
        return
    opened = f"{OPENED}{desk.release}_{unit.id}"
    if opened not in st.session_state:
        ask_reason(desk, unit, opened)
        return
    show_top(desk, unit)
    show_indicators(desk, unit)
    board = read_if_there(desk, lambda: build_board(desk, clocks.today()))
    acted = next((one for one in board or [] if one.unit.id == unit.id), None)
    if acted:
        show_acted(desk, acted)
        show_fields(desk, [acted])


def ask_reason(desk: Desk, unit: Unit, opened: str) -> None:
    """Why this school: a line that the auditor will read. It names nobody."""
    show_intro(desk, "one_school.title", "one_school.lede", creed=True)
    with st.form("school_reason", border=False):
        st.html(desk.html("section.html", title=unit.name, help=desk.t("one_school.ask")))
        reason = st.text_input(desk.t("one_school.reason"), key="school_reason_text", max_chars=SHORT)
        if not st.form_submit_button(desk.t("one_school.open"), type="primary"):
            return
    try:
        reason = check_words(reason, limit=SHORT)
    except Refused as refused:
        show_note(desk, refused_words(desk, refused))
        return
    accesslog.note(desk.viewer, "school", f"{unit.id} · {desk.release}", reason)
    st.session_state[opened] = True
    st.rerun()


def show_top(desk: Desk, unit: Unit) -> None:
    """Name, coverage, letter with its parts, both gaps."""
    covered = next((one for one in build_school_coverage(desk) if one.unit.id == unit.id), None)
    letter, gap = build_credibility(desk, "school").get(unit.id), build_gaps(desk).get(unit.id)
    st.html(desk.html("school_top.html", unit=unit, covered=covered, credibility=letter, gap=gap))


def show_indicators(desk: Desk, unit: Unit) -> None:
    """Every indicator of the school in the release's order; in words which differ from what is usual in its like."""
    held: list[tuple[Indicator, Window]] = [
        (one, build_series(desk, "school", one.code).get(unit.id, {}).get(desk.wave, HIDDEN))
        for one in build_indicators(desk, "school")
    ]
    held = [(one, window) for one, window in held if window.is_shown or window.reason != "not_asked"]
    pieces = [render_section(desk, desk.t("one_school.indicators"), desk.t("window.help"))]
    bars = [build_bar(desk, one.name, window, note=compared_note(desk, window)) for one, window in held]
    if any(bar.lo is not None for bar in bars):
        figure = interval_bars(bars, desk.look, desk.t("trend_page.share_axis"))
        pieces.append(render_chart(desk, figure, desk.t("one_school.chart", school=unit.name), "school_bars"))
    table = [(one.name, "", window) for one, window in held]
    head = desk.t("one_school.indicator")
    show(*pieces, desk.html("windows_table.html", head=head, table=table, compared=True, folded=bool(bars)))


def compared_note(desk: Desk, window: Window) -> str:
    """Words at a bar's end where the school can be told apart; most cannot, and have none."""
    return desk.t(f"compared.{window.compared}") if window.compared in ("higher", "lower") else ""


def show_acted(desk: Desk, acted: Acted) -> None:
    """Clocks and daily work, as numbers."""
    kept = [acted.clock(name) for name in CLOCKS]
    work = {kind: acted.times(kind) for kind in ACTIVITY_KINDS}
    st.html(desk.html("school_acted.html", acted=acted, clocks=kept, work=work))
