"""Pure Plotly builders: released values and words in, figure out. No Streamlit, no database.

Colour and shape mean what dashboard.look says; a hidden cell has one neutral mark, whatever hid it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.look import FONT, SYMBOLS, Palette

ROW = 26  # pixels of a line in a chart of many lines


@dataclass(frozen=True)
class Cell:
    """A cell of a map. `shade` is None where the release shows nothing; `text` and `hover` are ready words."""

    row: str
    column: str
    shade: float | None
    text: str
    hover: str


@dataclass(frozen=True)
class Bar:
    """An interval of shares in percent, with its name and ready hover words. lo is None where hidden."""

    name: str
    lo: float | None
    hi: float | None
    hover: str


@dataclass(frozen=True)
class Line:
    """A unit's intervals, one per wave. `leading` is the one the page is about."""

    name: str
    bars: tuple[Bar, ...]
    leading: bool = False


@dataclass(frozen=True)
class Step:
    """The state of one class in one wave."""

    row: str
    column: str
    level: str
    hover: str


def place_time_map(cells: Sequence[Cell], look: Palette) -> go.Figure:
    """Place × time: one hue, darker for more; the words in the cell are the released window."""
    rows, columns = list(dict.fromkeys(c.row for c in cells)), list(dict.fromkeys(c.column for c in cells))
    held = {(cell.row, cell.column): cell for cell in cells}
    grid = [[held[row, column] for column in columns] for row in rows]
    top = max((cell.shade for cell in cells if cell.shade is not None), default=1.0) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=[[cell.shade for cell in line] for line in grid],
            x=columns,
            y=rows,
            customdata=[[cell.hover for cell in line] for line in grid],
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=[[i / (len(look.sea) - 1), colour] for i, colour in enumerate(look.sea)],
            zmin=0,
            zmax=top,
            xgap=3,
            ygap=3,
            showscale=False,
            hoverongaps=True,
        )
    )
    for cell in cells:
        dark_cell = cell.shade is not None and cell.shade > 0.5 * top
        colour = look.muted if cell.shade is None else (look.paper if dark_cell else look.ink)
        figure.add_annotation(x=cell.column, y=cell.row, text=cell.text, showarrow=False, font=_font(colour, 13))
    _dress(figure, look, height=40 + 46 * len(rows))
    figure.update_xaxes(side="top", fixedrange=True, ticks="", tickfont=_font(look.muted, 12), showgrid=False)
    figure.update_yaxes(autorange="reversed", fixedrange=True, ticks="", tickfont=_font(look.ink, 13), showgrid=False)
    return figure


def interval_bars(bars: Sequence[Bar], look: Palette, axis: str, reference: Bar | None = None) -> go.Figure:
    """Intervals one above another in the order given, never sorted by value; `reference` is a band behind them."""
    shown = [bar for bar in bars if bar.lo is not None]
    figure = go.Figure()
    if reference is not None and reference.lo is not None:
        figure.add_vrect(
            x0=reference.lo, x1=reference.hi, fillcolor=look.line, opacity=0.75, line_width=0, layer="below"
        )
    figure.add_trace(_ranges([b.name for b in shown], shown, look.accent, horizontal=True))
    _dress(figure, look, height=64 + ROW * max(len(shown), 1))
    figure.update_xaxes(title={"text": axis, "font": _font(look.muted, 12)}, rangemode="tozero", side="top")
    figure.update_xaxes(
        ticksuffix="", tickfont=_font(look.muted, 12), gridcolor=look.line, zeroline=False, fixedrange=True
    )
    figure.update_yaxes(
        autorange="reversed", fixedrange=True, type="category", showgrid=False, tickfont=_font(look.ink, 13)
    )
    return figure


