"""The house's paper and ink for the pictures of these notebooks; what a colour means is dashboard.look's."""

from __future__ import annotations

import plotly.graph_objects as go
import plotly.io

from dashboard.look import FONT, LIGHT

OURS, OTHERS, TRUTH, WRONG = LIGHT.accent, LIGHT.sea[2], LIGHT.ink, LIGHT.levels["warning"]
plotly.io.renderers.default = "plotly_mimetype"  # drawn by the reader's own Jupyter: nothing is fetched from the web


def draw(*traces: go.BaseTraceType, title: str, x: str = "", y: str = "", height: int = 380) -> go.Figure:
    """A figure on the house's paper: the title says what to see, the axes say in what unit."""
    words = {"family": FONT, "size": 13, "color": LIGHT.ink}
    figure = go.Figure(list(traces))
    figure.update_layout(
        template="none", height=height, font=words, paper_bgcolor=LIGHT.paper, plot_bgcolor=LIGHT.paper,
        title={"text": title, "x": 0.01, "font": {**words, "size": 16}}, margin={"l": 20, "r": 20, "t": 60, "b": 80},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"}, hoverlabel={"bgcolor": LIGHT.card},
    )
    axis = {"gridcolor": LIGHT.line, "zeroline": False, "automargin": True}
    figure.update_xaxes(**axis, title={"text": x, "font": {**words, "color": LIGHT.muted}})
    figure.update_yaxes(**axis, title={"text": y, "font": {**words, "color": LIGHT.muted}})
    return figure


def on_paper(figure: go.Figure) -> go.Figure:
    """One of the dashboard's own figures, which has no ground of its own."""
    ground, margin = {"paper_bgcolor": LIGHT.paper, "plot_bgcolor": LIGHT.paper}, {"l": 16, "r": 24, "t": 64, "b": 16}
    return figure.update_layout(**ground, margin=margin, height=figure.layout.height + 48)


def dots(x, y, name: str, colour: str, size: float = 7, symbol: str = "circle", **more: object) -> go.Scatter:
    """Points; an open symbol is drawn with a line of its colour."""
    marker = {"size": size, "color": colour, "symbol": symbol, "line": {"width": 1.2, "color": colour}}
    return go.Scatter(x=x, y=y, mode="markers", name=name, marker=marker, **more)


def line(x, y, name: str, colour: str, dash: str = "solid") -> go.Scatter:
    return go.Scatter(x=x, y=y, mode="lines", name=name, line={"color": colour, "width": 2, "dash": dash})
