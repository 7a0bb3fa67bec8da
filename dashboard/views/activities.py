"""What a school did for all (M8, M17): lessons, training, conventions, checks, cameras, duty; with its evidence."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from dashboard.casework import clocks
from dashboard.casework.activities import add_activity, list_activities
from dashboard.casework.evidence import keep_evidence
from dashboard.casework.values import ACTIVITY_KINDS, Activity
from dashboard.desk import Desk
from dashboard.views.saving import read_if_there, save

LONG = 4000  # characters
SHOWN = 60  # lines of the log at once


def show_activities(desk: Desk) -> None:
    """This term's kinds, done or not; the log, newest first; a form for the next line."""
    today = clocks.today()
    term = term_start(today)
    held: list[Activity] = read_if_there(desk, lambda: list_activities(desk.viewer)) or []
    counts = {kind: sum(one.kind == kind and one.on >= term for one in held) for kind in ACTIVITY_KINDS}
    st.html(desk.html("activities.html", counts=counts, activities=held[:SHOWN], more=max(len(held) - SHOWN, 0)))
    with st.expander(desk.t("activity.add"), key="activity_add", expanded=not held):
        show_form(desk, today)


def term_start(day: date) -> date:
    """The first day of the half year a day is in: schools' terms begin in February and in September."""
    if day.month >= 9:
        return date(day.year, 9, 1)
    return date(day.year, 2, 1) if day.month >= 2 else date(day.year - 1, 9, 1)


def show_form(desk: Desk, today: date) -> None:
    with st.form("activity", border=False):
        kind = st.selectbox(
            desk.t("activity.kind"),
            ACTIVITY_KINDS,
            format_func=lambda code: desk.t(f"activity_kind.{code}"),
            key="activity_kind",
            filter_mode=None,
        )
        on = st.date_input(desk.t("activity.on"), today, key="activity_on", format="YYYY-MM-DD")
        what = st.text_area(desk.t("activity.what"), key="activity_what", max_chars=LONG)
        people = st.number_input(desk.t("activity.people"), min_value=0, step=1, key="activity_people", width=200)
        pictures = st.file_uploader(
            desk.t("activity.pictures"),
            type=["jpg", "jpeg", "png", "webp"],
            accept_multiple_files=True,
            key="activity_pictures",
            help=desk.t("activity.pictures_help"),
        )
        no_faces = st.checkbox(desk.t("activity.no_faces"), key="activity_no_faces")
        if st.form_submit_button(desk.t("do.save"), type="primary"):
            save(desk, partial(write, desk, kind, on, what, int(people), pictures, no_faces), clear=("activity_what",))


def write(desk: Desk, kind: str, on: date, what: str, people: int, pictures: list[Any], no_faces: bool) -> None:
    """The pictures first: a line of the log never names one that wasn't kept."""
    kept = [keep_evidence(desk.viewer, picture.getvalue(), no_faces=no_faces) for picture in pictures]
    add_activity(desk.viewer, kind, on, what, people, tuple(one.evidence_id for one in kept))
