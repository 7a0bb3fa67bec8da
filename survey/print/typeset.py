"""Typst at the rim: parts in as JSON, a PDF out, all in memory and offline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from survey.problems import SurveyProblem

TEMPLATES = Path(__file__).with_name("templates")
FONTS = ("Noto Sans CJK SC", "Noto Serif CJK SC", "Noto Sans Mono CJK SC")
Part = dict[str, Any]


class CannotPrint(SurveyProblem):
    """Nothing was printed: a font isn't here."""


@cache
def check_fonts() -> None:
    """CannotPrint where Chinese would come out as empty boxes. Look before codes are issued."""
    import typst

    missing = sorted(set(FONTS) - set(typst.Fonts(include_embedded_fonts=False).families()))
    if missing:
        raise CannotPrint(
            f"没有字体 no font {missing[0]!r}",
            next_step="请安装 install the Debian package fonts-noto-cjk (or Noto CJK from its makers)",
        )


def render_pdf(parts: Sequence[Part], title: str, lang: str) -> bytes:
    """One A4 PDF of all parts in order. Data reach Typst as one JSON text, never as markup."""
    import typst

    check_fonts()
    code, _, region = lang.partition("_")
    data = {"title": title, "lang": code, "region": region or "GB", "parts": list(parts)}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    packet = str(TEMPLATES / "packet.typ")
    try:
        pdf: bytes = typst.compile(packet, root=str(TEMPLATES), sys_inputs={"data": text}, pdf_tags=False)
    except typst.TypstError as error:  # its text may quote the data, codes and all; its trace may not
        trace = " ".join(str(place) for place in getattr(error, "trace", []))
        raise CannotPrint(f"排版出错 typesetting failed {trace}".strip()) from None
    return pdf
