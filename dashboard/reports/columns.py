"""How a table's columns stand on paper: how wide, and which hold figures. The same for every format."""

from __future__ import annotations

import re
from math import ceil

from dashboard.look import MARKS
from dashboard.reports.blocks import Table

FIGURE = re.compile(r"\d[\d,.]*(–\d[\d,.]*)?\s?%?")
WHOLE = re.compile(r"0|[1-9]\d{0,8}")
ROOM = 1.6  # letters that a cell keeps free on its two sides
SHORT = 11  # letters that are not broken over two lines if it can be helped: a name, a date
LONGEST = 36
LIMITS = (SHORT + ROOM, 8.0, 5.0, 0.0)  # up to where a column is short, one after the other where room is
LEAST = 0.25  # of what the long columns ask for
TO_WRITE = 12  # letters of a column that is left empty, to be written into


def letters(text: str) -> float:
    """Width of a text's longest line in Chinese letters; a Latin one is about half as wide, a space a quarter."""
    return max(sum(map(_width, line)) for line in text.split("\n"))


def _width(letter: str) -> float:
    if ord(letter) > 11903 or letter == "%":
        return 1.0
    return 0.27 if letter == " " else 0.55


def column_widths(table: Table, width: float) -> list[float]:
    """Width of each column in letters, together `width`.

    Where room is short, columns of names, days and figures get what they ask for; those of sentences divide the rest.
    """
    wishes = [_wish(table, column) for column in range(len(table.head))]
    if sum(wishes) <= width:
        return [width * wish / sum(wishes) for wish in wishes]
    fits = (limit for limit in LIMITS if _left(wishes, width, limit) >= LEAST * _long(wishes, limit))
    limit = next(fits, 0.0)
    scale = _left(wishes, width, limit) / _long(wishes, limit)
    return [wish if wish <= limit else wish * scale for wish in wishes]


def _long(wishes: list[float], limit: float) -> float:
    return sum(wish for wish in wishes if wish > limit)


def _left(wishes: list[float], width: float, limit: float) -> float:
    return width - sum(wish for wish in wishes if wish <= limit)


def count_lines(table: Table, width: float) -> int:
    """Lines of text of all rows, about."""
    widths = column_widths(table, width)
    return sum(max(map(_cell_lines, row, widths)) for row in table.rows)


def _cell_lines(cell: str, width: float) -> int:
    return sum(max(1, ceil(letters(line) / (width - ROOM))) for line in cell.split("\n"))


def _wish(table: Table, column: int) -> float:
    """The longest cell; of the head half, since it may stand in two lines, but no word of it broken."""
    head, cells = table.head[column], [row[column] for row in table.rows]
    longest = max((letters(cell) for cell in cells), default=0.0) or TO_WRITE * table.to_write
    word = max(map(letters, head.split()), default=0.0) if head.isascii() else min(letters(head), 6)
    return min(max(longest, letters(head) / 2, word, 2.5), LONGEST) + ROOM


def figure_columns(table: Table) -> list[bool]:
    """Which columns hold numbers, ranges and hidden values alone, and at least one number."""
    columns = [[row[column] for row in table.rows] for column in range(len(table.head))]
    return [any(map(FIGURE.fullmatch, held)) and all(map(is_figure, held)) for held in columns]


def is_figure(cell: str) -> bool:
    return cell in ("", MARKS["hidden"]) or FIGURE.fullmatch(cell) is not None


def is_whole(cell: str) -> bool:
    """A count, which a spreadsheet may add; neither a range nor a number of a paper."""
    return WHOLE.fullmatch(cell) is not None
