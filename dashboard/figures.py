"""Pure Plotly builders: released values and words in, figure out. No Streamlit, no database.

Colour and shape mean what dashboard.look says; a hidden cell has one neutral mark, whatever hid it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

import plotly.graph_objects as go

from dashboard.look import FONT, MARKS, SYMBOLS, Palette, ink_on

ROW = 26  # pixels of a line in a chart of many lines
HEAD = 56  # pixels of the axis above them


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
    """An interval of shares in percent, with its name and ready hover words. lo is None where hidden.

    `note` stands at the bar's end: what the release says of it in words, so that no colour has to.
    """

    name: str
    lo: float | None
    hi: float | None
    hover: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A unit's intervals, one per wave, oldest first."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Step:
    """The state of one class in one wave."""

    row: str
    column: str
    level: str
    hover: str


class Drawn(go.Figure):
    """A finished figure, written out once: Plotly would copy and convert every value of it for each reader."""

    _written = ""

    def to_json(self, *asked: Any, **more: Any) -> str:
        if asked or more:
            return str(super().to_json(*asked, **more))
        self._written = self._written or str(super().to_json())
        return self._written


def drawn_once(draw: Callable[..., go.Figure]) -> Callable[..., Drawn]:
    """A figure is made of released values and a palette alone: the same ones need not be drawn for each click."""
    kept = lru_cache(maxsize=512)(lambda *asked: Drawn(draw(*asked)))

    @wraps(draw)
    def drawn(*asked: object) -> Drawn:
        return kept(*(tuple(part) if isinstance(part, list) else part for part in asked))

    return drawn


@drawn_once
def place_time_map(cells: Sequence[Cell], look: Palette) -> go.Figure:
    """Place × time: one hue, stronger for more; the words in the cell are the released window.

    Strength goes with the square root, so that classrooms in breaks do not wash out every other cell.
    """
    rows, columns = list(dict.fromkeys(c.row for c in cells)), list(dict.fromkeys(c.column for c in cells))
    held = {(cell.row, cell.column): cell for cell in cells}
    grid = [[held[row, column] for column in columns] for row in rows]
    top = max((cell.shade for cell in cells if cell.shade is not None), default=1.0) or 1.0
    strength = {cell: None if cell.shade is None else (cell.shade / top) ** 0.5 for cell in cells}
    figure = go.Figure(
        go.Heatmap(
            z=[[strength[cell] for cell in line] for line in grid],
            x=columns,
            y=rows,
            customdata=[[cell.hover for cell in line] for line in grid],
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=[[i / (len(look.sea) - 1), colour] for i, colour in enumerate(look.sea)],
            zmin=0,
            zmax=1,
            xgap=3,
            ygap=3,
            showscale=False,
            hoverongaps=True,
        )
    )
    figure.add_trace(_words(strength, look))
    hidden = [(columns.index(cell.column), rows.index(cell.row)) for cell in cells if cell.shade is None]
    figure.update_layout(shapes=[_hidden_box(column, row, look) for column, row in hidden])
    dress(figure, look, height=HEAD + 50 * len(rows))
    figure.update_xaxes(
        side="top", fixedrange=True, ticks="", tickangle=0, tickfont=font(look.muted, 12), showgrid=False
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True, ticks="", tickfont=font(look.ink, 13), showgrid=False)
    return figure


@drawn_once
def interval_bars(bars: Sequence[Bar], look: Palette, axis: str) -> go.Figure:
    """Intervals one above another in the order given, never sorted by value."""
    shown = [bar for bar in bars if bar.lo is not None]
    figure = go.Figure(_ranges(shown, look.accent))
    note = {"xanchor": "left", "xshift": 8, "showarrow": False, "font": font(look.muted, 12)}
    noted = [bar for bar in shown if bar.note]
    figure.update_layout(annotations=[{"x": bar.hi, "y": bar.name, "text": bar.note, **note} for bar in noted])
    dress(figure, look, height=HEAD + ROW * len(shown) + 8)
    _share_axis(figure, look, axis)
    # Room for the notes at the bars' ends, which a phone would cut.
    furthest = max((bar.hi for bar in shown if bar.hi is not None), default=1.0)
    figure.update_xaxes(range=[0, furthest * (1.4 if any(bar.note for bar in shown) else 1.05)])
    figure.update_yaxes(type="category", range=[len(shown) - 0.5, -0.5], fixedrange=True, showgrid=False)
    figure.update_yaxes(tickfont=font(look.ink, 13))
    return figure


@drawn_once
def window_trend(lines: Sequence[Line], look: Palette, axis: str) -> go.Figure:
    """Intervals by wave, oldest first, unit below unit on one axis of shares; the last wave in the full accent.

    Units stand apart instead of overlapping, so that they need no colours of their own and fit a phone.
    """
    traces: list[go.Bar | go.Scatter] = []
    names: dict[float, str] = {}
    y = 0.0
    for line in lines:
        names[y] = f"<span style='color:{look.ink}'><b>{line.name}</b></span>"
        for place, bar in enumerate(line.bars):
            y += 1
            names[y] = bar.name
            last = place == len(line.bars) - 1
            traces.append(_range_at(y, bar, look.accent, 1.0 if last else 0.45, look))
        y += 1.35
    figure = go.Figure(traces)
    dress(figure, look, height=int(HEAD + ROW * max(y, 1)))
    figure.update_layout(barmode="overlay")
    _share_axis(figure, look, axis)
    figure.update_yaxes(range=[y - 0.85, -0.5], tickvals=list(names), ticktext=list(names.values()))
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True, tickfont=font(look.muted, 12))
    return figure


@drawn_once
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
    dress(figure, look, height=48 + ROW * max(len(rows), 1))
    figure.update_xaxes(type="category", categoryarray=list(waves), categoryorder="array", side="top", fixedrange=True)
    if waves:
        figure.update_xaxes(range=[-0.5, len(waves) - 0.5])
    figure.update_xaxes(showgrid=False, tickfont=font(look.muted, 12))
    figure.update_yaxes(type="category", categoryarray=list(rows)[::-1], categoryorder="array", fixedrange=True)
    figure.update_yaxes(gridcolor=look.line, tickfont=font(look.ink, 13), zeroline=False, range=[-0.6, len(rows) - 0.4])
    return figure


def _ranges(bars: Sequence[Bar], colour: str) -> go.Bar:
    """Floating bars from lo to hi. A window of one value keeps a visible sliver."""
    return go.Bar(
        base=[bar.lo for bar in bars],
        x=[_length(bar) for bar in bars],
        y=[bar.name for bar in bars],
        orientation="h",
        width=0.42,
        marker={"color": colour, "cornerradius": 4, "line": {"width": 0}},
        customdata=[bar.hover for bar in bars],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )


def _range_at(y: float, bar: Bar, colour: str, opacity: float, look: Palette) -> go.Bar | go.Scatter:
    """One floating bar at a height of its own; the neutral mark where the release shows nothing."""
    words = {"customdata": [bar.hover], "hovertemplate": "%{customdata}<extra></extra>", "showlegend": False}
    if bar.lo is None:
        mark = {"mode": "text", "text": [MARKS["hidden"]], "textfont": font(look.muted, 16)}
        return go.Scatter(x=[0], y=[y], cliponaxis=False, **mark, **words)
    shape = {"color": colour, "opacity": opacity, "cornerradius": 4, "line": {"width": 0}}
    return go.Bar(base=[bar.lo], x=[_length(bar)], y=[y], orientation="h", width=0.5, marker=shape, **words)


def _words(strength: dict[Cell, float | None], look: Palette) -> go.Scatter:
    """The words of a map's cells as one trace: as annotations they take a browser longer than all the rest."""
    return go.Scatter(
        mode="text",
        x=[cell.column for cell in strength],
        y=[cell.row for cell in strength],
        text=[cell.text for cell in strength],
        textfont={**font(look.ink, 13), "color": [ink_on(at, look) for at in strength.values()]},
        hoverinfo="skip",
        cliponaxis=False,
        showlegend=False,
    )


