"""Reports as DOCX, to be edited in an office: the styles name the fonts of official papers (GB/T 9704)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from dashboard.reports.blocks import Bars, Block, Break, Gap, Heading, Lines, Picture, Report, Signature, Table, Text
from dashboard.reports.pdf import draw_bars
from dashboard.words import say

if TYPE_CHECKING:
    from docx.document import Document

LATIN = "Times New Roman"
# style: (whose font of the catalogue, points, bold); official papers set titles in 22 pt and text in 16 pt
STYLES = {
    "Title": ("title", 22, False),
    "Heading 1": ("chapter", 16, False),
    "Heading 2": ("section", 16, True),
    "Normal": ("body", 16, False),
    "Caption": ("body", 12, False),
    "List Number": ("body", 16, False),
    "List Bullet": ("body", 16, False),
    "Table Text": ("body", 10.5, False),
}
MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}  # millimetres
TEXT_WIDTH = 210 - MARGINS["left"] - MARGINS["right"]
GAP_COLOUR = "8A6500"


def render_docx(report: Report) -> bytes:
    """The report as an Office Open XML document."""
    from docx import Document

    document = Document()
    set_page(document, report)
    set_styles(document)
    document.add_paragraph(report.title, style="Title")
    if report.subtitle:
        add_text(document, report.subtitle, "Caption", centred=True)
    add_table(document, Table("", ("", ""), report.facts), with_head=False)
    if report.gaps:
        document.add_paragraph(report.words["gaps_title"], style="Heading 2")
        add_lines(document, Lines(report.gaps, numbered=True))
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
        add_text(document, block.text, "Caption" if block.style == "note" else "Normal", framed=block.style == "creed")
    elif isinstance(block, Lines):
        add_lines(document, block)
    elif isinstance(block, Table):
        add_table(document, block)
    elif isinstance(block, Bars):
        add_bars(document, report, block)
    elif isinstance(block, Picture):
        add_picture(document, block.content, block.caption, block.alt)
    elif isinstance(block, Gap):
        add_gap(document, report.words["gap"], block.text)
    elif isinstance(block, Break):
        document.add_page_break()
    elif isinstance(block, Signature):
        document.add_paragraph("    ".join(f"{line}{'_' * 12}" for line in block.lines))


def set_page(document: Document, report: Report) -> None:
    """A4 with the margins of official papers, and a foot on every page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, size in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(size))
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.styles["Footer"].font.size = Pt(9)
    foot.add_run(f"{report.foot}  — ")
    _add_page_number(foot)
    foot.add_run(" —")


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


def set_styles(document: Document) -> None:
    """Fonts by name, for Chinese and Latin letters apart; one black ink."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    document.styles["Caption"].paragraph_format.space_before = Pt(4)
    cell = document.styles.add_style("Table Text", WD_STYLE_TYPE.PARAGRAPH).paragraph_format
    cell.space_before = cell.space_after = Pt(2)
    for name, (font, points, bold) in STYLES.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = LATIN, Pt(points), bold
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        fonts.set(qn("w:eastAsia"), say("zh_CN", f"paper_font.{font}"))
        style.paragraph_format.line_spacing = Pt(28) if points == 16 else 1.2
    document.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    borders = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        borders.getparent().remove(borders)


def add_text(
    document: Document, text: str, style: str, *, centred: bool = False, framed: bool = False, keep: bool = False
) -> None:
    """One paragraph; the creed stands indented and bold; `keep`: on the page of what follows."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = document.add_paragraph(style=style)
    paragraph.add_run(text).bold = framed or None
    paragraph.paragraph_format.keep_with_next = keep or None
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif style == "Normal":
        paragraph.paragraph_format.first_line_indent = Pt(32)  # two characters


def add_lines(document: Document, block: Lines) -> None:
    """Numbers are written out: Word would go on counting from the list before."""
    for number, line in enumerate(block.lines, start=1):
        document.add_paragraph(f"{number}. {line}" if block.numbered else f"· {line}", style="Normal")


def add_table(document: Document, block: Table, *, with_head: bool = True) -> None:
    """A table with a head that is repeated on each page."""
    from docx.oxml import OxmlElement

    if block.title:
        add_text(document, block.title, "Caption", keep=True)
    table = document.add_table(rows=0, cols=len(block.head), style="Table Grid")
    for row in (*([block.head] if with_head else []), *block.rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _write_cell(cell, text, bold=with_head and row is block.head)
    for column, width in zip(table.columns, column_widths(block), strict=True):
        column.width = width
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    if with_head:
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    add_text(document, block.note, "Caption")


def column_widths(block: Table) -> list[int]:
    """Widths of a table's columns in Word's own unit, by their longest cells; together as wide as the text."""
    from docx.shared import Mm

    lines = (block.head, *block.rows)
    longest = [max(letters(line[column]) for line in lines) for column in range(len(block.head))]
    shares = [min(max(5, most), 30) + (3 if column == 0 else 1.5) for column, most in enumerate(longest)]
    return [int(Mm(TEXT_WIDTH) * share / sum(shares)) for share in shares]


def letters(cell: str) -> float:
    """Width of a cell's longest line in Chinese letters; a Latin one is half as wide."""
    return max(sum(1.0 if ord(letter) > 11903 else 0.5 for letter in line) for line in cell.split("\n"))


def _write_cell(cell: Any, text: str, *, bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = "Table Text"
    run = paragraph.add_run(text)
    run.bold = bold


def add_bars(document: Document, report: Report, block: Bars) -> None:
    """The chart as a picture, and its numbers as a table beside it."""
    add_text(document, block.title, "Caption", keep=True)
    add_picture(document, draw_bars(report, block), "", block.alt)
    hidden = report.words["hidden"]
    rows = tuple(
        (bar.label, hidden if bar.lo is None else f"{bar.lo}–{bar.hi}{block.unit}", bar.note) for bar in block.bars
    )
    add_table(document, Table("", ("", report.words["range"], report.words["note"]), rows))


def add_picture(document: Document, content: bytes, caption: str, alt: str) -> None:
    """A picture as wide as the text, with its words for who can't see it."""
    from docx.shared import Mm

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = 1.0  # the text's fixed distance would cut the picture to one line
    shape = paragraph.add_run().add_picture(io.BytesIO(content), width=Mm(150))
    shape._inline.docPr.set("descr", alt)
    if caption:
        add_text(document, caption, "Caption", centred=True)


def add_gap(document: Document, mark: str, text: str) -> None:
    from docx.shared import RGBColor

    paragraph = document.add_paragraph()
    run = paragraph.add_run(mark)
    run.bold, run.font.color.rgb = True, RGBColor.from_string(GAP_COLOUR)
    paragraph.add_run(text)
