"""One report in three formats: every word arrives as text, whatever it looks like, in the fonts of official papers."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from docx import Document
from PIL import Image
from pypdf import PdfReader

from dashboard.reports import pdf
from dashboard.reports.blocks import (
    Bar,
    Bars,
    Block,
    Break,
    Gap,
    Heading,
    Lines,
    Picture,
    Report,
    Signature,
    Table,
    Text,
)
from dashboard.reports.docx import render_docx
from dashboard.reports.pdf import CannotPrint, render_pdf
from dashboard.reports.xlsx import render_xlsx, sheet_name

WORDS = {
    "gap": "【待填】",
    "gaps_title": "还要补写",
    "hidden": "不显示",
    "maker": "安心",
    "range": "区间",
    "note": "备注",
    "from": "从",
    "to": "到",
    "item": "项目",
    "said": "内容",
    "about": "说明",
    "first": "先读",
}
NASTY = ("=1+1", "@SUM(A1)", "http://example.test", '#import "x"; $x$ *b* <b>', "一" * 3000, "\\u0000 \\n {x}")


def picture() -> Picture:
    kept = io.BytesIO()
    Image.new("RGB", (60, 40), (90, 120, 180)).save(kept, "PNG")
    return Picture(kept.getvalue(), "image/png", "操场的灯", "修好的灯")


BLOCKS: tuple[Block, ...] = (
    Text("先读这一句", "creed"),
    Heading("一、参与情况"),
    Bars("各类情况", (Bar("常受欺负", 3, 5, "高于同类"), Bar("害怕上学", None, None, "人数太少")), "两条区间"),
    Table("各年级", ("年级", "比例"), (("七年级", "4–6%"),), "区间越窄越准"),
    Lines(("值守", "修灯"), numbered=True),
    Gap("成功事例"),
    picture(),
    Break(),
    Signature(("校长", "日期")),
)


def report(*blocks: Block) -> Report:
    facts = (("学校", "第十二中学"), ("学期", "2026 年秋季"))
    return Report("term", "zh_CN", "学期报告", "秋季", facts, blocks or BLOCKS, "不是认定", date(2026, 11, 22), WORDS)


def pdf_text(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def docx_text(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def test_every_format_says_everything() -> None:
    printed, written = pdf_text(render_pdf(report())), docx_text(render_docx(report()))
    for words in ("学期报告", "第十二中学", "一、参与情况", "3–5%", "高于同类", "不显示", "人数太少", "4–6%", "修灯"):
        assert words in printed and words in written, words
    assert printed.index("还要补写") < printed.index("一、参与情况"), "what is still to be written stands first"
    with zipfile.ZipFile(io.BytesIO(render_xlsx(report()))) as book:
        words = book.read("xl/sharedStrings.xml").decode()
    assert "七年级" in words and "人数太少" in words and "成功事例" in words


@pytest.mark.parametrize("words", NASTY)
def test_words_stay_words(words: str) -> None:
    """No formula runs in a spreadsheet, no markup in a page, and nothing is too long to be printed."""
    nasty = report(Heading(words), Text(words), Lines((words,)), Table(words, ("a", words), ((words, words),), words))
    assert words[:20].replace(" ", "") in pdf_text(render_pdf(nasty)).replace("\n", "").replace(" ", "")
    assert words in docx_text(render_docx(nasty))
    with zipfile.ZipFile(io.BytesIO(render_xlsx(nasty))) as book:
        sheets = "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/"))
    assert "<f>" not in sheets and "<hyperlink" not in sheets


def test_document_names_the_fonts_of_official_papers_and_a4() -> None:
    document = Document(io.BytesIO(render_docx(report())))
    drawn = [one for one in document.paragraphs if one._p.xpath(".//w:drawing")]
    assert drawn and all(one.paragraph_format.line_spacing == 1.0 for one in drawn), "a fixed distance cuts a chart"
    assert document.sections[0].footer.paragraphs[1]._p.xpath("./w:fldSimple"), "within a run Word shows no page number"
    fonts = {name: document.styles[name].element.rPr.rFonts.attrib for name in ("Title", "Normal")}
    assert any("方正小标宋简体" in held for held in fonts["Title"].values())
    assert any("仿宋_GB2312" in held for held in fonts["Normal"].values())
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.top_margin.mm)) == (210, 37)


def test_pictures_carry_words_for_those_who_cannot_see_them() -> None:
    with zipfile.ZipFile(io.BytesIO(render_docx(report()))) as document:
        body = document.read("word/document.xml").decode()
    assert 'descr="两条区间"' in body and 'descr="修好的灯"' in body


def test_axis_ends_where_four_quarters_are_even() -> None:
    tops = [Bars("", (Bar("", 0, high),), "").top for high in (1, 9, 21, 100)]
    assert tops == [8, 12, 40, 100] and Bars("", (Bar("", None, None),), "").top == 8


def test_names_of_sheets_are_allowed_and_never_the_same() -> None:
    names = [sheet_name(number, "各年级/各班[2026]:一二三四五六七八九十一二三四五六七八九十") for number in range(2)]
    assert len(set(names)) == 2 and all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_missing_font_is_said_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "FONTS", ("No Such Font",))
    pdf.check_fonts.cache_clear()
    with pytest.raises(CannotPrint, match="fonts-noto-cjk"):
        render_pdf(report())
    pdf.check_fonts.cache_clear()
