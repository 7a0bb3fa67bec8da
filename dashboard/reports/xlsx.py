"""The tables of a report as XLSX: text is written as text, so that no cell is a formula or a link."""

from __future__ import annotations

import io
import re

from dashboard.reports.blocks import Bars, Report, Table

TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


def render_xlsx(report: Report) -> bytes:
    """One sheet for what the report is, one for each table or chart."""
    import xlsxwriter

    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, TEXT_ONLY) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "cell": book.add_format({"text_wrap": True, "valign": "top"}),
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


def _fill(sheet: object, table: Table, formats: dict[str, object]) -> None:
    write, width = sheet.write_string, sheet.set_column  # type: ignore[attr-defined]
    for column, text in enumerate(table.head):
        write(0, column, text, formats["head"])
        longest = max((len(row[column]) for row in (table.head, *table.rows)), default=8)
        width(column, column, min(max(10, longest * 1.6), 60))
    for line, row in enumerate(table.rows, start=1):
        for column, text in enumerate(row):
            write(line, column, text, formats["cell"])
    if table.note:
        write(len(table.rows) + 2, 0, table.note)
    sheet.freeze_panes(1, 1)  # type: ignore[attr-defined]
