"""Incident reports (M12): time, place, cause, course, people as counts, measures; then follow-ups, one on the other."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.casework import clocks, incidents
from dashboard.casework.problems import CaseworkGone
from dashboard.casework.values import Incident, IncidentDraft
from dashboard.desk import Desk
from dashboard.views.downloads import show_downloads
from dashboard.views.history import show_history
from dashboard.views.opened import note_opened
from dashboard.views.parts import show_box
from dashboard.views.saving import note_version, read_if_there, save, seen_version, show_gone, show_said

LONG, SHORT = 4000, 200  # characters
PEOPLE = ("people_hurt", "people_acting", "people_seeing")
TEXTS = ("cause", "course", "measures")
HELD = "incident_held"


def show_incidents(desk: Desk) -> None:
    """The newest version of each report, and the form of a first one."""
    held: list[Incident] | None = read_if_there(desk, lambda: incidents.list_incidents(desk.viewer))
    if held is not None and not held:
        show_box(desk, "incident.none", "incident.none_help")
    if held:
        st.html(desk.html("incidents.html", incidents=held))
    with st.expander(desk.t("incident.report"), key="incident_report"):
        show_form(desk, None)


def show_incident(desk: Desk, incident_id: str) -> None:
    """The chain of one report, newest first; then the next report, begun with the words of the last."""
    versions = read_versions(desk, incident_id)
    if not versions:
        st.html(desk.html("record_missing.html"))
        return
    newest = versions[-1]
    note_opened(desk, f"incident {newest.ref}")
    st.html(desk.html("incident.html", versions=list(reversed(versions)), newest=newest))
    show_said(desk)
    if newest.next_due is not None:
        with st.expander(desk.t("incident.follow"), key=f"follow_{newest.ref}", expanded=True):
            show_form(desk, newest)
    show_downloads(desk, "incident", incident=newest.ref)
    if len(versions) > 1:
        show_downloads(desk, "followup", incident=newest.ref)
    show_history(desk, "incident", newest.incident_id)
    st.session_state[HELD] = versions


def read_versions(desk: Desk, incident_id: str) -> list[Incident]:
    """The chain; where the store is gone, as it was last seen, so that typed words have a form."""
    try:
        return incidents.list_versions(desk.viewer, incident_id)
    except CaseworkGone as gone:
        show_gone(desk, gone)
        held: list[Incident] = st.session_state.get(HELD, [])
        return held if held and incident_id in (held[-1].incident_id, held[-1].ref) else []


def show_form(desk: Desk, last: Incident | None) -> None:
    """A first report, or one on top of `last`. What was said stands in the fields, to be carried on."""
    name = f"incident_{last.ref if last else 'new'}"
    version = seen_version(name, last.version_no if last else 0)
    with st.form(name, border=False):
        st.html(desk.html("section.html", title="", help=desk.t("incident.help")))
        kinds = ("followup", "final") if last else ("first", "final")
        kind = st.radio(
            desk.t("incident.kind"),
            kinds,
            format_func=lambda code: desk.t(f"incident_kind.{code}"),
            key=f"{name}_kind",
            horizontal=True,
        )
        day = last.happened_on if last else clocks.today()
        happened = st.date_input(desk.t("incident.happened"), day, key=f"{name}_day", format="YYYY-MM-DD")
        place = st.text_input(
            desk.t("incident.place"), last.place if last else "", key=f"{name}_place", max_chars=SHORT
        )
        texts = {
            text: st.text_area(
                desk.t(f"incident.{text}"),
                getattr(last, text) if last else "",
                key=f"{name}_{text}",
                max_chars=LONG,
                help=desk.t("do.remark_help"),
            )
            for text in TEXTS
        }
        with st.container(horizontal=True):
            people = {
                field: st.number_input(
                    desk.t(f"incident.{field}"),
                    min_value=0,
                    step=1,
                    value=getattr(last, field) if last else 0,
                    key=f"{name}_{field}",
                    width=200,
                )
                for field in PEOPLE
            }
        if st.form_submit_button(desk.t("incident.send"), type="primary"):
            case_id = last.case_id if last else ""
            said: dict[str, Any] = {"place": place, "kind": kind, "case_id": case_id} | texts | people
            typed = () if last else tuple(f"{name}_{field}" for field in ("place", *TEXTS))
            save(desk, partial(write, desk, last, version, IncidentDraft(happened, **said)), clear=typed)
    note_version(name, last.version_no if last else 0)


def write(desk: Desk, last: Incident | None, version: int, draft: IncidentDraft) -> object:
    if last is None:
        return incidents.report_incident(desk.viewer, draft)
    return incidents.follow_up(desk.viewer, last.incident_id, version, draft)
