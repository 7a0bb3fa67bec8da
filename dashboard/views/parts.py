"""What several pages share: the opening, a chart with its alt text, ready words for a window."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from dashboard.desk import Desk
from dashboard.drawing import written
from dashboard.figures import Bar
from dashboard.reading.series import Indicator
from dashboard.reading.units import wave_name
from dashboard.reading.windows import Window


def show(*pieces: str) -> None:
    """HTML one below another as one element: a browser frames each element, at more cost than what it holds."""
    st.html(f'<div class="ax-run">{"".join(pieces)}</div>')


def show_intro(desk: Desk, title: str, lede: str, *, creed: bool = False) -> None:
    show(render_intro(desk, title, lede, creed=creed))


def show_section(desk: Desk, title: str, text: str = "") -> None:
    show(render_section(desk, title, text))


def show_box(desk: Desk, title: str, text: str) -> None:
    show(render_box(desk, title, text))


def render_intro(desk: Desk, title: str, lede: str, *, creed: bool = False) -> str:
    """Wave, title and one sentence on how to read the page; on the first wave, that nothing can be compared yet."""
    first = len(desk.waves) == 1
    words = {"wave": wave_name(desk, desk.wave), "title": desk.t(title), "lede": desk.t(lede)}
    return desk.html("intro.html", **words, creed=creed, first_wave=first)


def render_section(desk: Desk, title: str, text: str = "") -> str:
    return desk.html("section.html", title=title, help=text)


def render_box(desk: Desk, title: str, text: str) -> str:
    return desk.html("box.html", title=desk.t(title), text=desk.t(text))


def render_chart(desk: Desk, figure: go.Figure, title: str, key: str) -> str:
    """A chart as drawn, without Plotly's buttons, with words for those who do not see it."""
    alt = desk.t("table.chart_alt", title=title)
    return desk.html("figure.html", key=key, alt=alt, **written(figure))


def choose_indicator(desk: Desk, indicators: list[Indicator], key: str) -> Indicator:
    """One indicator out of the release's list; the first is the headline."""
    names = {held.code: held.name for held in indicators}
    code = st.selectbox(
        desk.t("trend_page.indicator"), list(names), format_func=names.__getitem__, key=key, filter_mode=None, width=340
    )
    return next(held for held in indicators if held.code == code)


def direction_word(desk: Desk, indicator: Indicator) -> str:
    short = {"higher_is_worse": "worse", "higher_is_better": "better"}.get(indicator.direction, "neutral")
    return desk.t(f"trend_page.{short}")


def how_to_read(desk: Desk, indicator: Indicator) -> str:
    """Which way is worse, and what a window is."""
    return desk.t("signs.space").join((direction_word(desk, indicator), desk.t("window.help")))


def window_words(desk: Desk, window: Window) -> str:
    """A window in words, from released values only."""
    if not window.is_shown:
        return desk.t(f"reason.{window.reason}")
    if window.share_lo is None:
        return desk.t("window.people", lo=window.lo, hi=window.hi)
    return desk.t("window.both", lo=window.lo, hi=window.hi, share_lo=window.share_lo, share_hi=window.share_hi)


def hover(desk: Desk, *names: str, window: Window) -> str:
    """Words under the pointer. Angle brackets are taken out of names: Plotly reads a little HTML."""
    lines = [*names, window_words(desk, window)]
    if window.is_shown and window.r_about is not None:
        lines.append(desk.t("window.of", r=window.r_about))
    return "<br>".join(plain(line) for line in lines if line)


def plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def build_bar(desk: Desk, name: str, window: Window, *, shown_as: str | None = None, note: str = "") -> Bar:
    """A window as a bar of a chart: shares in percent."""
    lo, hi = (window.share_lo, window.share_hi) if window.is_shown else (None, None)
    return Bar(plain(shown_as or name), lo, hi, hover(desk, name, window=window), note)