def _hidden_box(column: int, row: int, look: Palette) -> dict[str, object]:
    """The outline of a hidden cell: the same for every reason, and unlike the palest shade."""
    edges = {"x0": column - 0.49, "x1": column + 0.49, "y0": row - 0.46, "y1": row + 0.46}
    return {"type": "rect", **edges, "line": {"color": look.line, "width": 1, "dash": "dot"}, "layer": "below"}


def _length(bar: Bar) -> float:
    return max(float(bar.hi or 0) - float(bar.lo or 0), 0.2)


def _share_axis(figure: go.Figure, look: Palette, title: str) -> None:
    """Shares in percent from zero, above the chart, where the eye begins."""
    words = {"text": title, "font": font(look.muted, 12), "standoff": 6}
    figure.update_layout(margin_t=HEAD)
    figure.update_xaxes(title=words, rangemode="tozero", side="top")
    figure.update_xaxes(tickfont=font(look.muted, 12), gridcolor=look.line, zeroline=False, fixedrange=True, nticks=8)


def font(colour: str, size: int) -> dict[str, object]:
    return {"family": FONT, "color": colour, "size": size}


def dress(figure: go.Figure, look: Palette, *, height: int) -> None:
    """Our paper and type; no template of Plotly's."""
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=font(look.ink, 13),
        hoverlabel={"bgcolor": look.card, "bordercolor": look.line, "font": font(look.ink, 13), "align": "left"},
        dragmode=False,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True, ticklabelstandoff=6)
