"""The one place where a page offers a file. The address says what is wanted; who asks is decided there, anew."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.desk import Desk
from dashboard.reports.build import BUILDERS, formats_of
from dashboard.views.parts import show_section

OFFERED = {"counselor": ("term", "annual", "card"), "district": ("term", "annual"), "bureau": ("term", "annual")}


def show_downloads(desk: Desk, kind: str, **asked: object) -> None:
    """Links to the file in each format it is made in; nothing where no report of this kind is built yet."""
    if kind not in BUILDERS:
        return
    files = [(form, f"/export/{kind}?{urlencode({**asked, 'format': form})}") for form in formats_of(kind)]
    st.html(desk.html("downloads.html", kind=kind, files=files))


def show_reports(desk: Desk) -> None:
    """The reports of this term and year that a role writes; gaps in them are for people to fill."""
    kinds = OFFERED.get(desk.viewer.role, ())
    show_section(desk, desk.t("download.title"), desk.t("download.help"))
    for kind in kinds:
        show_downloads(desk, kind)
