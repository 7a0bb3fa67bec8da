"""Kind → report → file. One code for the button and for the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from dashboard.casework import clocks
from dashboard.casework.problems import CaseworkGone, Refused
from dashboard.exports import Build, File, NotForYou, NotNow
from dashboard.published import NothingPublishedError
from dashboard.reports.blocks import Report
from dashboard.reports.docx import render_docx
from dashboard.reports.kinds.annual import build_annual
from dashboard.reports.kinds.card import build_card
from dashboard.reports.kinds.case import build_case
from dashboard.reports.kinds.incident import build_followup, build_incident
from dashboard.reports.kinds.inspection import build_inspection
from dashboard.reports.kinds.patrol import build_patrol
from dashboard.reports.kinds.term import build_term
from dashboard.reports.paper import Paper, open_paper
from dashboard.reports.pdf import CannotPrint, render_pdf
from dashboard.reports.xlsx import render_xlsx
from dashboard.viewer import Viewer

KINDS: dict[str, Callable[[Paper], Report]] = {
    "term": build_term,
    "annual": build_annual,
    "incident": build_incident,
    "followup": build_followup,
    "case": build_case,
    "card": build_card,
    "patrol": build_patrol,
    "inspection": build_inspection,
}
TEMPLATES = {"card": "card.typ", "patrol": "patrol.typ"}
# what the log says of a request beside its kind: no kind's builder takes one of these without finding it
NAMED = {
    "term": ("wave",),
    "annual": ("year",),
    "incident": ("incident",),
    "followup": ("incident",),
    "case": ("case",),
    "card": ("wave", "grade"),
    "patrol": ("wave",),
    "inspection": ("wave", "n", "seed"),
}
NUMBER = re.compile(r"[A-Za-z0-9:-]{1,24}")
PAPER_ONLY = ("card", "patrol")  # a page to hang up: no table


def build_report(
    kind: str, viewer: Viewer, language: str, asked: Mapping[str, str], as_of: date | None = None
) -> Report:
    """The report in blocks. NotForYou says, by code, why there is none for this viewer."""
    paper = open_paper(viewer, language, asked, as_of or clocks.today())
    try:
        return KINDS[kind](paper)
    except NothingPublishedError as error:
        raise NotForYou(error.reason) from error
    except Refused as error:  # a picture that was taken away
        raise NotForYou("not_yours") from error


def render_report(report: Report, form: str) -> bytes:
    """The report as pdf, docx or xlsx; KeyError for a form that this kind has not."""
    if form == "pdf":
        return render_pdf(report, TEMPLATES.get(report.kind, "report.typ"))
    return {"docx": render_docx, "xlsx": render_xlsx}[form](report)


def formats_of(kind: str) -> tuple[str, ...]:
    return ("pdf", "docx") if kind in PAPER_ONLY else ("pdf", "docx", "xlsx")


def check_format(kind: str, form: str) -> str:
    """The format, if this kind is made in it."""
    if form not in formats_of(kind):
        raise NotForYou("no_format")
    return form


def build_file(kind: str, viewer: Viewer, language: str, asked: Mapping[str, str]) -> File:
    """What a button asks for: `format`, and what the report needs. NotNow where a store or a font is out of reach."""
    form = check_format(kind, asked.get("format", "pdf"))
    try:
        report = build_report(kind, viewer, language, asked)
        return File(f"{name_of(report)}.{form}", render_report(report, form), about_of(kind, viewer, asked))
    except (CaseworkGone, CannotPrint) as error:
        raise NotNow(type(error).__name__) from error


def name_of(report: Report) -> str:
    """A name for the file: what it is and of which day."""
    words = " ".join(word for word in (report.title, report.subtitle, report.made_on.isoformat()) if word)
    return "".join(letter if letter.isprintable() and letter not in '/\\:*?"<>|' else " " for letter in words)[:120]


def about_of(kind: str, viewer: Viewer, asked: Mapping[str, str]) -> str:
    """What the access log says was exported, without any content: words that are no number or id stay out of it."""
    named = [asked[key] for key in NAMED[kind] if NUMBER.fullmatch(asked.get(key, ""))]
    return " ".join((f"report {kind}", viewer.scope or viewer.role, *named, asked.get("format", ""))).strip()


BUILDERS: dict[str, Build] = {kind: partial(build_file, kind) for kind in KINDS}
