"""Recovery keys on paper: one page for each sealed cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from survey.print.addresses import draw_qr
from survey.print.typeset import Part, render_pdf
from survey.print.words import fill, read_words, spell_day

PER_GROUP, PER_LINE = 4, 16  # characters


def render_recovery_sheet(
    wave: str,
    fingerprint: str,
    secrets: Sequence[str],
    made: date,
    *,
    all_needed: bool = True,
    lang: str = "zh_CN",
) -> bytes:
    """A PDF with one A4 page per cover. `secrets`: what stands on each, any plain characters, also as QR code.

    `all_needed`: all covers together give the key back; False: each of them does by itself.
    """
    pages = [_page(wave, fingerprint, secrets, cover, made, all_needed, lang) for cover in range(len(secrets))]
    words = read_words(lang)
    return render_pdf(pages, f"{words['product']} · {words['recovery']['kind']} · {wave}", lang)


def _page(
    wave: str, fingerprint: str, secrets: Sequence[str], cover: int, made: date, all_needed: bool, lang: str
) -> Part:
    words = read_words(lang)
    own = fill(words["recovery"], {"cover": cover + 1, "covers": len(secrets)})
    return {
        "kind": "recovery",
        "product": words["product"],
        "wave": wave,
        "fingerprint": fingerprint,
        "made": spell_day(made, lang),
        "place": f"{cover + 1} / {len(secrets)}",
        "lead": own["lead_all" if all_needed else "lead_any"],
        "lines": in_lines(secrets[cover]),
        "qr": draw_qr(secrets[cover]),
        "words": own,
    }


def in_lines(secret: str) -> list[str]:
    """Groups of four, four groups a line: short enough to compare by eye."""
    lines = [secret[start : start + PER_LINE] for start in range(0, len(secret), PER_LINE)]
    return [" ".join(line[at : at + PER_GROUP] for at in range(0, len(line), PER_GROUP)) for line in lines]
