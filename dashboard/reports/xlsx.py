"""The tables of a report as XLSX: text is written as text, so that no cell is a formula or a link."""

from __future__ import annotations

import io
import re
from math import ceil
from typing import Any

from dashboard.reports.blocks import Bars, Report, Table

TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
A4 = 9  # the number Excel has for it
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


def render_xlsx(report: Report) -> bytes:
    """One sheet for what the report is, one for each table or chart."""
    import xlsxwriter

    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, TEXT_ONLY) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "cell": book.add_format({"text_wrap": True, "valign": "top"}),
            "note": book.add_format({"text_wrap": True, "valign": "top", "font_color": "#5a6572"}),
        }
        facts = (*report.facts, *((report.words["gap"], gap) for gap in report.gaps), ("", report.foot))
        sheets = [Table(report.title, ("", report.title), facts), *tables_of(report)]
        for number, table in enumerate(sheets):
            sheet = book.add_worksheet(sheet_name(number, table.title))
            _fill(sheet, table, formats)
    return kept.getvalue()


def tables_of(report: Report) -> list[Table]:
    """Every table, and every chart as one."""
    found = []
    for block in report.blocks:
        if isinstance(block, Bars):
            head = ("", report.words["from"], report.words["to"], report.words["note"])
            rows = tuple((bar.label, _number(bar.lo), _number(bar.hi), bar.note) for bar in block.bars)
            found.append(Table(block.title, head, rows))
        elif isinstance(block, Table):
            found.append(block)
    return found


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def sheet_name(number: int, title: str) -> str:
    """At most 31 characters, none that a sheet's name may not have, and never twice the same."""
    return f"{number + 1} {NOT_IN_NAMES.sub(' ', title)}"[:31]


def _fill(sheet: Any, table: Table, formats: dict[str, object]) -> None:
    widths = []
    for column, text in enumerate(table.head):
        sheet.write_string(0, column, text, formats["head"])
        longest = max((len(row[column]) for row in (table.head, *table.rows)), default=8)
        widths.append(min(max(10, longest * 1.6), 60))
        sheet.set_column(column, column, widths[-1])
    for line, row in enumerate(table.rows, start=1):
        for column, text in enumerate(row):
            sheet.write_string(line, column, text, formats["cell"])
    if table.note:
        _add_note(sheet, len(table.rows) + 2, table.note, widths, formats["note"])
    sheet.freeze_panes(1, 1)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)  # as wide as a page, as long as it needs
    sheet.repeat_rows(0)


def _add_note(sheet: Any, line: int, note: str, widths: list[float], look: object) -> None:
    """Below the table and as wide as it, in a row as high as its lines: a merged cell doesn't grow by itself."""
    if len(widths) > 1:
        sheet.merge_range(line, 0, line, len(widths) - 1, "", look)
    sheet.write_string(line, 0, note, look)
    sheet.set_row(line, 16 * ceil(2 * len(note) / sum(widths)))
