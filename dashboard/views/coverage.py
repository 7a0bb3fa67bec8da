"""Counselor: who was reached."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.desk import Desk
from dashboard.reading.apart import ABOUT, ABOUT_QUESTIONS, build_school_totals
from dashboard.reading.coverage import build_class_coverage, build_school_coverage
from dashboard.views.parts import render_intro, render_section, show


def show_coverage(desk: Desk) -> None:
    """The school in one line, its classes in a table, and what students chose to say of themselves."""
    school = next((held for held in build_school_coverage(desk) if held.unit.id == desk.viewer.scope), None)
    classes = build_class_coverage(desk).get(desk.viewer.scope, [])
    todo = any(held.state != "complete" for held in classes)
    table = desk.html("coverage_classes.html", school=school, classes=classes, todo=todo)
    show(render_intro(desk, "coverage.title", "coverage.lede"), table, *render_about(desk))


def render_about(desk: Desk) -> Iterator[str]:
    """Totals of the school, set against no other number."""
    totals = build_school_totals(desk, desk.viewer.scope, ABOUT)
    if any(window.is_shown for window in totals.values()):
        yield render_section(desk, desk.t("about.title"), desk.t("about.help"))
        for question in ABOUT_QUESTIONS:
            held = [(desk.label("apart", code), window) for code, window in totals.items() if code.startswith(question)]
            yield desk.html("facts.html", title=desk.t(f"about.{question}"), facts=held)
