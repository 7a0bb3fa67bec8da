"""Reports as DOCX, to be edited in an office: the styles name the fonts of official papers (GB/T 9704)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.reports.blocks import Bars, Block, Break, Gap, Heading, Lines, Picture, Report, Signature, Table, Text
from dashboard.reports.columns import column_widths, figure_columns
from dashboard.reports.pdf import draw_bars, is_kept
from dashboard.words import say

if TYPE_CHECKING:
    from docx.document import Document

LATIN = "Times New Roman"


@dataclass(frozen=True)
class Size:
    """Points of title, text, notes and cells, and from one line of text to the next; `indent`: of a paragraph."""

    title: float
    text: float
    note: float
    cell: float
    line: float
    indent: float


# Official papers set titles in 22 points, text in 16 on lines of 28, two letters in (GB/T 9704). A sheet to hang up
# stands on one page.
SIZES = {"zh_CN": Size(22, 16, 12, 10.5, 28, 32), "en": Size(18, 12, 10, 9.5, 18, 0)}
SHEET = Size(26, 14, 12, 12, 21, 0)
SHEETS = ("card", "patrol")
# style: (whose font of the catalogue, which size, bold)
STYLES = {
    "Normal": ("body", "text", False),
    "Title": ("title", "title", False),
    "Heading 1": ("chapter", "text", False),
    "Heading 2": ("section", "text", True),
    "Caption": ("body", "note", False),
    "Table Text": ("body", "cell", False),
}
MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}  # millimetres, GB/T 9704
SHEET_MARGINS = {"top": 18, "bottom": 16, "left": 26, "right": 26}
TEXT_WIDTH = 210 - MARGINS["left"] - MARGINS["right"]
PICTURE = 110, 75  # millimetres, at most
ROW_TO_WRITE = 12  # millimetres
GAP_COLOUR = "8A6500"


def size_of(report: Report) -> Size:
    return SHEET if report.kind in SHEETS else SIZES[report.language]


def render_docx(report: Report) -> bytes:
    """The report as an Office Open XML document."""
    from docx import Document

    document = Document()
    set_page(document, report)
    set_styles(document, size_of(report))
    document.add_paragraph(report.title, style="Title")
    if report.subtitle:
        add_text(document, report.subtitle, "Caption", centred=True)
    if report.kind not in SHEETS:
        add_table(document, report, Table("", ("", ""), report.facts), with_head=False)
        add_gaps(document, report)
    for block in report.blocks:
        add_block(document, report, block)
    document.core_properties.title = report.title
    document.core_properties.author = report.words["maker"]
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def add_block(document: Document, report: Report, block: Block) -> None:
    """One block at the document's end."""
    if isinstance(block, Heading):
        document.add_paragraph(block.text, style=f"Heading {block.level}")
    elif isinstance(block, Text):
        is_note = block.style == "note"
        add_text(document, block.text, "Caption" if is_note else "Normal", framed=block.style == "creed", keep=is_note)
    elif isinstance(block, Lines):
        add_lines(document, block)
    elif isinstance(block, Table):
        add_table(document, report, block)
    elif isinstance(block, Bars):
        add_bars(document, report, block)
    elif isinstance(block, Picture):
        add_picture(document, block.content, block.caption, block.alt, PICTURE)
    elif isinstance(block, Gap):
        add_gap(document, report.words["gap"], block)
    elif isinstance(block, Break):
        document.add_page_break()
    elif isinstance(block, Signature):
        add_signature(document, block)


def set_page(document: Document, report: Report) -> None:
    """A4 with the margins of official papers, and a foot on every page: what holds for it, and — 1 —."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, size in (SHEET_MARGINS if report.kind in SHEETS else MARGINS).items():
        setattr(section, f"{side}_margin", Mm(size))
    section.footer_distance = Mm(10 if report.kind in SHEETS else 20)
    document.styles["Footer"].font.size = Pt(9)
    said, number = section.footer.paragraphs[0], section.footer.add_paragraph(style="Footer")
    said.alignment = number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    said.add_run(report.foot)
    number.add_run("— ")
    _add_page_number(number)
    number.add_run(" —")


def _add_page_number(paragraph: Any) -> None:
    """A field beside the runs, not within one: there Word shows nothing."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field, run, text = (OxmlElement(f"w:{name}") for name in ("fldSimple", "r", "t"))
    field.set(qn("w:instr"), "PAGE")
    text.text = "1"  # until whoever opens the file counts
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def set_styles(document: Document, size: Size) -> None:
    """Fonts by name, for Chinese and Latin letters apart; one black ink; lines at a fixed distance, nothing between."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    document.styles.add_style("Table Text", WD_STYLE_TYPE.PARAGRAPH)
    for name, (font, part, bold) in STYLES.items():
        style, points = document.styles[name], getattr(size, part)
        style.font.name, style.font.size = LATIN, Pt(points)
        style.font.bold = bold or (part == "text" and name != "Normal" and not size.indent)
        style.font.italic = False
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        fonts.set(qn("w:eastAsia"), say("zh_CN", f"paper_font.{font}"))
        lines = style.paragraph_format
        lines.line_spacing = Pt(size.line) if part == "text" else 1.2
        lines.space_before = lines.space_after = Pt({"cell": 2, "note": 4}.get(part, 0))
    for name in ("Heading 1", "Heading 2"):
        document.styles[name].paragraph_format.space_before = Pt(size.line / 2)
        document.styles[name].paragraph_format.first_line_indent = Pt(size.indent)
    if not size.indent:
        document.styles["Normal"].paragraph_format.space_after = Pt(size.line / 4)
    title = document.styles["Title"]
    title.paragraph_format.alignment, title.paragraph_format.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(size.line / 2)
    borders = title.element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        borders.getparent().remove(borders)


def add_text(
    document: Document, text: str, style: str, *, centred: bool = False, framed: bool = False, keep: bool = False
) -> None:
    """One paragraph; the creed stands bold; `keep`: on the page of what follows."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = add_paragraph(document, style)
    paragraph.add_run(text).bold = framed or None
    paragraph.paragraph_format.keep_with_next = keep or None
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def add_paragraph(document: Document, style: str = "Normal") -> Any:
    """An empty paragraph, its first line two letters in where text is set so."""
    paragraph = document.add_paragraph(style=style)
    if style == "Normal":
        paragraph.paragraph_format.first_line_indent = document.styles["Heading 1"].paragraph_format.first_line_indent
    return paragraph


