"""Help slips through their own door: what waits, the adult's passphrase, the slip, an answer.

Opened with the adult's own passphrase. The key stays in this session's memory until it is locked or the session ends.
"""

from __future__ import annotations

import streamlit as st
from nacl.exceptions import CryptoError
from sqlalchemy.exc import SQLAlchemyError

from dashboard import help as slips
from dashboard import throttle
from dashboard.desk import Desk
from dashboard.help import Letter, Mailbox, Slip, Waiting

KEY, SHOWN, SAID = "help_key", "help_shown", "help_said"


def show_help(desk: Desk) -> None:
    """The page of a person's help slips; a store that can't be read gets a kind word."""
    try:
        mailboxes = slips.find_mailboxes(desk.viewer)
        waiting = slips.count_waiting(*reach_of(desk, mailboxes))
        show_page(desk, mailboxes, waiting)
    except (SQLAlchemyError, FileNotFoundError):
        st.html(desk.html("help.html", waiting=[], is_adult=False, is_school=True, problem="help.gone"))


def reach_of(desk: Desk, mailboxes: list[Mailbox]) -> tuple[list[str] | None, str | None]:
    """(schools, district) whose waiting slips this person is told of: a bureau lead's area, or an adult's schools."""
    if desk.viewer.role == "bureau":
        return None, None
    if desk.viewer.role == "district":
        return None, desk.viewer.scope
    return [box.school_id for box in mailboxes], None


def count_for(desk: Desk) -> int:
    """The number on the tab: slips that nobody opened, for an adult; beyond one school day, for a lead."""
    try:
        mailboxes = slips.find_mailboxes(desk.viewer)
        if mailboxes:
            return sum(row.unopened for row in slips.count_waiting([box.school_id for box in mailboxes]))
        return sum(row.late for row in slips.count_waiting(*reach_of(desk, mailboxes)))
    except SQLAlchemyError:
        return 0


def show_page(desk: Desk, mailboxes: list[Mailbox], waiting: list[Waiting]) -> None:
    """Counts for everyone; the box itself for an adult with a key."""
    is_school = desk.viewer.role == "counselor"
    shown = waiting if mailboxes or not is_school else []
    st.html(desk.html("help.html", waiting=shown, is_adult=bool(mailboxes), is_school=is_school, problem=""))
    if not mailboxes:
        return
    if KEY in st.session_state:
        show_slips(desk, mailboxes, st.session_state[KEY])
    else:
        ask_passphrase(desk, mailboxes)


def ask_passphrase(desk: Desk, mailboxes: list[Mailbox]) -> None:
    """One field. Wrong tries slow down, as at the sign-in; they lock nobody out for good."""
    with st.form("help_unlock", border=False):
        typed = st.text_input(desk.t("help.passphrase"), type="password", autocomplete="off", width=380)
        pressed = st.form_submit_button(desk.t("help.unlock"), type="primary")
    if not pressed:
        return
    who = f"help-{desk.viewer.name}"
    if wait := throttle.seconds_to_wait(who, who):
        st.html(desk.html("help_note.html", text=desk.t("signin.wait", seconds=wait)))
        return
    try:
        st.session_state[KEY] = slips.unlock(mailboxes, typed)
    except slips.WrongPassphrase:
        throttle.note_failure(who, who)
        st.html(desk.html("help_note.html", text=desk.t("help.wrong")))
        return
    throttle.forget_failures(who, who)
    st.rerun()


def show_slips(desk: Desk, mailboxes: list[Mailbox], key: bytes) -> None:
    """The slips this adult can open: the one that is being read, then those that wait."""
    shown = st.session_state.get(SHOWN)
    found = sorted(slips.list_slips(mailboxes, key), key=lambda slip: slip.slip_id.hex() != shown)
    if st.button(desk.t("help.lock"), key="help_lock"):
        for name in (KEY, SHOWN, SAID):
            st.session_state.pop(name, None)
        st.rerun()
    if not found:
        st.html(desk.html("help_note.html", text=desk.t("help.none")))
    for slip in found:
        show_slip(desk, slip)


def show_slip(desk: Desk, slip: Slip) -> None:
    """One slip: its day and state; its words only after a click."""
    name = slip.slip_id.hex()
    is_open = st.session_state.get(SHOWN) == name
    with st.container(border=True, key=f"help_slip_{name}"):
        st.html(desk.html("help_slip.html", slip=slip))
        if is_open:
            show_letter(desk, slip)
        elif st.button(desk.t("help.open" if slip.is_waiting else "help.look"), key=f"help_open_{name}"):
            st.session_state[SHOWN] = name
            read_letter(desk, slip)  # before the page is drawn anew, so that the slip stands there as opened
            st.rerun()


def read_letter(desk: Desk, slip: Slip) -> Letter | None:
    """What the child wrote; None if what is stored was changed."""
    try:
        return slips.open_slip(desk.viewer, slip)
    except CryptoError:
        return None


def show_letter(desk: Desk, slip: Slip) -> None:
    """The words, what was answered, and what can be done now."""
    letter = read_letter(desk, slip)
    if letter is None:
        st.html(desk.html("help_note.html", text=desk.t("help.damaged")))
        return
    st.html(desk.html("help_letter.html", letter=letter, answers=slips.read_answers(slip)))
    if said := st.session_state.pop(SAID, ""):
        st.html(desk.html("help_note.html", text=desk.t(said)))
    with st.form(f"help_answer_{slip.slip_id.hex()}", clear_on_submit=True, border=False):
        text = st.text_area(desk.t("help.answer"), max_chars=slips.TEXT_LIMIT, help=desk.t("help.answer_help"))
        if st.form_submit_button(desk.t("help.send"), type="primary") and text.strip():
            slips.write_answer(slip, text.strip())
            say_and_rerun("help.sent")
    if not slip.mailbox.second and st.button(desk.t("help.hand"), help=desk.t("help.hand_help")):
        slips.hand_over(slip)
        st.session_state.pop(SHOWN, None)
        st.rerun()


def say_and_rerun(key: str) -> None:
    st.session_state[SAID] = key
    st.rerun()
