"""A school of the made-up city with something to report: a case, an incident with a follow-up, measures, activities."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest
from PIL import Image
from pypdf import PdfReader

from dashboard.casework import activities, cases, evidence, incidents, measures, roster, signs, store
from dashboard.casework.sync import sync_signs
from dashboard.casework.values import Case, Incident, IncidentDraft
from dashboard.reports.blocks import Bar, Bars, Gap, Heading, Lines, Report, Table, Text
from dashboard.viewer import Viewer

LIN, ZHAO = Viewer("lin", "counselor", "S03"), Viewer("zhao", "counselor", "S01")
BUREAU, DISTRICT = Viewer("bea", "bureau", ""), Viewer("dan", "district", "D1")
DAY = date(2026, 6, 10)
AS_OF = date(2099, 1, 1)  # what casework notes, it notes on the day that it is
NASTY = '=cmd|"x" #import "y"; $x$ <b>*z*</b> ' + "长" * 600
DRAFT = IncidentDraft(date(2026, 6, 8), "东操场", "争抢场地", "推搡，一人摔倒", 1, 2, 10, "校医处理")


@dataclass(frozen=True)
class Work:
    """What was put into the store."""

    case: Case
    incident: Incident


@pytest.fixture
def work(show_city: Callable[[str], None]) -> Iterator[Work]:
    """School S03 of the demo city, with casework of every kind; words that would run as formula or markup."""
    show_city("demo")
    store.forget()
    sync_signs()
    yield fill_school(LIN)
    store.forget()


def fill_school(viewer: Viewer) -> Work:
    first = next(one for one in signs.list_signs(viewer) if one.level == "urgent")
    checked = signs.finish_check(viewer, first.sign_id, first.version, "founded", "看过三次")
    case = cases.open_case(viewer, NASTY, checked.sign_id, checked.version, opened_on=DAY)
    case = cases.judge_case(viewer, case.case_id, case.version, "bullying", "minor", "委员会会议")
    report = incidents.report_incident(viewer, replace(DRAFT, case_id=case.case_id))
    report = incidents.follow_up(viewer, report.incident_id, 1, replace(DRAFT, kind="followup", course=NASTY))
    for what, kind, aim, wave in (
        ("操场加人", "place", "yard", "2025-2"),
        ("厕所修灯", "place", "toilet", "2026-1"),
        ("这个班谈心", "class", "S03_704", "2026-1"),
    ):
        indicator = "frequent" if kind == "class" else "happens"
        measures.add_measure(viewer, what, kind, aim, indicator, wave, "德育处", DAY)
    picture = evidence.keep_evidence(viewer, a_picture(), no_faces=True).evidence_id
    activities.add_activity(viewer, "lesson", DAY, NASTY, 640, (picture,))
    roster.add_member(viewer, "head", "周校长", date(2025, 9, 1))
    return Work(case, report)


def a_picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (60, 40), (90, 120, 180)).save(kept, "PNG")
    return kept.getvalue()


def pdf_text(content: bytes) -> str:
    """The words of a pdf without its line breaks."""
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")


def words_of(report: Report) -> list[str]:
    """Every string that the report's blocks hold."""
    found = [report.title, report.subtitle, *(word for pair in report.facts for word in pair)]
    for block in report.blocks:
        if isinstance(block, Text | Heading | Gap):
            found.append(block.text)
        elif isinstance(block, Lines):
            found += block.lines
        elif isinstance(block, Table):
            found += [block.title, block.note, *block.head, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Bars):
            found += [block.title, *(f"{bar.label} {bar.note}" for bar in block.bars)]
    return found


def bars_of(report: Report) -> list[Bar]:
    return [bar for block in report.blocks if isinstance(block, Bars) for bar in block.bars]