def add_lines(document: Document, block: Lines) -> None:
    """Numbers are written out: Word would go on counting from the list before."""
    for number, line in enumerate(block.lines, start=1):
        add_text(document, f"{number}. {line}" if block.numbered else f"· {line}", "Normal")


def add_gaps(document: Document, report: Report) -> None:
    """What is still to be written, before the report begins."""
    if report.gaps:
        document.add_paragraph(report.words["gaps_title"], style="Heading 2")
        add_lines(document, Lines(report.gaps, numbered=True))


def add_table(document: Document, report: Report, block: Table, *, with_head: bool = True) -> None:
    """A table with a head that is repeated on each page, figures in the middle of their columns."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Pt

    if block.title:
        add_text(document, block.title, "Caption", keep=True)
    table = document.add_table(rows=0, cols=len(block.head), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    lines = (*([block.head] if with_head else []), *block.rows)
    middle, kept = figure_columns(block), len(lines) if is_kept(block) else 3
    for number, line in enumerate(lines):
        row = table.add_row()
        for column, (cell, text) in enumerate(zip(row.cells, line, strict=True)):
            _write_cell(cell, text, bold=with_head and number == 0, middle=middle[column], keep=number < kept - 1)
    size = size_of(report)
    points = column_widths(block, TEXT_WIDTH / 25.4 * 72 / size.cell)
    for column, width in zip(table.columns, points, strict=True):
        column.width = Pt(width * size.cell)
        for cell in column.cells:
            cell.width = column.width
    _set_rows(table, with_head=with_head, high=block.to_write)
    add_text(document, block.note, "Caption")


def _set_rows(table: Any, *, with_head: bool, high: bool) -> None:
    """No row is cut by a page's end; the head is repeated; `high`: room to write by hand."""
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    for number, row in enumerate(table.rows):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        if high and number:
            row.height = Mm(ROW_TO_WRITE)
    if with_head:
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _write_cell(cell: Any, text: str, *, bold: bool, middle: bool, keep: bool) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = cell.paragraphs[0]
    paragraph.style = "Table Text"
    paragraph.add_run(text).bold = bold
    paragraph.paragraph_format.keep_with_next = keep or None
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    if middle:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def add_bars(document: Document, report: Report, block: Bars) -> None:
    """The chart as a picture, and its numbers as a table beside it."""
    add_text(document, block.title, "Caption", keep=True)
    add_picture(document, draw_bars(report, block), "", block.alt)
    hidden = report.words["hidden"]
    rows = [(bar.label, hidden if bar.lo is None else f"{bar.lo}–{bar.hi}{block.unit}", bar.note) for bar in block.bars]
    shown = 3 if any(bar.note for bar in block.bars) else 2
    head = tuple(report.words[word] for word in ("item", "range", "note"))[:shown]
    add_table(document, report, Table("", head, tuple(row[:shown] for row in rows)))


def add_picture(document: Document, content: bytes, caption: str, alt: str, most: tuple[int, int] = (140, 200)) -> None:
    """A picture as large as `most` (width, height in millimetres) allows, with its words for who can't see it."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Emu, Mm

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing = 1.0  # the text's fixed distance would cut the picture to one line
    paragraph.paragraph_format.keep_with_next = bool(caption) or None
    shape = paragraph.add_run().add_picture(io.BytesIO(content))
    scale = min(Mm(most[0]) / shape.width, Mm(most[1]) / shape.height)
    shape.width, shape.height = Emu(shape.width * scale), Emu(shape.height * scale)
    shape._inline.docPr.set("descr", alt)
    if caption:
        add_text(document, caption, "Caption", centred=True)


def add_gap(document: Document, mark: str, gap: Gap) -> None:
    from docx.shared import RGBColor

    if gap.is_in_table:
        return
    paragraph = add_paragraph(document)
    run = paragraph.add_run(mark)
    run.bold, run.font.color.rgb = True, RGBColor.from_string(GAP_COLOUR)
    paragraph.add_run(gap.text)


def add_signature(document: Document, block: Signature) -> None:
    """A line to sign for each, on the page of what stands before it."""
    from docx.shared import Pt

    if document.paragraphs:
        document.paragraphs[-1].paragraph_format.keep_with_next = True
    for number, line in enumerate(block.lines):
        paragraph = add_paragraph(document)
        paragraph.add_run(f"{line}{'_' * 18}")
        paragraph.paragraph_format.keep_with_next = number < len(block.lines) - 1
        paragraph.paragraph_format.space_before = Pt(12)
