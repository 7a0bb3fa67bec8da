"""Counselor, first page: what waits today, by level, owner and clock; calm where nothing waits."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from dashboard.casework import clocks
from dashboard.casework.cases import list_cases
from dashboard.casework.incidents import list_incidents
from dashboard.casework.measures import list_measures
from dashboard.casework.signs import list_signs
from dashboard.casework.values import Case, Incident, Measure, Sign
from dashboard.desk import Desk
from dashboard.reading.signs import SIGNS, build_states
from dashboard.reading.targets import target_words
from dashboard.reading.tasks import GROUPS, WAITING, Task, build_tasks
from dashboard.reading.units import wave_name
from dashboard.views.downloads import show_reports
from dashboard.views.moments import say_day, say_left, say_today
from dashboard.views.parts import show_box
from dashboard.views.saving import read_if_there, show_said

PAGE = 20  # signs of a group at once
WHOSE = ("all", "mine", "nobody")
Due = tuple[date, str, str, str]  # day, text of the catalogue, what it is of, address


def show_today(desk: Desk) -> None:
    """The signs of the school in the order of a day: to check, to decide, under way, closed."""
    today = clocks.today()
    signs = read_if_there(desk, lambda: list_signs(desk.viewer))
    tasks = build_tasks(desk, signs or [], today)
    waiting = [task for task in tasks if task.group in WAITING]
    late = sum(task.is_late for task in waiting)
    if signs is not None:
        values = {"waiting": len(waiting), "late": late, "first_wave": len(desk.waves) == 1}
        st.html(desk.html("today.html", date=say_today(desk, today), **values))
    show_said(desk)
    if signs is not None and not_yet_taken_over(desk, signs):
        show_box(desk, "today.waiting", "today.waiting_help")
    tasks = choose_whose(desk, tasks)
    for group in GROUPS:
        show_group(desk, group, [task for task in tasks if task.group == group])
    if signs is not None:  # else the page has said already that the store is out of reach
        show_dates(desk, today)
    show_reports(desk)


def not_yet_taken_over(desk: Desk, signs: list[Sign]) -> bool:
    """Whether this release shows signs of which the store of casework doesn't know yet."""
    known = {sign.unit_id for sign in signs if sign.wave == desk.wave}
    return any(state.level in SIGNS and state.id not in known for state in build_states(desk))


def choose_whose(desk: Desk, tasks: list[Task]) -> list[Task]:
    """All, mine, nobody's; asked only where there is more than a page of them."""
    if len(tasks) <= PAGE:
        return tasks
    names = {whose: desk.t(f"today.whose_{whose}") for whose in WHOSE}
    chosen = st.segmented_control(
        desk.t("today.whose"), WHOSE, default="all", format_func=names.__getitem__, key="today_whose", required=True
    )
    owner = {"mine": desk.viewer.name, "nobody": ""}
    return [task for task in tasks if chosen not in owner or task.sign.owner == owner[chosen]]


def show_group(desk: Desk, group: str, tasks: list[Task]) -> None:
    """One group, a page at a time; what is closed stays folded until asked for."""
    if not tasks:
        return
    if group == "closed":
        with st.expander(f"{desk.t('today.closed')} · {len(tasks)}", key="today_closed_all"):
            show_page_of(desk, group, tasks)
    else:
        show_page_of(desk, group, tasks)


def show_page_of(desk: Desk, group: str, tasks: list[Task]) -> None:
    """Twenty of a group, with a way back and forth below them."""
    pages = -(-len(tasks) // PAGE)
    at = min(st.session_state.get(f"today_page_{group}", 0), pages - 1)
    st.html(
        desk.html(
            "tasks.html",
            group=group,
            total=len(tasks),
            tasks=tasks[at * PAGE : (at + 1) * PAGE],
            wave_of=partial(wave_name, desk),
            owner_of=partial(owner_name, desk),
            due_of=partial(due_words, desk),
        )
    )
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center", key=f"pager_{group}"):
            turn = partial(turn_page, group)
            st.button(desk.t("today.back"), key=f"back_{group}", disabled=at == 0, on_click=turn, args=(at - 1,))
            st.html(desk.html("pager.html", page=at + 1, pages=pages, n=len(tasks)))
            last = at == pages - 1
            st.button(desk.t("today.forth"), key=f"forth_{group}", disabled=last, on_click=turn, args=(at + 1,))


def turn_page(group: str, to: int) -> None:
    st.session_state[f"today_page_{group}"] = to


def owner_name(desk: Desk, sign: Sign) -> str:
    """Whose the sign is: mine, nobody's, or the account's name."""
    if not sign.owner:
        return desk.t("today.nobody")
    return desk.t("today.mine") if sign.owner == desk.viewer.name else sign.owner


def due_words(desk: Desk, task: Task) -> str:
    """Until when the first check is due; nothing once it was made."""
    return say_left(desk, task.days) if task.days is not None else ""


def show_dates(desk: Desk, today: date) -> None:
    """Days of cases and incident reports that run; these rest on the law or on the plan."""
    held = read_if_there(desk, lambda: sorted(list_dates(desk, today)))
    if held:
        lines = [
            (f"{say_day(desk, key, day, of=of)} · {say_left(desk, (day - today).days)}", address)
            for day, key, of, address in held
        ]
        st.html(desk.html("dates.html", dates=lines))


def list_dates(desk: Desk, today: date) -> list[Due]:
    """All of them. Raises CaseworkGone."""
    cases, incidents = dates_of_cases(list_cases(desk.viewer)), dates_of_incidents(list_incidents(desk.viewer))
    return [*cases, *incidents, *dates_of_measures(desk, list_measures(desk.viewer), today)]


def dates_of_cases(cases: list[Case]) -> list[Due]:
    """Inquiries and reviews that run."""
    days = [(one, "today.inquiry", one.inquiry_due if one.status == "inquiry" else None) for one in cases]
    days += [(one, "today.review", one.review_due if one.review_answered_on is None else None) for one in cases]
    return [(day, key, one.ref, f"/records?case={one.ref}") for one, key, day in days if day is not None]


def dates_of_incidents(incidents: list[Incident]) -> list[Due]:
    """Follow-up reports that are still to come."""
    days = [(one, one.next_due) for one in incidents]
    return [(day, "today.followup", one.ref, f"/records?incident={one.ref}") for one, day in days if day is not None]


def dates_of_measures(desk: Desk, measures: list[Measure], today: date) -> list[Due]:
    """Measures past the day that the school set itself, by what they should move."""
    late = [(one.due_on, one) for one in measures if one.due_on is not None and one.is_late(today)]
    return [(day, "today.measure", target_words(desk, one), "/measures") for day, one in late]
