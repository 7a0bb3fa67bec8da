"""Figures hold released values and the words given to them, and nothing else."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from dashboard.figures import (
    Bar,
    Cell,
    Line,
    Step,
    interval_bars,
    level_strip,
    place_time_map,
    window_trend,
)
from dashboard.look import DARK, LEVELS, LIGHT, MARKS, Palette, ink_on, sea_at

HIDDEN = Cell("Toilets", "Breaks", None, MARKS["hidden"], "not shown")


def test_hidden_cell_has_no_number_and_the_neutral_mark() -> None:
    cells = [Cell("Rooms", "Breaks", 8.5, "6–10", "6–10 students"), HIDDEN]
    figure = place_time_map(cells, LIGHT)
    assert [list(row) for row in figure.data[0].z] == [[1.0], [None]]
    assert list(figure.data[1].text) == ["6–10", MARKS["hidden"]]
    assert len(figure.layout.shapes) == 1, "one outline, round the hidden cell"


def test_map_of_hidden_cells_alone_draws() -> None:
    assert place_time_map([HIDDEN], DARK).data[0].zmax == 1.0


def test_bars_keep_the_order_they_came_in_and_leave_out_hidden_ones() -> None:
    bars = [Bar("An", 9, 12, "a"), Bar("Bei", None, None, "b"), Bar("Ci", 2, 4, "c"), Bar("Di", 30, 33, "d", "higher")]
    figure = interval_bars(bars, LIGHT, "%")
    assert list(figure.data[0].y) == ["An", "Ci", "Di"]
    assert list(figure.data[0].base) == [9, 2, 30] and list(figure.data[0].x) == [3, 2, 3]
    assert figure.layout.yaxis.categoryorder is None, "no sorting by value"
    assert [note.text for note in figure.layout.annotations] == ["higher"]
    assert figure.layout.xaxis.range[1] > 33 * 1.3, "room for the note"


def test_trend_says_where_nothing_was_released() -> None:
    """The bars are one trace, so each must keep its own height, strength and words."""
    line = Line("School", (Bar("2025", None, None, "too few"), Bar("2026", 4, 9, "4–9"), Bar("2027", 5, 5, "5")))
    bars, hidden = window_trend([line, line], LIGHT, "%").data
    assert list(hidden.text) == [MARKS["hidden"]] * 2 and list(hidden.customdata) == ["too few"] * 2
    assert list(bars.base) == [4, 5, 4, 5] and list(bars.x) == [5, 0.2, 5, 0.2]
    assert list(bars.y) == [2, 3, 6.35, 7.35] and list(hidden.y) == [1, 5.35]
    assert list(bars.marker.opacity) == [0.45, 1.0] * 2 and list(bars.customdata) == ["4–9", "5"] * 2


@pytest.mark.parametrize(
    ("name", "at_least"), [("七年级（4）班", 7.5), ("Ground &amp; corners", 6), ("a<br>操场、角落", 5)]
)
def test_names_have_room_at_the_left(name: str, at_least: float) -> None:
    """The browser no longer looks for the room itself: too little, and a name is cut."""
    for figure in (interval_bars([Bar(name, 3, 5, "")], LIGHT, "%"), window_trend([Line(name, ())], LIGHT, "%")):
        assert at_least * 12 < figure.layout.margin.l < 200 and not figure.layout.yaxis.automargin


def test_window_of_one_value_can_be_seen() -> None:
    assert interval_bars([Bar("An", 7, 7, "")], LIGHT, "%").data[0].x[0] > 0


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_has_its_shape_and_colour(level: str) -> None:
    others = [other for other in LEVELS if other != level]
    steps = [Step("1", "w", code, code) for code in (level, *others)]
    figure = level_strip(steps, ["1"], ["w"], LIGHT)
    looks = [(trace.marker.symbol, trace.marker.color) for trace in figure.data]
    assert len(set(looks)) == len(LEVELS) and looks[0] not in looks[1:]


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_no_green_for_any_level(look: Palette) -> None:
    """A calm class is not a good class."""
    for level, colour in look.levels.items():
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert not (green > red and green > blue + 10), level


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_words_can_be_read_on_their_ground(look: Palette) -> None:
    """WCAG AA (4.5) for text and signs; 3 for the marks of quiet states."""
    for colour, least in [(look.ink, 7), (look.muted, 4.5), (look.accent, 4.5)]:
        assert contrast(colour, look.paper) >= least and contrast(colour, look.card) >= least
    for level, colour in look.levels.items():
        assert contrast(colour, look.card) >= 3, level


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_words_can_be_read_on_every_cell_of_a_map(look: Palette) -> None:
    """The middle of the scale is too dark for dark ink and too light for white paper."""
    for strength in (at / 100 for at in range(101)):
        ground = "#" + "".join(f"{round(part):02x}" for part in sea_at(look, strength))
        assert contrast(ink_on(strength, look), ground) >= 4.5, strength


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_figures_are_plain_json() -> None:
    assert json.loads(window_trend([], LIGHT, "%").to_json())["data"] == []


def test_the_same_values_are_drawn_once_and_others_anew() -> None:
    """Fifty counselors clicking must not draw the same map fifty times; nobody gets another school's."""
    bars = [Bar("七年级", 3.0, 5.0, "")]
    assert interval_bars(bars, LIGHT, "share") is interval_bars(list(bars), LIGHT, "share")
    assert interval_bars(bars, LIGHT, "share") is not interval_bars(bars, DARK, "share")
    assert interval_bars([Bar("八年级", 3.0, 5.0, "")], LIGHT, "share") is not interval_bars(bars, LIGHT, "share")


def test_a_figure_is_written_out_once_as_plotly_would_write_it() -> None:
    """What is kept is the whole figure, and it stays what it was, however often it is sent."""
    figure = interval_bars([Bar("七年级", 3.0, 5.0, "")], LIGHT, "share")
    assert figure.to_json() is figure.to_json()
    assert figure.to_json() == go.Figure(figure).to_json() and json.loads(figure.to_json())["data"]
    assert figure.to_json(pretty=True) != figure.to_json()
