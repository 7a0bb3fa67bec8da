"""What can be done about a sign, by its status: take it, check it, decide, hand over, write down, reopen.

Every form says why; every write carries the version that this person last saw, so that two never overwrite each other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.casework import clocks
from dashboard.casework.cases import open_case
from dashboard.casework.signs import add_remark, finish_check, hand_over, move_sign, reopen_sign, tell_parents
from dashboard.casework.values import SIGN_MOVES, Sign
from dashboard.colleagues import list_colleagues
from dashboard.desk import Desk
from dashboard.reading.files import SignFile
from dashboard.views.saving import note_version, save, seen_version, show_note

# What a first check can say, by kind of sign: result → (outcome, what the sign becomes with it).
RESULTS = {
    "more": ("unclear", ""),
    "quiet": ("unfounded", "watched"),
    "event": ("founded", "case"),
    "inquiry": ("founded", "case"),
    "acted": ("founded", "measures"),
    "unfound": ("unfounded", "watched"),
    "explained": ("unclear", "watched"),
}
CHOICES = {
    "first_signs": ("more", "quiet", "event"),
    "happened": ("more", "acted", "inquiry", "unfound"),
    "going_on": ("inquiry", "acted", "unfound"),
    "": ("explained",),
}
# The form of the step that comes next, by status; every other open status has "next".
FORM_OF = {"new": "check", "closed": "reopen"}
REASONED = ("check", "next", "reopen")
FORMS = ("remark", "parents", "hand")
LONG = 4000  # characters


def show_decisions(desk: Desk, sign: Sign, file: SignFile) -> None:
    """The one form that comes next, then the others folded."""
    version = seen_version(sign.sign_id, sign.version)
    carry_words(desk, sign, version)
    if not sign.owner and sign.is_open:
        take = partial(hand_over, desk.viewer, sign.sign_id, version, desk.viewer.name, desk.t("do.taken"))
        if st.button(desk.t("do.take"), key=f"take_{sign.sign_id}", width="stretch"):
            save(desk, take)
    if sign.status == "new":
        show_check(desk, sign, version)
    elif sign.is_open:
        show_next(desk, sign, version)
    else:
        show_reopen(desk, sign, version)
    if sign.is_open:
        show_more(desk, sign, version)
    note_version(sign.sign_id, sign.version)


def carry_words(desk: Desk, sign: Sign, version: int) -> None:
    """Somebody else moved the sign on: what was typed for the step before stands in the form of the next one."""
    form = FORM_OF.get(sign.status, "next")
    typed = [st.session_state.get(f"{name}_reason_{sign.sign_id}", "") for name in REASONED if name != form]
    if version != sign.version and any(typed):
        show_note(desk, desk.t("sign.stale"))
        st.session_state[f"{form}_reason_{sign.sign_id}"] = "\n".join(filter(None, typed))


def ask_reason(desk: Desk, sign: Sign, form: str) -> str:
    return st.text_area(
        desk.t("do.reason"),
        key=f"{form}_reason_{sign.sign_id}",
        max_chars=LONG,
        help=desk.t("do.reason_help"),
        placeholder=desk.t("do.reason_hint"),
        height=120,
    )


def show_check(desk: Desk, sign: Sign, version: int) -> None:
    """First check: a result out of those that fit the kind, and what it rests on."""
    choices = CHOICES[sign.kind if sign.kind in CHOICES else ""]
    with st.form(f"check_{sign.sign_id}", border=False):
        result = st.radio(
            desk.t("do.result"),
            choices,
            index=None if len(choices) > 1 else 0,
            format_func=lambda code: desk.t(f"check.{code}"),
            key=f"check_result_{sign.sign_id}",
        )
        reason = ask_reason(desk, sign, "check")
        if st.form_submit_button(desk.t("do.check"), type="primary", width="stretch"):
            save(desk, partial(write_check, desk, sign.sign_id, version, result or "", reason))


def write_check(desk: Desk, sign_id: str, version: int, result: str, reason: str) -> None:
    """The check, and with most results the step that follows from it, for the same reason."""
    outcome, then = RESULTS.get(result, ("", ""))
    checked = finish_check(desk.viewer, sign_id, version, outcome, reason)
    if then:
        write_move(desk, sign_id, checked.version, then, reason)


def write_move(desk: Desk, sign_id: str, version: int, status: str, reason: str) -> None:
    """A move; into a case it opens the file, which starts the inquiry's clock."""
    if status == "case":
        open_case(desk.viewer, reason, sign_id=sign_id, version=version)
    else:
        move_sign(desk.viewer, sign_id, version, status, reason)


