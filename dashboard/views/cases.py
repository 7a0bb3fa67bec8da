"""Cases: the file of one event, by a reference number and never a name. The law's clocks start here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from dashboard.casework import cases, clocks
from dashboard.casework.clocks import read_clocks, state_of
from dashboard.casework.grading import read_grading
from dashboard.casework.measures import list_measures
from dashboard.casework.problems import CaseworkGone
from dashboard.casework.values import JUDGEMENTS, Case
from dashboard.desk import Desk
from dashboard.views.downloads import show_downloads
from dashboard.views.history import show_history
from dashboard.views.measure_form import show_measure_form
from dashboard.views.measures import show_list
from dashboard.views.opened import note_opened
from dashboard.views.parts import show_box, show_section
from dashboard.views.saving import note_version, read_if_there, save, seen_version, show_gone, show_said
from dashboard.words import HTML_LANG

LONG = 4000  # characters
HELD = "case_held"


def show_cases(desk: Desk) -> None:
    """The school's cases, open ones first, and a form for one that begins without a sign."""
    held: list[Case] | None = read_if_there(desk, lambda: cases.list_cases(desk.viewer))
    if held is not None and not held:
        show_box(desk, "case.none", "case.none_help")
    if held:
        st.html(desk.html("cases.html", cases=[(case, case_clocks(case)) for case in held]))
    with st.expander(desk.t("case.open"), key="case_open"), st.form("case_new", border=False):
        opened = st.date_input(desk.t("case.opened"), clocks.today(), key="case_new_on", format="YYYY-MM-DD")
        reason = st.text_area(desk.t("case.why"), key="case_new_why", max_chars=LONG, help=desk.t("do.reason_help"))
        if st.form_submit_button(desk.t("case.open"), type="primary"):
            save(desk, partial(cases.open_case, desk.viewer, reason, opened_on=opened), clear=("case_new_why",))


def case_clocks(case: Case) -> list[tuple[str, date, str]]:
    """(clock, last day, met | missed | running | overdue) of the clocks that this case has started."""
    today = clocks.today()
    running = [("inquiry", case.inquiry_due, state_of(case.inquiry_due, case.judged_on, today))]
    if case.review_due is not None:
        running.append(("review", case.review_due, state_of(case.review_due, case.review_answered_on, today)))
    return running


def show_case(desk: Desk, case_id: str) -> None:
    """One file: where it stands, what comes next, its measures and its history."""
    case = read_case(desk, case_id)
    if case is None:
        st.html(desk.html("record_missing.html"))
        return
    note_opened(desk, f"case {case.ref}")
    rules = read_clocks()
    lang = HTML_LANG[desk.language][:2]
    held = [(name, due, state, rules[name], rules[name].article[lang]) for name, due, state in case_clocks(case)]
    grade = next((g for g in read_grading().grades if g.code == case.severity), None)
    st.html(desk.html("case.html", case=case, clocks=held, grade=grade.name[lang] if grade else ""))
    show_said(desk)
    show_steps(desk, case, lang)
    show_downloads(desk, "case", case=case.ref)
    measures = read_if_there(desk, lambda: list_measures(desk.viewer, case_id=case.case_id), case.case_id) or []
    if measures:
        show_section(desk, desk.t("case.measures"))
        show_list(desk, measures, "case_measures")
    show_history(desk, "case", case.case_id)
    st.session_state[HELD] = case


def read_case(desk: Desk, case_id: str) -> Case | None:
    """The case as it stands; where the store is gone, as it was last seen, so that typed words have a form."""
    try:
        return cases.find_case(desk.viewer, case_id)
    except CaseworkGone as gone:
        show_gone(desk, gone)
        held: Case | None = st.session_state.get(HELD)
        return held if held is not None and case_id in (held.case_id, held.ref) else None


