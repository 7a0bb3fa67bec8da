"""Counselor: where and when, what is avoided, who uses what, grade by grade; in the school's own names."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

import streamlit as st
from markupsafe import Markup

from dashboard.desk import Desk
from dashboard.figures import Cell, interval_bars, place_time_map
from dashboard.look import MARKS
from dashboard.reading.apart import USES, build_grade_totals, build_school_totals
from dashboard.reading.places import build_grade_places, build_grid, build_places, groups_of, local_names
from dashboard.reading.small import is_small
from dashboard.reading.units import wave_name
from dashboard.reading.windows import Window
from dashboard.views.parts import (
    build_bar,
    hover,
    plain,
    render_box,
    render_chart,
    render_intro,
    render_section,
    show,
    show_section,
)
from dashboard.views.small import render_areas

FOLD = 11  # letters of a label's line
MEASURES = ("happens", "avoided")


def show_places(desk: Desk) -> None:
    """The coarse map of place × time, then places alone: where it happens, what is avoided; then grade by grade."""
    show(
        render_intro(desk, "places.title", "places.lede"),
        *render_grid(desk),
        *((render_areas(desk),) if is_small(desk) else render_measures(desk)),
        *render_uses(desk),
    )
    show_grades(desk)


def render_grid(desk: Desk) -> Iterator[str]:
    """The map with its table, and how to use it; or why the release shows none."""
    grid = build_grid(desk, desk.viewer.scope)
    yield render_section(
        desk, desk.t("places.map"), desk.t("signs.space").join((desk.t("places.map_help"), desk.t("window.help")))
    )
    if any(window.is_shown for window in grid.values()):
        yield from render_map(desk, grid)
        yield render_box(desk, "places.use", "places.use_text")
    else:
        yield render_box(desk, "places.wave_hidden", "places.small")


def render_map(desk: Desk, grid: dict[tuple[str, str], Window]) -> tuple[str, str]:
    local = local_names(desk, desk.viewer.scope)
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
    comma = desk.t("signs.comma")
    table = [
        (name, comma.join(local.get(place, ())), [grid[place, time] for time in times])
        for place, name in places.items()
    ]
    return (
        render_chart(desk, place_time_map(cells, desk.look), desk.t("places.map"), "place_time_map"),
        desk.html("grid_table.html", head=desk.t("places.place"), columns=times.values(), table=table),
    )


def folded(words: str) -> str:
    """A label on short lines, so that it stands upright on a phone: English by words, Chinese at its first comma."""
    if words.isascii():
        return "<br>".join(plain(line) for line in wrap(words, FOLD))
    head, comma, tail = words.partition("\u3001")
    if comma:
        return f"{plain(head)}{comma}<br>{plain(tail)}"
    return "<br>".join(plain(line) for line in wrap(words, FOLD // 2))


def render_measures(desk: Desk) -> Iterator[str]:
    """Both measures side by side, then what became of them since the wave before."""
    pieces = ["".join(render_measure(desk, measure)) for measure in MEASURES]
    yield desk.html("pair.html", pieces=[Markup(piece) for piece in pieces])  # templates wrote them
    yield from render_since(desk)


def render_measure(desk: Desk, measure: str) -> Iterator[str]:
    """One measure by place group; shown as far as it was released."""
    local = local_names(desk, desk.viewer.scope)
    windows = build_places(desk, desk.viewer.scope, measure)
    title = desk.t(f"places.{measure}")
    yield render_section(desk, title, desk.t(f"places.{measure}_help"))
    bars = [build_bar(desk, desk.label("place_group", place), window) for place, window in windows.items()]
    if all(bar.lo is None for bar in bars):
        yield render_section(desk, "", desk.t("hidden_all.title"))
        return
    figure = interval_bars(bars, desk.look, desk.t("trend_page.share_axis"))
    yield render_chart(desk, figure, title, f"places_{measure}")
    comma = desk.t("signs.comma")
    table = [
        (desk.label("place_group", place), comma.join(local.get(place, ())), window)
        for place, window in windows.items()
    ]
    yield desk.html("windows_table.html", head=desk.t("places.place"), table=table, compared=False, folded=True)


def render_since(desk: Desk) -> Iterator[str]:
    """Each place before and now, with the release's own word on whether it moved: did a change help?"""
    earlier = [wave for wave in desk.waves if wave < desk.wave]
    if not earlier:
        return
    school = desk.viewer.scope
    before = {measure: build_places(desk, school, measure, earlier[-1]) for measure in MEASURES}
    now = {measure: build_places(desk, school, measure) for measure in MEASURES}
    table = [
        (desk.label("place_group", place), [(before[measure][place], now[measure][place]) for measure in MEASURES])
        for place in groups_of("places")
        if any(held[measure][place].is_shown for held in (before, now) for measure in MEASURES)
    ]
    if table:
        yield render_section(desk, desk.t("since.title"), desk.t("since.help"))
        names = [desk.t(f"places.{measure}") for measure in MEASURES]
        waves = {"before": wave_name(desk, earlier[-1]), "now": wave_name(desk, desk.wave)}
        yield desk.html("since.html", table=table, names=names, **waves)


def render_uses(desk: Desk) -> Iterator[str]:
    """How many board, eat in the canteen, take the bus: whom a number for such a place can be about at all."""
    totals = build_school_totals(desk, desk.viewer.scope, USES)
    if not totals:
        return
    yield render_section(desk, desk.t("uses.title"), desk.t("uses.help"))
    facts = [(desk.label("apart", option), held) for option, held in totals.items()]
    yield desk.html("facts.html", title="", facts=facts)
    grades = build_grade_totals(desk, tuple(totals))
    if grades:
        table = [(desk.label("apart", option), "", [held[option] for held in grades.values()]) for option in totals]
        yield desk.html("grid_table.html", head=desk.t("uses.option"), columns=grades, table=table)


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
        title = f"{desk.t('places.grades')} · {names[measure]}"
        drawn = render_chart(desk, place_time_map(cells, desk.look), title, "grade_map")
    else:
        drawn = render_section(desk, "", desk.t("hidden_all.title"))
    table = [(name, "", [held[place] for held in grades.values()]) for place, name in places.items()]
    show(drawn, desk.html("grid_table.html", head=desk.t("places.place"), columns=grades, table=table))


def cell_words(window: Window) -> str:
    return f"{window.lo}–{window.hi}" if window.is_shown else MARKS["hidden"]
