"""What was done about a sign, a case or a report, newest first; nothing in it is ever changed."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.casework.history import list_steps
from dashboard.casework.values import TIMER, Step
from dashboard.desk import Desk
from dashboard.views.moments import say_moment
from dashboard.views.saving import read_if_there
from dashboard.words import catalogue

STATUSES = {"sign": "status", "case": "case_status"}
ACTIONS = (
    *("notice", "release", "remeasure", "to_deputy", "to_district"),  # the clock's
    *("read", "check", "move", "case", "reopen", "hand_over", "remark", "parents_told", "measure", "measure_done"),
    *("open", "judge", "measures", "close", "review_asked", "review_answered", "report"),
)
# What the clock writes as a step's text is a code.
CODES = {"notice": "level", "release": "level", "remeasure": "turn", "report": "incident_kind"}


def show_history(desk: Desk, subject: str, subject_id: str) -> None:
    steps: list[Step] = read_if_there(desk, lambda: list_steps(desk.viewer, subject, subject_id)) or []
    st.html(
        desk.html(
            "history.html",
            steps=list(reversed(steps)),
            moment=say_moment,
            action=partial(action_word, desk),
            text_of=partial(text_of, desk),
            name_of=partial(name_of, desk),
            status=STATUSES.get(subject, "status"),
        )
    )


def action_word(desk: Desk, step: Step) -> str:
    """The word for an action; one this version has no word for is an entry."""
    return desk.t(f"step.{step.action if step.action in ACTIONS else 'other'}")


def text_of(desk: Desk, step: Step) -> str:
    """What was written; a code of the clock's as its word."""
    key = f"{CODES.get(step.action, '')}.{step.text}"
    return desk.t(key) if key in catalogue(desk.language) else step.text


def name_of(desk: Desk, step: Step) -> str:
    return desk.t("step.by_system") if step.by == TIMER else step.by
