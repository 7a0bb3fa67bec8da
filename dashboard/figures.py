"""Pure Plotly builders: released values and words in, figure out. No Streamlit, no database.

Colour and shape mean what dashboard.look says; a hidden cell has one neutral mark, whatever hid it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.canvas import Drawn, drawn_once, finish, font, widest
from dashboard.look import MARKS, SYMBOLS, Palette, ink_on

ROW = 26  # pixels of a line in a chart of many lines
HEAD = 56  # pixels of the axis above them
LINE = 17  # pixels of a line of a name above a column


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
        top=8 + LINE * max((column.count("<br>") + 1 for column in columns), default=1),
        left=widest(rows, 13),
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
        left=widest([bar.name for bar in shown], 13),
        x={**_share_axis(look, axis), "range": [0, furthest * (1.4 if noted else 1.05)]},
        y={**named, "tickfont": font(look.ink, 13)},
        annotations=[{"x": bar.hi, "y": bar.name, "text": bar.note, **note} for bar in noted],
    )


@drawn_once
def window_trend(lines: Sequence[Line], look: Palette, axis: str) -> Drawn:
    """Intervals by wave, oldest first, unit below unit on one axis of shares; the last wave in the full accent.

    Units stand apart instead of overlapping, so that they need no colours of their own and fit a phone.
    """
    names: dict[float, str] = {}
    placed: dict[float, tuple[Bar, float]] = {}
    y = 0.0
    for line in lines:
        names[y] = f"<span style='color:{look.ink}'><b>{line.name}</b></span>"
        for bar in line.bars:
            y += 1
            names[y] = bar.name
            placed[y] = bar, 1.0 if bar is line.bars[-1] else 0.45
        y += 1.35
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": font(look.muted, 12)}
    return finish(
        [trace for trace in (_ranges_at(placed, look), _hidden_at(placed, look)) if trace.y],
        look,
        height=int(HEAD + ROW * max(y, 1)),
        top=HEAD,
        left=widest([name for line in lines for name in (line.name, *(bar.name for bar in line.bars))], 12),
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
        left=widest(rows, 13),
        x={"automargin": True} | across | ({"range": [-0.5, len(waves) - 0.5]} if waves else {}),
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


def _ranges_at(placed: dict[float, tuple[Bar, float]], look: Palette) -> go.Bar:
    """Floating bars, each at a height and of a strength of its own: one trace, where one a bar took thrice as long."""
    shown = {y: held for y, held in placed.items() if held[0].lo is not None}
    bars = _ranges([bar for bar, _ in shown.values()], look.accent)
    return bars.update(y=list(shown), width=0.5, marker_opacity=[strength for _, strength in shown.values()])


def _hidden_at(placed: dict[float, tuple[Bar, float]], look: Palette) -> go.Scatter:
    """The neutral mark where the release shows nothing."""
    hidden = {y: bar for y, (bar, _) in placed.items() if bar.lo is None}
    return go.Scatter(
        x=[0] * len(hidden),
        y=list(hidden),
        mode="text",
        text=[MARKS["hidden"]] * len(hidden),
        textfont=font(look.muted, 16),
        cliponaxis=False,
        customdata=[bar.hover for bar in hidden.values()],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )


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
