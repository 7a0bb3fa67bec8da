"""The one place where a page offers a file. The address says what is wanted; who asks is decided there, anew."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.desk import Desk
from dashboard.server import BUILDERS

PAPER = ("pdf", "docx")
FORMATS = dict.fromkeys(("patrol", "card", "case", "incident"), PAPER) | {"inspection": (*PAPER, "xlsx")}


def show_downloads(desk: Desk, kind: str, **asked: object) -> None:
    """Links to the file in each format it is made in; nothing where no report of this kind is built yet."""
    if kind not in BUILDERS:
        return
    files = [(form, f"/export/{kind}?{urlencode({**asked, 'format': form})}") for form in FORMATS[kind]]
    st.html(desk.html("downloads.html", kind=kind, files=files))
