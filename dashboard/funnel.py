"""The funnel: schools set beside what is usual in schools like them. Pure, like dashboard.figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.canvas import Drawn, finish, font
from dashboard.look import Palette

HEIGHT = 430
LEFT, BELOW = 64, 52  # pixels of the axes' words and numbers


@dataclass(frozen=True)
class Dot:
    """A school: about how many answers, and its released share and limits in points from what is usual in its like."""

    answers: int
    lo: float
    hi: float
    usual: tuple[float, float]
    widest: tuple[float, float]
    is_apart: bool
    hover: str


def funnel(dots: Sequence[Dot], look: Palette, across: str, up: str) -> Drawn:
    """Released windows over the number of answers, each before its own limits of 99.8 and 95 %, broad and pale.

    A window that lies wholly outside bears a diamond: shape, not only colour. The fewer answers, the wider the limits.
    """
    traces = [
        _limits(dots, [dot.widest for dot in dots], look.sea[0]),
        _limits(dots, [dot.usual for dot in dots], look.sea[1]),
        *(_windows([dot for dot in dots if dot.is_apart == is_apart], look, is_apart) for is_apart in (False, True)),
    ]
    words = font(look.muted, 12)
    ticks = {"tickfont": words, "gridcolor": look.line, "fixedrange": True}
    zero = {"zeroline": True, "zerolinecolor": look.muted, "zerolinewidth": 1}
    return finish(
        traces,
        look,
        height=HEIGHT,
        top=16,
        left=LEFT,
        bottom=BELOW,
        x={**ticks, "title": {"text": across, "font": words}, "zeroline": False, "nticks": 7},
        y={**ticks, **zero, "title": {"text": up, "font": words}, "tickformat": "+d", "labelalias": {"+0": "0"}},
        barmode="overlay",
    )


def _limits(dots: Sequence[Dot], limits: Sequence[tuple[float, float]], colour: str) -> go.Bar:
    """Floating upright bars, as wide as keeps two schools of like size apart and still makes a funnel of many."""
    widest = max((dot.answers for dot in dots), default=1)
    return go.Bar(
        x=[dot.answers for dot in dots],
        base=[low for low, _ in limits],
        y=[high - low for low, high in limits],
        width=widest / 60,
        marker={"color": colour, "cornerradius": 3, "line": {"width": 0}},
        hoverinfo="skip",
        showlegend=False,
    )


def _windows(dots: Sequence[Dot], look: Palette, is_apart: bool) -> go.Scatter:
    """Upright bars from the window's lower to its upper end, a mark at the middle."""
    middle = [(dot.lo + dot.hi) / 2 for dot in dots]
    half = [(dot.hi - dot.lo) / 2 for dot in dots]
    marker = {"symbol": "diamond" if is_apart else "circle", "size": 12 if is_apart else 6, "color": look.accent}
    return go.Scatter(
        x=[dot.answers for dot in dots],
        y=middle,
        error_y={"type": "data", "array": half, "color": look.accent, "thickness": 3 if is_apart else 1.6, "width": 0},
        mode="markers",
        marker=marker,
        customdata=[dot.hover for dot in dots],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
