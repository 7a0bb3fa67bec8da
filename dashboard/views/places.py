"""Counselor: where and when, what is avoided, who uses what, grade by grade; in the school's own names."""

from __future__ import annotations

from textwrap import wrap

import streamlit as st

from dashboard.desk import Desk
from dashboard.figures import Cell, interval_bars, place_time_map
from dashboard.look import MARKS
from dashboard.reading.apart import USES, build_grade_totals, build_school_totals
from dashboard.reading.places import build_grade_places, build_grid, build_places, groups_of, local_names
from dashboard.reading.small import is_small
from dashboard.reading.units import wave_name
from dashboard.reading.windows import Window
from dashboard.views.parts import build_bar, hover, plain, show_box, show_chart, show_intro, show_section
from dashboard.views.small import show_areas

FOLD = 11  # letters of a label's line
MEASURES = ("happens", "avoided")


def show_places(desk: Desk) -> None:
    """The coarse map of place × time, then places alone: where it happens, what is avoided."""
    school = desk.viewer.scope
    show_intro(desk, "places.title", "places.lede")
    grid = build_grid(desk, school)
    local = local_names(desk, school)
    help_words = desk.t("signs.space").join((desk.t("places.map_help"), desk.t("window.help")))
    show_section(desk, desk.t("places.map"), help_words)
    if any(window.is_shown for window in grid.values()):
        show_map(desk, grid, local)
        show_box(desk, "places.use", "places.use_text")
    else:
        show_box(desk, "places.wave_hidden", "places.small")
    if is_small(desk):
        show_areas(desk)
    else:
        for column, measure in zip(st.columns(2, gap="large"), MEASURES, strict=True):
            with column:
                show_measure(desk, school, measure, local)
        show_since(desk, school)
    show_uses(desk, school)
    show_grades(desk)


def show_map(desk: Desk, grid: dict[tuple[str, str], Window], local: dict[str, tuple[str, ...]]) -> None:
    places = {code: desk.label("place_group", code) for code in groups_of("places")}
    times = {code: desk.label("time_group", code) for code in groups_of("times")}
    cells = [
        Cell(
            folded(places[place]),
            folded(times[time]),
            window.share_middle,
            cell_words(window),
            hover(desk, places[place], *local.get(place, ()), times[time], window=window),
        )
        for (place, time), window in grid.items()
    ]
    show_chart(desk, place_time_map(cells, desk.look), desk.t("places.map"), "place_time_map")
    comma = desk.t("signs.comma")
    table = [
        (name, comma.join(local.get(place, ())), [grid[place, time] for time in times])
        for place, name in places.items()
    ]
    st.html(desk.html("grid_table.html", head=desk.t("places.place"), columns=times.values(), table=table))


def folded(words: str) -> str:
    """A label on short lines, so that it stands upright on a phone: English by words, Chinese at its first comma."""
    if words.isascii():
        return "<br>".join(plain(line) for line in wrap(words, FOLD))
    head, comma, tail = words.partition("\u3001")
    if comma:
        return f"{plain(head)}{comma}<br>{plain(tail)}"
    return "<br>".join(plain(line) for line in wrap(words, FOLD // 2))


def show_measure(desk: Desk, school: str, measure: str, local: dict[str, tuple[str, ...]]) -> None:
    """One measure by place group; shown as far as it was released."""
    windows = build_places(desk, school, measure)
    title = desk.t(f"places.{measure}")
    show_section(desk, title, desk.t(f"places.{measure}_help"))
    bars = [build_bar(desk, desk.label("place_group", place), window) for place, window in windows.items()]
    if all(bar.lo is None for bar in bars):
        show_section(desk, "", desk.t("hidden_all.title"))
        return
    show_chart(desk, interval_bars(bars, desk.look, desk.t("trend_page.share_axis")), title, f"places_{measure}")
    comma = desk.t("signs.comma")
    table = [
        (desk.label("place_group", place), comma.join(local.get(place, ())), window)
        for place, window in windows.items()
    ]
    st.html(desk.html("windows_table.html", head=desk.t("places.place"), table=table, compared=False, folded=True))


def show_since(desk: Desk, school: str) -> None:
    """Each place before and now, with the release's own word on whether it moved: did a change help?"""
    earlier = [wave for wave in desk.waves if wave < desk.wave]
    if not earlier:
        return
    before = {measure: build_places(desk, school, measure, earlier[-1]) for measure in MEASURES}
    now = {measure: build_places(desk, school, measure) for measure in MEASURES}
    table = [
        (desk.label("place_group", place), [(before[measure][place], now[measure][place]) for measure in MEASURES])
        for place in groups_of("places")
        if any(held[measure][place].is_shown for held in (before, now) for measure in MEASURES)
    ]
    if table:
        show_section(desk, desk.t("since.title"), desk.t("since.help"))
        names = [desk.t(f"places.{measure}") for measure in MEASURES]
        waves = {"before": wave_name(desk, earlier[-1]), "now": wave_name(desk, desk.wave)}
        st.html(desk.html("since.html", table=table, names=names, **waves))


def show_uses(desk: Desk, school: str) -> None:
    """How many board, eat in the canteen, take the bus: whom a number for such a place can be about at all."""
    totals = build_school_totals(desk, school, USES)
    if not totals:
        return
    show_section(desk, desk.t("uses.title"), desk.t("uses.help"))
    st.html(
        desk.html(
            "facts.html", title="", facts=[(desk.label("apart", option), held) for option, held in totals.items()]
        )
    )
    grades = build_grade_totals(desk, tuple(totals))
    if grades:
        table = [(desk.label("apart", option), "", [held[option] for held in grades.values()]) for option in totals]
        st.html(desk.html("grid_table.html", head=desk.t("uses.option"), columns=grades, table=table))


def show_grades(desk: Desk) -> None:
    """Places by grade: each grade's answers over the places, one measure at a time."""
    if not any(build_grade_places(desk, measure) for measure in MEASURES):
        return
    show_section(desk, desk.t("places.grades"), desk.t("places.grades_help"))
    names = {measure: desk.t(f"places.{measure}") for measure in MEASURES}
    measure = st.selectbox(
        desk.t("places.measure"),
        MEASURES,
        format_func=names.__getitem__,
        key="grade_places",
        filter_mode=None,
        width=240,
    )
    grades = build_grade_places(desk, measure)
    places = {code: desk.label("place_group", code) for code in groups_of("places")}
    cells = [
        Cell(
            folded(name),
            folded(grade),
            held[place].share_middle,
            cell_words(held[place]),
            hover(desk, grade, name, window=held[place]),
        )
        for place, name in places.items()
        for grade, held in grades.items()
    ]
    if any(cell.shade is not None for cell in cells):
        show_chart(desk, place_time_map(cells, desk.look), f"{desk.t('places.grades')} · {names[measure]}", "grade_map")
    else:
        show_section(desk, "", desk.t("hidden_all.title"))
    table = [(name, "", [held[place] for held in grades.values()]) for place, name in places.items()]
    st.html(desk.html("grid_table.html", head=desk.t("places.place"), columns=grades, table=table))


def cell_words(window: Window) -> str:
    return f"{window.lo}–{window.hi}" if window.is_shown else MARKS["hidden"]
