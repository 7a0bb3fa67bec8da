"""Counselor: who was reached."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.reading.coverage import build_class_coverage, build_school_coverage
from dashboard.views.parts import show_intro


def show_coverage(desk: Desk) -> None:
    """The school in one line, its classes in a table."""
    show_intro(desk, "coverage.title", "coverage.lede")
    school = next((held for held in build_school_coverage(desk) if held.unit.id == desk.viewer.scope), None)
    classes = build_class_coverage(desk).get(desk.viewer.scope, [])
    todo = any(held.state != "complete" for held in classes)
    st.html(desk.html("coverage_classes.html", school=school, classes=classes, todo=todo))
