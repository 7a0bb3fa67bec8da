"""Counselor: one indicator over the waves, for the school, its cluster and grades."""

from __future__ import annotations

from dashboard.desk import Desk
from dashboard.figures import Line, window_trend
from dashboard.reading.series import Indicator, build_indicators, build_series
from dashboard.reading.small import ALONE, SMALL
from dashboard.reading.units import build_units, wave_name
from dashboard.reading.windows import HIDDEN, Window
from dashboard.views.parts import (
    build_bar,
    choose_indicator,
    how_to_read,
    plain,
    render_box,
    render_chart,
    render_intro,
    render_section,
    show,
)


def show_trend(desk: Desk) -> None:
    """The school among its cluster, district and city; then its grades."""
    show(render_intro(desk, "trend_page.title", "trend_page.lede"), *render_how_to_read_small(desk))
    indicators = build_indicators(desk, "school")
    if not indicators:
        show(render_section(desk, desk.t("trend_page.none")))
        return
    indicator = choose_indicator(desk, indicators, "trend_indicator")
    broken = [f"{wave_name(desk, wave)}: {desk.t('trend_page.not_comparable')}" for wave in not_comparable(desk)]
    show(
        render_section(desk, indicator.name, how_to_read(desk, indicator)),
        *(render_section(desk, "", words) for words in broken),
        *render_units(desk, indicator),
        *render_grades(desk, indicator),
    )


def render_how_to_read_small(desk: Desk) -> tuple[str, ...]:
    school = build_units(desk, "school").get(desk.viewer.scope)
    if not school or school.enrolled is None or school.enrolled >= SMALL:
        return ()
    text = "trend_page.small" if school.enrolled >= ALONE else "trend_page.small_low"
    return (render_box(desk, "trend_page.small_title", text),)


def not_comparable(desk: Desk) -> list[str]:
    """Waves asked in another way than the one before; the first has none before it."""
    waves = {row["wave"]: bool(row["comparable"]) for row in desk.rows("pub_wave")}
    return [wave for wave in desk.waves[1:] if not waves[wave]]


def comparable_waves(desk: Desk) -> tuple[str, ...]:
    """The waves, up to this release's own, that were asked in the same way as it."""
    since = max((wave for wave in not_comparable(desk) if wave <= desk.wave), default="")
    return tuple(wave for wave in desk.waves if since <= wave <= desk.wave)


def render_units(desk: Desk, indicator: Indicator) -> tuple[str, str]:
    """The school and what stands above it: own cluster, own district, city."""
    school = build_units(desk, "school").get(desk.viewer.scope)
    above = {"school": desk.viewer.scope}
    if school:
        above |= {"cluster": school.cluster, "district": school.parent}
    named = [
        (desk.t(f"trend_page.{kind}"), held)
        for kind in ("school", "cluster", "district", "city")
        for unit, held in build_series(desk, kind, indicator.code).items()
        if above.get(kind, unit) == unit
    ]
    return render_lines(desk, named, indicator.name, "trend_units")


def render_grades(desk: Desk, indicator: Indicator) -> tuple[str, ...]:
    """Grades, each a chart line of its own; merged grades say so in their name."""
    series = build_series(desk, "grade", indicator.code)
    if not series:
        return ()
    head = render_section(desk, desk.t("trend_page.grades"), desk.t("trend_page.grades_help"))
    units = build_units(desk, "grade")
    named = [(unit.name, series[unit.id]) for unit in units.values() if unit.id in series]
    return head, *render_lines(desk, named, f"{indicator.name} · {desk.t('trend_page.grades')}", "trend_grades")


def render_lines(
    desk: Desk, named: list[tuple[str, dict[str, Window]]], title: str, key: str, only: tuple[str, ...] | None = None
) -> tuple[str, str]:
    """Intervals of several units over the waves (all, if none are named), and the table beside them."""
    waves = {wave: wave_name(desk, wave) for wave in only or desk.waves}
    lines = [
        Line(
            plain(name),
            tuple(
                build_bar(desk, f"{name} · {waves[wave]}", held.get(wave, HIDDEN), shown_as=waves[wave])
                for wave in waves
            ),
        )
        for name, held in named
        if any(window.is_shown for window in held.values())
    ]
    if lines:
        figure = window_trend(lines, desk.look, desk.t("trend_page.share_axis"))
        drawn = render_chart(desk, figure, title, key)
    else:
        drawn = render_box(desk, "hidden_all.title", "hidden_all.text")
    table = [
        (name, waves[wave] if len(waves) > 1 else "", held.get(wave, HIDDEN))
        for name, held in named
        for wave in reversed(waves)
    ]
    head = desk.t("trend_page.unit")
    return drawn, desk.html("windows_table.html", head=head, table=table, compared=False, folded=True)
