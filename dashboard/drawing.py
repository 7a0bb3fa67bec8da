"""Figures in the browser: plain HTML that assets/figures.js draws with Plotly, once the page around them stands.

Streamlit's own chart mounts each figure three or four times while the page waits for it; here it is drawn once.
"""

from __future__ import annotations

import gzip
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ADDRESS = f"/look/plotly-{version('plotly')}.js"  # another version has another address, so a browser may keep it
KEEP = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=31536000, immutable"}


def routes() -> list[Route]:
    """Plotly's script, as the Python package that builds the figures brings it."""

    async def send(_request: Request) -> Response:
        return Response(load_plotly(), media_type="text/javascript", headers=KEEP)

    return [Route(ADDRESS, send, methods=["GET"])]


@cache
def load_plotly() -> bytes:
    """The script compressed: 1.5 of 4.8 MB."""
    import plotly

    return gzip.compress((Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes())


def written(figure: go.Figure) -> dict[str, Any]:
    """What the template `figure.html` needs of a figure: its JSON, fit to stand in an attribute, and its height."""
    text = escape(figure.to_json(), quote=False).replace("'", "&#39;")
    return {"figure": Markup(text), "height": figure.layout.height}  # escaped the line above
