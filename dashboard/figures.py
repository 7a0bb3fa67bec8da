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


def drawn_once(draw: Callable[..., Drawn]) -> Callable[..., Drawn]:
    """A figure is made of released values and a palette alone: the same ones need not be drawn for each click."""
    kept = lru_cache(maxsize=512)(draw)

    @wraps(draw)
    def drawn(*asked: object) -> Drawn:
        return kept(*(tuple(part) if isinstance(part, list) else part for part in asked))

    return drawn


@drawn_once
def place_time_map(cells: Sequence[Cell], look: Palette) -> Drawn:
    """Place × time: one hue, stronger for more; the words in the cell are the released window.

    Strength goes with the square root, so that classrooms in breaks do not wash out every other cell.
    """
    rows, columns = list(dict.fromkeys(c.row for c in cells)), list(dict.fromkeys(c.column for c in cells))
    held = {(cell.row, cell.column): cell for cell in cells}
    grid = [[held[row, column] for column in columns] for row in rows]
    top = max((cell.shade for cell in cells if cell.shade is not None), default=1.0) or 1.0
    strength = {cell: None if cell.shade is None else (cell.shade / top) ** 0.5 for cell in cells}
    heat = go.Heatmap(
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
    hidden = [(columns.index(cell.column), rows.index(cell.row)) for cell in cells if cell.shade is None]
    plain = {"fixedrange": True, "ticks": "", "showgrid": False}
    return finish(
        [heat, _words(strength, look)],
        look,
        height=HEAD + 50 * len(rows),
        x={**plain, "side": "top", "tickangle": 0, "tickfont": font(look.muted, 12)},
        y={**plain, "autorange": "reversed", "tickfont": font(look.ink, 13)},
        shapes=[_hidden_box(column, row, look) for column, row in hidden],
    )


@drawn_once
def interval_bars(bars: Sequence[Bar], look: Palette, axis: str) -> Drawn:
    """Intervals one above another in the order given, never sorted by value."""
    shown = [bar for bar in bars if bar.lo is not None]
    note = {"xanchor": "left", "xshift": 8, "showarrow": False, "font": font(look.muted, 12)}
    noted = [bar for bar in shown if bar.note]
    # Room for the notes at the bars' ends, which a phone would cut.
    furthest = max((bar.hi for bar in shown if bar.hi is not None), default=1.0)
    named = {"type": "category", "range": [len(shown) - 0.5, -0.5], "fixedrange": True, "showgrid": False}
    return finish(
        [_ranges(shown, look.accent)],
        look,
        height=HEAD + ROW * len(shown) + 8,
        top=HEAD,
        x={**_share_axis(look, axis), "range": [0, furthest * (1.4 if noted else 1.05)]},
        y={**named, "tickfont": font(look.ink, 13)},
        annotations=[{"x": bar.hi, "y": bar.name, "text": bar.note, **note} for bar in noted],
    )


@drawn_once
def window_trend(lines: Sequence[Line], look: Palette, axis: str) -> Drawn:
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
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": font(look.muted, 12)}
    return finish(
        traces,
        look,
        height=int(HEAD + ROW * max(y, 1)),
        top=HEAD,
        x=_share_axis(look, axis),
        y={**plain, "range": [y - 0.85, -0.5], "tickvals": list(names), "ticktext": list(names.values())},
        barmode="overlay",
    )


@drawn_once
def level_strip(steps: Sequence[Step], rows: Sequence[str], waves: Sequence[str], look: Palette) -> Drawn:
    """Class × wave: a shape and a colour for each state; nothing where the class did not exist."""
    levels = dict.fromkeys(step.level for step in steps)
    listed = {"type": "category", "categoryorder": "array", "fixedrange": True}
    across = {
        **listed,
        "categoryarray": list(waves),
        "side": "top",
        "showgrid": False,
        "tickfont": font(look.muted, 12),
    }
    down = {**listed, "categoryarray": list(rows)[::-1], "gridcolor": look.line, "tickfont": font(look.ink, 13)}
    return finish(
        [_marks(level, [step for step in steps if step.level == level], look) for level in levels],
        look,
        height=48 + ROW * max(len(rows), 1),
        x=across | ({"range": [-0.5, len(waves) - 0.5]} if waves else {}),
        y={**down, "zeroline": False, "range": [-0.6, len(rows) - 0.4]},
    )


def _marks(level: str, steps: Sequence[Step], look: Palette) -> go.Scatter:
    """The classes and waves of one level, in its shape and colour."""
    colour = look.levels[level]
    size = 13 if level in ("urgent", "warning", "watch") else 9
    return go.Scatter(
        x=[step.column for step in steps],
        y=[step.row for step in steps],
        mode="markers",
        customdata=[step.hover for step in steps],
        hovertemplate="%{customdata}<extra></extra>",
        marker={"symbol": SYMBOLS[level], "size": size, "color": colour, "line": {"width": 1.6, "color": colour}},
        showlegend=False,
    )


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


def _share_axis(look: Palette, title: str) -> dict[str, object]:
    """Shares in percent from zero, above the chart, where the eye begins."""
    words = {"text": title, "font": font(look.muted, 12), "standoff": 6}
    lines = {"gridcolor": look.line, "zeroline": False, "tickfont": font(look.muted, 12), "nticks": 8}
    return {"title": words, "rangemode": "tozero", "side": "top", "fixedrange": True, **lines}


def font(colour: str, size: int) -> dict[str, object]:
    return {"family": FONT, "color": colour, "size": size}


def finish(
    traces: Sequence[go.Bar | go.Scatter | go.Heatmap],
    look: Palette,
    *,
    height: int,
    x: dict[str, Any],
    y: dict[str, Any],
    top: int = 8,
    **layout: Any,
) -> Drawn:
    """Traces on our paper, in our type, without a template of Plotly's.

    All at once: Plotly checks the whole layout anew for every part that is set later, which took longer than the rest.
    """
    ours = {
        "template": "none",
        "height": height,
        "margin": {"l": 8, "r": 8, "t": top, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font(look.ink, 13),
        "hoverlabel": {"bgcolor": look.card, "bordercolor": look.line, "font": font(look.ink, 13), "align": "left"},
        "dragmode": False,
        "xaxis": {"automargin": True, **x},
        "yaxis": {"automargin": True, "ticklabelstandoff": 6, **y},
    }
    return Drawn(data=list(traces), layout={**ours, **layout})
