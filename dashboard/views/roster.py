"""The school's committee (M11): who sits on it since when, which seats are empty; and who stands in for whom."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.casework import clocks
from dashboard.casework.deputies import end_deputy, list_deputies, set_deputy
from dashboard.casework.grading import read_seats
from dashboard.casework.roster import add_member, end_member, list_members, missing_seats
from dashboard.casework.values import Deputy, Member
from dashboard.colleagues import list_colleagues
from dashboard.desk import Desk
from dashboard.reading.units import build_units
from dashboard.views.saving import read_if_there, save
from dashboard.words import HTML_LANG

NAME = 40  # characters


def show_roster(desk: Desk) -> None:
    """Members and empty seats; forms to add and to end; then the deputies."""
    today, lang = clocks.today(), HTML_LANG[desk.language][:2]
    seats = {seat.code: seat.name[lang] for seat in read_seats()}
    members: list[Member] = read_if_there(desk, lambda: list_members(desk.viewer, on=today)) or []
    school = build_units(desk, "school").get(desk.viewer.scope)
    missing = [seat.name[lang] for seat in missing_seats(members, school.level if school else "")]
    st.html(desk.html("roster.html", members=members, seats=seats, missing=missing))
    with st.expander(desk.t("roster.add"), key="member_add"):
        show_add(desk, seats)
    if members:
        with st.expander(desk.t("roster.end"), key="member_end"):
            show_end(desk, members, seats)
    show_deputies(desk)


def show_add(desk: Desk, seats: dict[str, str]) -> None:
    with st.form("member", border=False):
        role = st.selectbox(
            desk.t("roster.role"),
            list(seats),
            format_func=lambda code: seats[code],
            key="member_role",
            filter_mode=None,
        )
        name = st.text_input(desk.t("roster.name"), key="member_name", max_chars=NAME, help=desk.t("roster.name_help"))
        since = st.date_input(desk.t("roster.since"), clocks.today(), key="member_since", format="YYYY-MM-DD")
        if st.form_submit_button(desk.t("do.save"), type="primary"):
            save(desk, partial(add_member, desk.viewer, role or "", name, since), clear=("member_name",))


def show_end(desk: Desk, members: list[Member], seats: dict[str, str]) -> None:
    named = {one.member_id: f"{seats[one.role]} {one.name}" for one in members}
    with st.form("member_ends", border=False):
        chosen = st.selectbox(
            desk.t("roster.who"), list(named), format_func=named.__getitem__, key="member_who", filter_mode=None
        )
        until = st.date_input(desk.t("roster.until"), clocks.today(), key="member_until", format="YYYY-MM-DD")
        if st.form_submit_button(desk.t("do.save")):
            save(desk, partial(end_member, desk.viewer, int(chosen or 0), until))


def show_deputies(desk: Desk) -> None:
    """The standing deputy, and those of an absence; a sign that stays unread goes to the standing one."""
    today = clocks.today()
    deputies: list[Deputy] = read_if_there(desk, lambda: list_deputies(desk.viewer)) or []
    held = [one for one in deputies if one.until is None or one.until >= today]
    st.html(desk.html("deputies.html", deputies=held))
    colleagues = list_colleagues(desk.viewer)
    if not colleagues:
        st.html(desk.html("section.html", title="", help=desk.t("deputy.alone")))
        return
    with st.expander(desk.t("deputy.add"), key="deputy_add"):
        show_deputy_form(desk, colleagues)
    if held:
        with st.expander(desk.t("deputy.end"), key="deputy_end"), st.form("deputy_ends", border=False):
            named = {one.deputy_id: one.name for one in held}
            chosen = st.selectbox(
                desk.t("roster.who"),
                list(named),
                format_func=lambda one: named[one],
                key="deputy_who",
                filter_mode=None,
            )
            if st.form_submit_button(desk.t("do.save")):
                save(desk, partial(end_deputy, desk.viewer, int(chosen or 0), today))


def show_deputy_form(desk: Desk, colleagues: list[str]) -> None:
    """An account, a name to call, an adult's telephone at work; with a last day it is for an absence."""
    with st.form("deputy", border=False):
        account = st.selectbox(desk.t("deputy.account"), colleagues, key="deputy_account", filter_mode=None)
        name = st.text_input(desk.t("deputy.name"), key="deputy_name", max_chars=NAME)
        phone = st.text_input(desk.t("deputy.phone"), key="deputy_phone", max_chars=30)
        since = st.date_input(desk.t("roster.since"), clocks.today(), key="deputy_since", format="YYYY-MM-DD")
        until = st.date_input(desk.t("deputy.until"), None, key="deputy_until", format="YYYY-MM-DD")
        if st.form_submit_button(desk.t("do.save"), type="primary"):
            write = partial(set_deputy, desk.viewer, account or "", name, phone, since, until)
            save(desk, write, clear=("deputy_name", "deputy_phone"))
