"""Counselor of a school under a hundred answers, first page: what is known, how sure, what isn't, what to do."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.contacts import find_adults
from dashboard.desk import Desk
from dashboard.reading.advice import build_advice
from dashboard.reading.coverage import Coverage, build_school_coverage
from dashboard.reading.pool import Pool, build_pool
from dashboard.reading.signs import CARRYING, SIGNS, sort_by_level
from dashboard.reading.small import ALONE, build_small, is_small
from dashboard.reading.units import wave_name
from dashboard.views.parts import show_intro
from dashboard.views.signs import advise, below, show_signs, why


def show_start(desk: Desk) -> None:
    """The first page: the signs of a school, or the one page of a small one."""
    (show_small if is_small(desk) else show_signs)(desk)


def show_small(desk: Desk) -> None:
    """Signs of classes first, should there be any; then the page in its four parts."""
    school = build_small(desk)
    show_intro(desk, "small.title", "small.lede")
    signs = sort_by_level([state for _, state in school.classes if state.level in SIGNS])
    st.html(
        desk.html(
            "small.html",
            school=school,
            signs=signs,
            advise=lambda state: advise(desk, state),
            why=lambda reason: why(desk, reason),
            below=lambda reason: below(desk, reason),
            pooled=pooled_words(desk, school.pool),
            waiting=waiting_words(desk, school.coverage),
            label=desk.label,
            adults=find_adults(desk.viewer.scope),
        )
    )


def pooled_words(desk: Desk, pool: Pool | None) -> dict[str, Any]:
    """Name of the two waves, the sentence of their state, what stands beside their sign, and the line it takes."""
    if pool is None:
        return {"cut": ""}
    advice = build_advice(desk, pool.rule, pool.kind, whole=True)
    sentence = advice.what if pool.level in SIGNS else desk.t(f"pool_level.{pool.level}")
    return {"waves": pool_waves(desk, pool), "sentence": sentence, "advice": advice, "cut": cut_words(desk, pool)}


def cut_words(desk: Desk, pool: Pool) -> str:
    """How many answers it takes to raise the headline: what a school of this size cannot see."""
    cut = pool.cuts.get(CARRYING)
    if cut is None or pool.r_about is None:
        return ""
    return desk.t("small.sure_cut", r=pool.r_about, indicator=desk.label("indicator", CARRYING), e1=cut)


def pool_waves(desk: Desk, pool: Pool) -> str:
    """Names of both waves."""
    return desk.t("signs.comma").join(wave_name(desk, wave) for wave in pool.waves)


def waiting_words(desk: Desk, covered: Coverage | None) -> str:
    """Why there is no pool yet: too few answers in a wave, or no school year surveyed from autumn to spring."""
    few = covered is not None and covered.submitted_about < ALONE
    return desk.t("small.wait_few" if few else "small.wait_year")


def render_areas(desk: Desk) -> str:
    """Places of a small school: four areas over two waves, or why not yet."""
    scope = desk.viewer.scope
    pool = build_pool(desk, scope)
    covered = next((held for held in build_school_coverage(desk) if held.unit.id == scope), None)
    words = {"waves": pool_waves(desk, pool) if pool else "", "waiting": waiting_words(desk, covered)}
    return desk.html("small_places.html", pool=pool, label=desk.label, **words)
