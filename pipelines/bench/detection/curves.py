"""Power curves as small pictures: share of outbreaks found against how strong they are, one line per rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

GOALS = (20, 30, 40)
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 320, 52, 16, 252, 268
# Line, dash and mark differ, so that the picture says the same in black and white.
STYLES = (("#8a8f98", "2 4"), ("#b0772c", "6 4"), ("#3b6ea5", ""), ("#1d7f5f", ""), ("#7a4a9e", "1 3"))
LEGEND_STEP, ROW = 26, 12
Rows = Mapping[str, Mapping[str, Any]]


def render_curves(title: str, rules: Sequence[tuple[str, str]], rows: Rows) -> str:
    """An SVG file's text. rules: (words, row name with {} for the goal); a whisker is one standard error."""
    lines = [_curve(words, name, rows, STYLES[place % len(STYLES)], place) for place, (words, name) in enumerate(rules)]
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {style}>'
    return "\n".join([head, f"<title>{escape(title)}</title>", *_axes(), *lines, "</svg>"]) + "\n"


def _curve(words: str, name: str, rows: Rows, style: tuple[str, str], place: int) -> str:
    colour, dash = style
    found = [rows[name.format(f"se{goal}")] for goal in GOALS]
    points = [(_x(goal), _y(row["value"])) for goal, row in zip(GOALS, found, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    marks += [_whisker(x, row, colour) for (x, _), row in zip(points, found, strict=True)]
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    return "\n".join([line, *marks, *_legend(words, colour, dash, place)])


def _whisker(x: float, row: Mapping[str, Any], colour: str) -> str:
    error = row["se"] or 0.0
    low, high = (_y(min(max(row["value"] + part, 0.0), 1.0)) for part in (-error, error))
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}"/>'


def _legend(words: str, colour: str, dash: str, place: int) -> list[str]:
    y, x = TOP + ROW + LEGEND_STEP * place, WIDTH - RIGHT + ROW
    line = (
        f'<line x1="{x}" x2="{x + 24}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    )
    return [line, f'<text x="{x + 30}" y="{y + 4}">{escape(words)}</text>']


def _axes() -> list[str]:
    grid = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(part):.1f}" y2="{_y(part):.1f}" stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{_y(part) + 4:.1f}" text-anchor="end">{round(100 * part)} %</text>'
        for part in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    ticks = [f'<text x="{_x(goal):.1f}" y="{BOTTOM + 20}" text-anchor="middle">{goal} %</text>' for goal in GOALS]
    words = "share of the class bullied 2–3 times a month or more"
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*grid, *ticks, f'<text x="{middle}" y="{BOTTOM + 40}" text-anchor="middle">{words}</text>']


def _x(goal: float) -> float:
    inside = WIDTH - RIGHT - LEFT - 40
    return LEFT + 20 + inside * (goal - GOALS[0]) / (GOALS[-1] - GOALS[0])


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share