def show_next(desk: Desk, sign: Sign, version: int) -> None:
    """Where this status may go, and why."""
    with st.form(f"next_{sign.sign_id}", border=False):
        status = st.radio(
            desk.t("do.next"),
            SIGN_MOVES[sign.status],
            index=None,
            format_func=lambda code: desk.t(f"move.{code}"),
            key=f"next_status_{sign.sign_id}",
        )
        reason = ask_reason(desk, sign, "next")
        if st.form_submit_button(desk.t("do.next_save"), type="primary", width="stretch"):
            write = partial(write_move, desk, sign.sign_id, version, status or "", reason)
            save(desk, write, clear=(f"next_reason_{sign.sign_id}",))


def show_reopen(desk: Desk, sign: Sign, version: int) -> None:
    with st.form(f"reopen_{sign.sign_id}", border=False):
        reason = ask_reason(desk, sign, "reopen")
        if st.form_submit_button(desk.t("do.reopen"), width="stretch"):
            save(desk, partial(reopen_sign, desk.viewer, sign.sign_id, version, reason))


def show_more(desk: Desk, sign: Sign, version: int) -> None:
    """A remark, parents told, handing over: folded, since the step above is what the sign waits for."""
    shown: tuple[Callable[[Desk, Sign, int], None], ...] = (show_remark, show_parents, show_hand_over)
    for name, show in zip(FORMS, shown, strict=True):
        with st.expander(desk.t(f"do.{name}"), key=f"{name}_{sign.sign_id}"):
            show(desk, sign, version)


def show_remark(desk: Desk, sign: Sign, _version: int) -> None:
    with st.form(f"remark_form_{sign.sign_id}", border=False):
        name, hint = f"remark_text_{sign.sign_id}", desk.t("do.remark_help")
        text = st.text_area(desk.t("do.remark_text"), key=name, help=hint, max_chars=LONG)
        if st.form_submit_button(desk.t("do.save")):
            save(desk, partial(add_remark, desk.viewer, sign.sign_id, text), clear=(name,))


def show_parents(desk: Desk, sign: Sign, _version: int) -> None:
    """The parents of the whole class: which day, by whose office, what was said."""
    st.html(desk.html("section.html", title="", help=desk.t("do.parents_help")))
    with st.form(f"parents_form_{sign.sign_id}", border=False):
        on = st.date_input(
            desk.t("do.parents_on"), clocks.today(), key=f"parents_on_{sign.sign_id}", format="YYYY-MM-DD"
        )
        role = st.text_input(desk.t("do.parents_role"), key=f"parents_role_{sign.sign_id}", max_chars=40)
        text = st.text_area(desk.t("do.parents_text"), key=f"parents_text_{sign.sign_id}", max_chars=LONG)
        if st.form_submit_button(desk.t("do.save")):
            typed = (f"parents_role_{sign.sign_id}", f"parents_text_{sign.sign_id}")
            save(desk, partial(tell_parents, desk.viewer, sign.sign_id, on, role, text), clear=typed)


def show_hand_over(desk: Desk, sign: Sign, version: int) -> None:
    """To a colleague's account, or to all of the school together."""
    colleagues = list_colleagues(desk.viewer)
    if not colleagues and not sign.owner:
        st.html(desk.html("section.html", title="", help=desk.t("do.hand_alone")))
        return
    with st.form(f"hand_form_{sign.sign_id}", border=False):
        owner = st.selectbox(
            desk.t("do.hand_to"),
            [*colleagues, ""],
            format_func=lambda name: name or desk.t("do.hand_all"),
            key=f"hand_to_{sign.sign_id}",
            filter_mode=None,
        )
        reason = ask_reason(desk, sign, "hand")
        if st.form_submit_button(desk.t("do.save")):
            write = partial(hand_over, desk.viewer, sign.sign_id, version, owner or "", reason)
            save(desk, write, clear=(f"hand_reason_{sign.sign_id}",))
