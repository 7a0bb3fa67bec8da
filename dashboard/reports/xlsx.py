"""The tables of a report as XLSX: text is written as text, so that no cell is a formula or a link."""

from __future__ import annotations

import io
import re
from math import ceil
from typing import Any

from dashboard.reports.blocks import Bars, Heading, Report, Table, Text
from dashboard.reports.columns import figure_columns, is_whole, letters

TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
A4 = 9  # the number Excel has for it
NARROWEST, WIDEST, PORTRAIT = 9, 60, 95  # in Excel's unit, about a Latin letter; as wide as an upright page is
LINE = 16  # points
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\'，。、；：！？“”（）【】,.;!\"()]+")


def render_xlsx(report: Report) -> bytes:
    """One sheet for what the report is and what must be read first, one for each table or chart."""
    import xlsxwriter

    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, TEXT_ONLY) as book:
        book.set_properties({"title": report.title, "author": report.words["maker"]})
        formats = build_formats(book)
        for number, table in enumerate([first_sheet(report), *tables_of(report)]):
            title = report.words["about"] if number == 0 else table.title
            sheet = book.add_worksheet(sheet_name(number, title))
            _fill(sheet, table, formats)
            _set_print(sheet, report)
    return kept.getvalue()


def build_formats(book: Any) -> dict[str, object]:
    """Looks of a sheet's parts."""
    cell = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#d9d5cb"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14, "valign": "vcenter"}),
        "head": book.add_format({**cell, "bold": True, "bg_color": "#eef2f7", "valign": "vcenter"}),
        "head_figure": book.add_format(
            {**cell, "bold": True, "bg_color": "#eef2f7", "valign": "vcenter", "align": "center"}
        ),
        "cell": book.add_format(cell),
        "figure": book.add_format({**cell, "align": "center", "num_format": "0"}),
        "note": book.add_format({"text_wrap": True, "valign": "top", "font_color": "#5a6572"}),
    }


def first_sheet(report: Report) -> Table:
    """What must be read first, what the report is, and what is still to be written."""
    words = report.words
    read_first = [block.text for block in report.blocks if isinstance(block, Text) and block.style == "creed"]
    still = ((words["gap"], gap) for gap in report.gaps)
    rows = (*((words["first"], text) for text in read_first), *report.facts, *still, (words["note"], report.foot))
    return Table(report.title, (words["item"], words["said"]), rows)


def tables_of(report: Report) -> list[Table]:
    """Every table, and every chart as one; a table without a title has that of its chapter."""
    found, chapter = [], report.title
    for block in report.blocks:
        if isinstance(block, Heading):
            chapter = block.text
        elif isinstance(block, Bars):
            found.append(_chart_table(report, block))
        elif isinstance(block, Table):
            found.append(Table(block.title or chapter, block.head, block.rows, block.note))
    return found


def _chart_table(report: Report, chart: Bars) -> Table:
    head = tuple(report.words[word] for word in ("item", "from", "to", "note"))
    hidden = report.words["hidden"]
    rows = tuple((bar.label, _number(bar.lo, hidden), _number(bar.hi, hidden), bar.note) for bar in chart.bars)
    return Table(chart.title, head, rows)


def _number(value: int | None, hidden: str) -> str:
    return hidden if value is None else str(value)


def sheet_name(number: int, title: str) -> str:
    """At most 31 characters, none that a sheet's name may not have, and never twice the same."""
    name = f"{number + 1} {NOT_IN_NAMES.sub(' ', title).strip()}"
    return name if len(name) <= 31 else f"{name[:30].rstrip()}…"


def _fill(sheet: Any, table: Table, formats: dict[str, object]) -> None:
    """Title, head, rows, note: the two above stay in sight, and a count is a number."""
    widths = [_width(table, column) for column in range(len(table.head))]
    figures = figure_columns(table)
    sheet.write_string(0, 0, table.title, formats["title"])
    sheet.set_row(0, 2 * LINE)
    for column, text in enumerate(table.head):
        sheet.set_column(column, column, widths[column])
        sheet.write_string(1, column, text, formats["head_figure" if figures[column] else "head"])
    for line, row in enumerate(table.rows, start=2):
        for column, text in enumerate(row):
            _write(sheet, (line, column), text, formats, is_number=column > 0 and figures[column])
    for line, row in enumerate((table.head, *table.rows), start=1):
        sheet.set_row(line, min(LINE * max(map(_lines, row, widths)) + 2, 400))
    if table.note:
        _add_note(sheet, len(table.rows) + 3, table.note, widths, formats["note"])
    sheet.freeze_panes(2, 1)
    if sum(widths) > PORTRAIT:
        sheet.set_landscape()


def _write(sheet: Any, place: tuple[int, int], text: str, formats: dict[str, object], *, is_number: bool) -> None:
    if is_number and is_whole(text):
        sheet.write_number(*place, int(text), formats["figure"])
    else:
        sheet.write_string(*place, text, formats["figure" if is_number else "cell"])


def _width(table: Table, column: int) -> float:
    longest = max(2 * letters(row[column]) for row in (table.head, *table.rows))
    return min(max(NARROWEST, longest * 1.1 + 2), WIDEST)


def _lines(text: str, width: float) -> int:
    """Lines of a cell: it doesn't grow by itself everywhere."""
    return sum(max(1, ceil(2.1 * letters(line) / width)) for line in text.split("\n"))


def _set_print(sheet: Any, report: Report) -> None:
    """As wide as an A4 page and as long as it needs; title and head on each, what holds for it at the foot."""
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_footer(f"&L&8{report.foot.replace('&', '&&')[:200]}&R&8&P / &N")


def _add_note(sheet: Any, line: int, note: str, widths: list[float], look: object) -> None:
    """Below the table and as wide as it, in a row as high as its lines: a merged cell doesn't grow by itself."""
    if len(widths) > 1:
        sheet.merge_range(line, 0, line, len(widths) - 1, "", look)
    sheet.write_string(line, 0, note, look)
    sheet.set_row(line, LINE * _lines(note, sum(widths)))
