"""Bureau, and a district within its own: coverage, windows of schools, districts, city. Nothing is sorted by rate."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.figures import interval_bars
from dashboard.reading.coverage import STATES, build_class_coverage, build_school_coverage
from dashboard.reading.series import Indicator, build_indicators, build_series
from dashboard.reading.units import Unit, build_units
from dashboard.reading.windows import HIDDEN, Window
from dashboard.views.parts import (
    build_bar,
    choose_indicator,
    direction_word,
    show_chart,
    show_intro,
    show_section,
)
from dashboard.views.trend import show_lines

SCHOOL_LEVELS = ("primary", "junior", "senior", "vocational", "other")


def show_coverage(desk: Desk) -> None:
    """Schools × state by district, with the classes that were not surveyed."""
    show_intro(desk, "bureau.coverage_title", "bureau.coverage_lede", creed=True)
    classes = build_class_coverage(desk)
    covered = build_school_coverage(desk)
    chosen = choose_district(desk, "coverage_district")
    covered = [held for held in covered if chosen is None or held.unit.parent == chosen]
    tally = [(state, sum(held.state == state for held in covered)) for state in STATES]
    missing = {school: [held.unit.name for held in rows if held.state == "missing"] for school, rows in classes.items()}
    districts = [
        (district.name, [(held, missing.get(held.unit.id, [])) for held in covered if held.unit.parent == district.id])
        for district in build_units(desk, "district").values()
    ]
    # A school whose district is not in the file must not vanish from the board.
    known = build_units(desk, "district")
    lost = [(held, missing.get(held.unit.id, [])) for held in covered if held.unit.parent not in known]
    districts.append((desk.t("bureau.no_district"), lost))
    held = [(name, schools) for name, schools in districts if schools]
    st.html(desk.html("coverage_schools.html", tally=tally, districts=held))


def show_schools(desk: Desk) -> None:
    """Interval bars of schools, grouped by level, in order of their names."""
    show_intro(desk, "bureau.schools_title", "bureau.schools_lede", creed=True)
    indicators = build_indicators(desk, "school")
    if not indicators:
        show_section(desk, desk.t("trend_page.none"))
        return
    with st.container(horizontal=True):
        chosen = choose_district(desk, "schools_district")
        indicator = choose_indicator(desk, indicators, "schools_indicator")
    show_section(
        desk, "", f"{direction_word(desk, indicator)} {desk.t('window.help')} {desk.t('bureau.compared_help')}"
    )
    series = build_series(desk, "school", indicator.code)
    schools = [unit for unit in build_units(desk, "school").values() if chosen in (None, unit.parent)]
    for level in SCHOOL_LEVELS:
        group = [(unit, series.get(unit.id, {}).get(desk.wave, HIDDEN)) for unit in schools if unit.level == level]
        if group:
            show_level(desk, level, group, indicator)


def show_level(desk: Desk, level: str, group: list[tuple[Unit, Window]], indicator: Indicator) -> None:
    """One school level: chart of what is shown, table of every school."""
    name = desk.t(f"school_level.{level}")
    show_section(desk, name)
    bars = [build_bar(desk, unit.name, window, note=compared_note(desk, window)) for unit, window in group]
    if any(bar.lo is not None for bar in bars):
        figure = interval_bars(bars, desk.look, desk.t("trend_page.share_axis"))
        title = desk.t("bureau.chart_title", level=name, indicator=indicator.name)
        show_chart(desk, figure, title, f"schools_{level}")
    hidden = sum(bar.lo is None for bar in bars)
    if hidden:
        show_section(desk, "", desk.t("bureau.hidden_count", n=hidden))
    table = [(unit.name, "", window) for unit, window in group]
    st.html(desk.html("windows_table.html", head=desk.t("bureau.school"), table=table, compared=True, folded=True))


def compared_note(desk: Desk, window: Window) -> str:
    """Words at a bar's end where a school can be told apart; most cannot, and have none."""
    return desk.t(f"compared.{window.compared}") if window.compared in ("higher", "lower") else ""


def show_districts(desk: Desk) -> None:
    """City and districts over the waves."""
    show_intro(desk, "bureau.districts_title", "bureau.districts_lede", creed=True)
    indicators = build_indicators(desk, "city")
    if not indicators:
        show_section(desk, desk.t("trend_page.none"))
        return
    indicator = choose_indicator(desk, indicators, "districts_indicator")
    show_section(desk, indicator.name, f"{direction_word(desk, indicator)} {desk.t('window.help')}")
    named = [(desk.t("trend_page.city"), held) for held in build_series(desk, "city", indicator.code).values()]
    districts = build_series(desk, "district", indicator.code)
    named += [(u.name, districts[u.id]) for u in build_units(desk, "district").values() if u.id in districts]
    show_lines(desk, named, indicator.name, "trend_districts")


def choose_district(desk: Desk, key: str) -> str | None:
    """A district of this file, or None for all; asked only where there is more than one."""
    districts = {unit.id: unit.name for unit in build_units(desk, "district").values()}
    if desk.viewer.role != "bureau" or len(districts) < 2:
        return None
    everything = {"": desk.t("bureau.all")} | districts
    chosen = st.selectbox(
        desk.t("bureau.filter_district"),
        list(everything),
        format_func=everything.__getitem__,
        key=key,
        filter_mode=None,
        width=220,
    )
    return chosen or None