def window_trend(lines: Sequence[Line], waves: Sequence[str], look: Palette, axis: str) -> go.Figure:
    """Intervals by wave; the leading unit in the accent, the others behind it in grey."""
    figure = go.Figure()
    for line in sorted(lines, key=lambda held: held.leading):
        colour = look.accent if line.leading else look.muted
        shown = [bar for bar in line.bars if bar.lo is not None]
        trace = _ranges([bar.name for bar in shown], shown, colour, horizontal=False)
        trace.update(name=line.name, showlegend=len(lines) > 1, offsetgroup=line.name)
        trace.update(opacity=1 if line.leading or len(lines) == 1 else 0.45)
        figure.add_trace(trace)
    _dress(figure, look, height=300)
    figure.update_layout(barmode="group", bargap=0.55, bargroupgap=0.3)
    figure.update_layout(
        legend={
            "orientation": "h",
            "y": -0.16,
            "x": 0,
            "font": _font(look.ink, 13),
            "itemclick": False,
            "itemdoubleclick": False,
        }
    )
    figure.update_xaxes(
        type="category", categoryarray=list(waves), categoryorder="array", fixedrange=True, showgrid=False
    )
    if waves:
        figure.update_xaxes(range=[-0.5, len(waves) - 0.5])
    figure.update_xaxes(tickfont=_font(look.ink, 13), linecolor=look.line)
    figure.update_yaxes(title={"text": axis, "font": _font(look.muted, 12)}, rangemode="tozero", fixedrange=True)
    figure.update_yaxes(tickfont=_font(look.muted, 12), gridcolor=look.line, zeroline=False)
    return figure


def level_strip(steps: Sequence[Step], rows: Sequence[str], waves: Sequence[str], look: Palette) -> go.Figure:
    """Class × wave: a shape and a colour for each state; nothing where the class did not exist."""
    figure = go.Figure()
    for level in dict.fromkeys(step.level for step in steps):
        held = [step for step in steps if step.level == level]
        size = 13 if level in ("urgent", "warning", "watch") else 9
        figure.add_trace(
            go.Scatter(
                x=[step.column for step in held],
                y=[step.row for step in held],
                mode="markers",
                customdata=[step.hover for step in held],
                hovertemplate="%{customdata}<extra></extra>",
                marker={
                    "symbol": SYMBOLS[level],
                    "size": size,
                    "color": look.levels[level],
                    "line": {"width": 1.6, "color": look.levels[level]},
                },
                showlegend=False,
            )
        )
    _dress(figure, look, height=48 + ROW * max(len(rows), 1))
    figure.update_xaxes(type="category", categoryarray=list(waves), categoryorder="array", side="top", fixedrange=True)
    if waves:
        figure.update_xaxes(range=[-0.5, len(waves) - 0.5])
    figure.update_xaxes(showgrid=False, tickfont=_font(look.muted, 12))
    figure.update_yaxes(type="category", categoryarray=list(rows)[::-1], categoryorder="array", fixedrange=True)
    figure.update_yaxes(
        gridcolor=look.line, tickfont=_font(look.ink, 13), zeroline=False, range=[-0.6, len(rows) - 0.4]
    )
    return figure


def _ranges(names: Sequence[str], bars: Sequence[Bar], colour: str, *, horizontal: bool) -> go.Bar:
    """Floating bars from lo to hi. A window of one value keeps a visible sliver."""
    starts = [bar.lo for bar in bars]
    lengths = [max(float(bar.hi or 0) - float(bar.lo or 0), 0.3) for bar in bars]
    along = (
        {"base": starts, "x": lengths, "y": list(names), "orientation": "h"}
        if horizontal
        else {"base": starts, "y": lengths, "x": list(names)}
    )
    return go.Bar(
        **along,
        width=0.42 if horizontal else None,
        marker={"color": colour, "cornerradius": 4, "line": {"width": 0}},
        customdata=[bar.hover for bar in bars],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )


def _font(colour: str, size: int) -> dict[str, object]:
    return {"family": FONT, "color": colour, "size": size}


def _dress(figure: go.Figure, look: Palette, *, height: int) -> None:
    """Our paper and type; no template of Plotly's."""
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=_font(look.ink, 13),
        hoverlabel={"bgcolor": look.card, "bordercolor": look.line, "font": _font(look.ink, 13), "align": "left"},
        dragmode=False,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True, ticklabelstandoff=6)
