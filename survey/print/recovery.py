"""The recovery sheet of a wave's key: two pages for two sealed covers in two offices; neither opens anything alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from survey.print.addresses import draw_qr
from survey.print.typeset import Part, render_pdf
from survey.print.words import fill, read_words, spell_day

WIDTH = 56  # characters of the key file in one printed line
BOXES = 64  # for a passphrase written by hand


def render_recovery_sheet(wave: str, private: str, fingerprint: str, made: date, lang: str = "zh_CN") -> bytes:
    """A PDF of two A4 pages: the private file's text, still closed by its passphrase, and boxes for the passphrase.

    `private`: the whole text of the private file; it also stands there as a QR code. `fingerprint`: of the public key.
    """
    words = read_words(lang)
    shared = {"wave": wave, "fingerprint": fingerprint, "made": spell_day(made, lang)}
    key = {"lines": in_lines(private), "qr": draw_qr(private), "boxes": 0}
    parts = [
        _page(words, "key", shared | key),
        _page(words, "passphrase", shared | {"lines": [], "qr": "", "boxes": BOXES}),
    ]
    return render_pdf(parts, f"{words['product']} · {words['recovery']['kind']} · {wave}", lang)


def _page(words: dict[str, Any], cover: str, content: dict[str, Any]) -> Part:
    own = fill(words["recovery"], {"wave": content["wave"]})
    return {"kind": "recovery", "product": words["product"], "words": own, "cover": own[cover], **content}


def in_lines(private: str) -> list[dict[str, Any]]:
    """The file's lines, each with its number; a long one goes on without a number."""
    found = []
    for number, line in enumerate(private.splitlines(), start=1):
        pieces = [line[start : start + WIDTH] for start in range(0, len(line), WIDTH)] or [""]
        found += [{"number": number if at == 0 else None, "text": piece} for at, piece in enumerate(pieces)]
    return found
