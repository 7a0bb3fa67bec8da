"""Counselor of a school under a hundred answers, first page: what is known, how sure, what isn't, what to do."""

from __future__ import annotations

import streamlit as st

from dashboard.contacts import find_adults
from dashboard.desk import Desk
from dashboard.reading.pool import Pool
from dashboard.reading.signs import SIGNS, sort_by_level
from dashboard.reading.small import SmallSchool, build_small, is_small
from dashboard.reading.units import wave_name
from dashboard.views.parts import show_intro
from dashboard.views.signs import below, show_signs, what, why
from dashboard.words import catalogue


def show_start(desk: Desk) -> None:
    """The first page: the signs of a school, or the one page of a small one."""
    (show_small if is_small(desk) else show_signs)(desk)


def show_small(desk: Desk) -> None:
    """Signs of classes first, should there be any; then the page in its four parts."""
    school = build_small(desk)
    show_intro(desk, "small.title", "small.lede")
    signs = sort_by_level([state for _, state in school.classes if state.level in SIGNS])
    words = {"what": lambda state: what(desk, state), "why": lambda reason: why(desk, reason)}
    st.html(
        desk.html(
            "small.html",
            school=school,
            signs=signs,
            sentence=words["what"],
            why=words["why"],
            below=lambda reason: below(desk, reason),
            pooled=pooled_words(desk, school.pool),
            waiting=waiting_words(desk, school),
            label=desk.label,
            adults=find_adults(desk.viewer.scope),
        )
    )


def pooled_words(desk: Desk, pool: Pool | None) -> dict[str, str]:
    """Name of the two waves, and the sentence of their sign."""
    if pool is None:
        return {}
    key = f"pool_what.{pool.rule}"
    if pool.level not in SIGNS:
        key = f"pool_level.{pool.level}"
    elif key not in catalogue(desk.language):
        key = "pool_what.other"
    waves = desk.t("signs.comma").join(wave_name(desk, wave) for wave in pool.waves)
    return {"waves": waves, "sentence": desk.t(key)}


def waiting_words(desk: Desk, school: SmallSchool) -> str:
    """Why there is no pool yet: too few answers in a wave, or no school year surveyed from autumn to spring."""
    few = school.coverage is not None and not school.is_alone
    return desk.t("small.wait_few" if few else "small.wait_year")
