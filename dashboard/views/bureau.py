"""Bureau, and a district within its own: coverage, districts, city. Nothing is sorted by rate."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.reading.coverage import STATES, Coverage, build_class_coverage, build_school_coverage
from dashboard.reading.scale import build_scales
from dashboard.reading.series import build_indicators, build_series
from dashboard.reading.units import build_units
from dashboard.views.areas import choose_district, choose_wave
from dashboard.views.downloads import show_reports
from dashboard.views.parts import choose_indicator, how_to_read, render_section, show, show_intro, show_section
from dashboard.views.trend import comparable_waves, render_lines


def show_coverage(desk: Desk) -> None:
    """Schools × state by district in one wave, with the classes that were not surveyed."""
    show_intro(desk, "bureau.coverage_title", "bureau.coverage_lede", creed=True)
    with st.container(horizontal=True):
        wave, chosen = choose_wave(desk, "coverage_wave"), choose_district(desk, "coverage_district")
    covered = [held for held in build_school_coverage(desk, wave) if chosen in (None, held.unit.parent)]
    tally = [(state, sum(held.state == state for held in covered)) for state in STATES]
    gone = sum(held.classes_missing for held in covered)
    districts = by_district(desk, wave, covered)
    st.html(desk.html("coverage_schools.html", tally=tally, districts=districts, gone=gone))
    show_reports(desk)


def by_district(desk: Desk, wave: str, covered: list[Coverage]) -> list[tuple[str, list[tuple[Coverage, list[str]]]]]:
    """District → its schools, each with the names of classes that were not surveyed.

    A school whose district is not in the file must not vanish from the board.
    """
    classes = build_class_coverage(desk, wave)
    known = build_units(desk, "district", wave)
    names = {held.unit.parent: desk.t("bureau.no_district") for held in covered if held.unit.parent not in known}
    found = []
    for district, name in [*((unit.id, unit.name) for unit in known.values()), *names.items()]:
        held = [(one, _missing(classes.get(one.unit.id, []))) for one in covered if one.unit.parent == district]
        if held:
            found.append((name, held))
    return found


def _missing(classes: list[Coverage]) -> list[str]:
    return [held.unit.name for held in classes if held.state == "missing"]


def show_districts(desk: Desk) -> None:
    """City and districts over the waves that were asked in the same way; how well the scales measure."""
    show_intro(desk, "bureau.districts_title", "bureau.districts_lede", creed=True)
    indicators = build_indicators(desk, "city")
    if not indicators:
        show_section(desk, desk.t("trend_page.none"))
        return
    indicator = choose_indicator(desk, indicators, "districts_indicator")
    pieces = [render_section(desk, indicator.name, how_to_read(desk, indicator))]
    waves = comparable_waves(desk)
    if len(waves) < len(desk.waves):
        pieces.append(render_section(desk, "", desk.t("bureau.asked_otherwise", n=len(desk.waves) - len(waves))))
    named = [(desk.t("trend_page.city"), held) for held in build_series(desk, "city", indicator.code).values()]
    districts = build_series(desk, "district", indicator.code)
    named += [(u.name, districts[u.id]) for u in build_units(desk, "district").values() if u.id in districts]
    pieces += render_lines(desk, named, indicator.name, "trend_districts", waves)
    if scales := build_scales(desk):
        pieces.append(desk.html("scales.html", scales=scales, band=lambda code: desk.label("band", code)))
    show(*pieces)
