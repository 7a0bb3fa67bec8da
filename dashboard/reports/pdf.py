"""Reports as PDF: Typst, with free fonts, offline. Blocks reach Typst as JSON, never as markup."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Literal

from dashboard.reports.blocks import Bars, Block, Picture, Report, Table
from dashboard.reports.columns import column_widths, count_lines, figure_columns

TEMPLATES = Path(__file__).with_name("templates")
LETTERS = 50  # of 9 points, across a page
KEPT = 14  # lines
FONTS = ("Noto Sans CJK SC", "Noto Serif CJK SC")


class CannotPrint(Exception):
    """Nothing was made: a font isn't here, or the typesetting failed."""


@cache
def check_fonts() -> None:
    """CannotPrint where Chinese would come out as empty boxes."""
    import typst

    missing = sorted(set(FONTS) - set(typst.Fonts(include_embedded_fonts=False).families()))
    if missing:
        raise CannotPrint(f"no font {missing[0]!r}: install the Debian package fonts-noto-cjk")


def render_pdf(report: Report, template: str = "report.typ") -> bytes:
    """A4 pages of the report."""
    return typeset(template, describe(report), pictures_of(report))


def typeset(
    template: str, data: dict[str, Any], pictures: list[tuple[str, bytes]], form: Literal["pdf", "png"] = "pdf"
) -> bytes:
    """Typst over a template of this folder; form: pdf, or png for a single picture. Raises CannotPrint."""
    import typst

    check_fonts()
    with tempfile.TemporaryDirectory() as folder:  # made 0700
        root = Path(folder)
        for name in TEMPLATES.glob("*.typ"):
            (root / name.name).write_bytes(name.read_bytes())
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False, default=str), encoding="utf-8")
        for file, content in pictures:
            (root / file).write_bytes(content)
        try:
            made = typst.compile(str(root / template), root=str(root), format=form, ppi=220.0)
        except typst.TypstError as error:  # its text may quote the data; its trace may not
            trace = " ".join(str(place) for place in getattr(error, "trace", []))
            raise CannotPrint(f"typesetting failed {trace}".strip()) from None
    if not isinstance(made, bytes):
        raise CannotPrint("typesetting failed: more than one picture")
    return made


def describe(report: Report) -> dict[str, Any]:
    """The report as plain values; a picture as the name of its file."""
    plain = {name: value for name, value in vars(report).items() if name != "blocks"}
    lang = "zh" if report.language == "zh_CN" else "en"
    blocks = [_describe(number, block) for number, block in enumerate(report.blocks)]
    return plain | {"lang": lang, "gaps": report.gaps, "blocks": blocks}


def _describe(number: int, block: Block) -> dict[str, Any]:
    kind = type(block).__name__.lower()
    if isinstance(block, Picture):
        return {"kind": kind, "file": _file(number, block), "caption": block.caption, "alt": block.alt}
    extra: dict[str, Any] = {}
    if isinstance(block, Bars):
        extra = {"top": block.top}
    elif isinstance(block, Table):
        extra = {"widths": column_widths(block, LETTERS), "figures": figure_columns(block), "whole": is_kept(block)}
    return {"kind": kind, **asdict(block), **extra}


def is_kept(table: Table) -> bool:
    """Whether a table stands on one page: so few lines that it fits on any."""
    return count_lines(table, LETTERS) <= KEPT


def pictures_of(report: Report) -> list[tuple[str, bytes]]:
    return [(_file(n, block), block.content) for n, block in enumerate(report.blocks) if isinstance(block, Picture)]


def _file(number: int, picture: Picture) -> str:
    return f"picture-{number}.{'png' if picture.media == 'image/png' else 'jpg'}"


def draw_bars(report: Report, bars: Bars) -> bytes:
    """The chart alone as PNG, for documents that can't draw it themselves."""
    chart = _describe(0, bars) | {
        "lang": "zh" if report.language == "zh_CN" else "en",
        "hidden": report.words["hidden"],
    }
    return typeset("chart.typ", chart, [], "png")
