"""What the bureau's pages share: choosing a district and a wave."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import Desk
from dashboard.reading.units import build_units, wave_name


def choose_district(desk: Desk, key: str) -> str | None:
    """A district of this file, or None for all; asked only where there is more than one."""
    districts = {unit.id: unit.name for unit in build_units(desk, "district").values()}
    if desk.viewer.role != "bureau" or len(districts) < 2:
        return None
    everything = {"": desk.t("bureau.all")} | districts
    chosen = st.selectbox(
        desk.t("bureau.filter_district"),
        list(everything),
        format_func=everything.__getitem__,
        key=key,
        filter_mode=None,
        width=220,
    )
    return chosen or None


def choose_wave(desk: Desk, key: str) -> str:
    """A wave of this release, the newest first; asked only where there is more than one."""
    if len(desk.waves) < 2:
        return desk.wave
    names = {wave: wave_name(desk, wave) for wave in reversed(desk.waves)}
    chosen = st.selectbox(
        desk.t("bureau.wave"),
        list(names),
        index=list(names).index(desk.wave),
        format_func=names.__getitem__,
        key=key,
        filter_mode=None,
        width=200,
    )
    return chosen or desk.wave