def show_steps(desk: Desk, case: Case, lang: str) -> None:
    """The forms this status has, the one that comes next first and open."""
    version = seen_version(case.case_id, case.version)
    write = {
        "measures": partial(cases.begin_measures, desk.viewer, case.case_id, version),
        "close": partial(cases.close_case, desk.viewer, case.case_id, version),
    }
    if case.status == "inquiry":
        show_judgement(desk, case, version, lang)
    if case.status == "judged":
        show_reasoned(desk, case, "measures", write["measures"])
    if case.status in ("judged", "measures"):
        show_reasoned(desk, case, "close", write["close"])
    under_review = case.review_asked_on is not None and case.review_answered_on is None
    if under_review:
        show_dated(desk, case, "answer", partial(cases.answer_review, desk.viewer, case.case_id, version))
    elif case.judged_on is not None:
        show_dated(desk, case, "ask", partial(cases.ask_review, desk.viewer, case.case_id, version))
    if case.status != "closed":
        with st.expander(desk.t("do.measure"), key=f"case_measure_{case.ref}"):
            show_measure_form(desk, case_id=case.case_id)
        show_parents(desk, case)
    with st.expander(desk.t("do.remark"), key=f"case_remark_{case.ref}"), st.form(f"remark_{case.ref}", border=False):
        text = st.text_area(desk.t("do.remark_text"), key=f"remark_text_{case.ref}", help=desk.t("do.remark_help"))
        if st.form_submit_button(desk.t("do.save")):
            save(desk, partial(cases.add_remark, desk.viewer, case.case_id, text), clear=(f"remark_text_{case.ref}",))
    note_version(case.case_id, case.version)


def show_judgement(desk: Desk, case: Case, version: int, lang: str) -> None:
    """What the committee found; the text of the rule stands beside each grade. Nothing here is computed."""
    grades = {grade.code: grade for grade in read_grading().grades}
    with st.expander(desk.t("case.judge"), key=f"judge_{case.ref}", expanded=True):
        st.html(desk.html("grading.html", grades=grades.values(), source=read_grading().source[lang], lang=lang))
        with st.form(f"judge_form_{case.ref}", border=False):
            judgement = st.radio(
                desk.t("case.judgement"),
                JUDGEMENTS,
                index=None,
                format_func=lambda code: desk.t(f"judgement.{code}"),
                key=f"judgement_{case.ref}",
            )
            severity = st.selectbox(
                desk.t("case.severity"),
                list(grades),
                index=None,
                format_func=lambda code: grades[code].name[lang],
                key=f"severity_{case.ref}",
                placeholder=desk.t("case.choose"),
                filter_mode=None,
            )
            reason = st.text_area(desk.t("case.basis"), key=f"judge_reason_{case.ref}", max_chars=LONG)
            if st.form_submit_button(desk.t("case.judge_save"), type="primary"):
                found = (case.case_id, version, judgement or "", severity or "", reason)
                save(desk, partial(cases.judge_case, desk.viewer, *found))


def show_reasoned(desk: Desk, case: Case, name: str, write: Callable[..., object]) -> None:
    """A step that needs a reason and nothing else."""
    label = desk.t(f"case.{name}_begin" if name == "measures" else f"case.{name}")
    with st.expander(label, key=f"{name}_{case.ref}"), st.form(f"{name}_form_{case.ref}", border=False):
        reason = st.text_area(desk.t("do.reason"), key=f"{name}_reason_{case.ref}", max_chars=LONG)
        if st.form_submit_button(label):
            save(desk, partial(write, reason))


def show_dated(desk: Desk, case: Case, name: str, write: Callable[..., object]) -> None:
    """A request for review, or its answer: on which day, and what it says."""
    label = desk.t(f"case.review_{name}")
    with st.expander(label, key=f"review_{name}_{case.ref}"), st.form(f"review_form_{name}_{case.ref}", border=False):
        on = st.date_input(desk.t("case.on"), clocks.today(), key=f"review_on_{name}_{case.ref}", format="YYYY-MM-DD")
        reason = st.text_area(desk.t("do.reason"), key=f"review_reason_{name}_{case.ref}", max_chars=LONG)
        if st.form_submit_button(label):
            save(desk, partial(write, on, reason))


def show_parents(desk: Desk, case: Case) -> None:
    """Parents of those concerned were told: the day, by whose office, what was said; never whose parents."""
    with st.expander(desk.t("do.parents"), key=f"case_parents_{case.ref}"), st.form(f"tell_{case.ref}", border=False):
        on = st.date_input(desk.t("do.parents_on"), clocks.today(), key=f"tell_on_{case.ref}", format="YYYY-MM-DD")
        role = st.text_input(desk.t("do.parents_role"), key=f"tell_role_{case.ref}", max_chars=40)
        text = st.text_area(desk.t("do.parents_text"), key=f"tell_text_{case.ref}", max_chars=LONG)
        if st.form_submit_button(desk.t("do.save")):
            typed = (f"tell_role_{case.ref}", f"tell_text_{case.ref}")
            save(desk, partial(cases.tell_parents, desk.viewer, case.case_id, on, role, text), clear=typed)
