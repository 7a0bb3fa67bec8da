"""Bureau, and a district within its own: schools beside what is usual in schools like them. Order of names, no rank."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.funnel import Dot, funnel
from dashboard.reading.comparison import INSIDE, Compared, build_compared, build_gaps, told_apart
from dashboard.reading.credibility import build_credibility
from dashboard.reading.series import Indicator, build_indicators
from dashboard.reading.units import build_units
from dashboard.views.areas import choose_district
from dashboard.views.one_school import show_school
from dashboard.views.parts import (
    choose_indicator,
    hover,
    how_to_read,
    render_chart,
    render_section,
    show,
    show_intro,
    show_section,
)

SCHOOL_LEVELS = ("primary", "junior", "senior", "vocational", "other")


def show_schools(desk: Desk) -> None:
    """One school where the address names one; else the funnel and the table of all."""
    if chosen := st.query_params.get("school"):
        show_school(desk, chosen)
        return
    show_intro(desk, "bureau.schools_title", "bureau.schools_lede", creed=True)
    indicators = build_indicators(desk, "school")
    if not indicators:
        show_section(desk, desk.t("trend_page.none"))
        return
    with st.container(horizontal=True):
        district = choose_district(desk, "schools_district")
        indicator = choose_indicator(desk, indicators, "schools_indicator")
    held = [one for one in build_compared(desk, indicator.code) if district in (None, one.unit.parent)]
    head = render_section(desk, "", how_to_read(desk, indicator))
    show(head, *render_funnel(desk, held, indicator), render_table(desk, held))


def render_funnel(desk: Desk, held: list[Compared], indicator: Indicator) -> tuple[str, ...]:
    """What can be told apart at all, in words first; then the picture."""
    number, apart = told_apart(held)
    counts = {"n": number, "apart": apart, "alike": number - apart}
    words = desk.t("funnel.told_apart", **counts) if number else desk.t("funnel.none")
    told = render_section(desk, desk.t("funnel.title"), words)
    dots = [dot for one in held if (dot := build_dot(desk, one))]
    if not dots:
        return (told,)
    figure = funnel(dots, desk.look, desk.t("funnel.across"), desk.t("funnel.up"))
    chart = render_chart(desk, figure, desk.t("funnel.chart", indicator=indicator.name), "schools_funnel")
    return told, render_section(desk, "", desk.t("funnel.help")), chart


def build_dot(desk: Desk, one: Compared) -> Dot | None:
    """A school of the funnel: all in points from what is usual in schools like it."""
    window, usual, widest, middle = one.window, one.usual, one.widest, one.expected
    if window.share_lo is None or window.share_hi is None or window.r_about is None:
        return None
    if usual is None or widest is None or middle is None:
        return None
    told = desk.t(f"place_in.{one.place}")
    return Dot(
        window.r_about,
        window.share_lo - middle,
        window.share_hi - middle,
        (usual[0] - middle, usual[1] - middle),
        (widest[0] - middle, widest[1] - middle),
        one.place != INSIDE,
        hover(desk, one.unit.name, told, window=window),
    )


def render_table(desk: Desk, held: list[Compared]) -> str:
    """Every school by level and name: its window over the usual range, in words whether it differs, letter and gaps."""
    letters, gaps = build_credibility(desk, "school"), build_gaps(desk)
    furthest = max((max(one.window.share_hi or 0, *(one.widest or (0, 0))) for one in held), default=0)
    levels = [(level, [one for one in held if one.unit.level == level]) for level in SCHOOL_LEVELS]
    values = {
        "levels": [(level, group) for level, group in levels if group],
        "letters": {school: one.letter for school, one in letters.items()},
        "gaps": gaps,
        "scale": 100 / max(furthest, 1),
        "districts": {unit.id: unit.name for unit in build_units(desk, "district").values()},
    }
    return desk.html("compared.html", **values)
