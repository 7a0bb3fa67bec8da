"""Figures reach the browser as plain HTML, with the script that draws them from our own door."""

from __future__ import annotations

import gzip
import json
from html.parser import HTMLParser

import plotly
from asgi_browser import Browser
from starlette.applications import Starlette

from dashboard.drawing import ADDRESS, routes, written
from dashboard.figures import Bar, interval_bars
from dashboard.gate import is_open, own_index
from dashboard.look import LIGHT
from dashboard.render import render

NASTY = """七年级'"><script>alert(1)</script>&amp;"""


class Tags(HTMLParser):
    """What a browser makes of the HTML: every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_figure_comes_out_of_its_attribute_as_it_went_in() -> None:
    """Whatever a class list holds: no name may end the attribute, and none is changed on the way."""
    figure = interval_bars([Bar(NASTY, 3.0, 5.0, NASTY)], LIGHT, NASTY)
    html = render("figure.html", "zh_CN", key="bars", alt=NASTY, **written(figure))
    ((tag, held),) = Tags(html).found
    assert tag == "div" and held["aria-label"] == NASTY and held["class"] == "ax-chart"
    assert json.loads(held["data-figure"] or "") == json.loads(figure.to_json())
    assert f"height: {figure.layout.height}px" in (held["style"] or "")


def test_plotly_comes_compressed_from_an_address_that_names_its_version() -> None:
    """The browser keeps it for good: another version must have another address."""
    reply = Browser(Starlette(routes=routes())).get(ADDRESS)
    assert reply.header("content-encoding") == "gzip" and "immutable" in reply.header("cache-control")
    script = gzip.decompress(reply.content)
    assert b"plotly.js v" in script[:200] and len(reply.content) < len(script) / 3
    assert plotly.__version__ in ADDRESS and is_open(ADDRESS)


def test_the_index_page_tells_the_drawer_where_plotly_is() -> None:
    page = own_index('<html lang="en"><head><script></script></head></html>', "zh_CN")
    drawer = [held for tag, held in Tags(page).found if held.get("src") == "/look/figures.js"]
    assert [held["data-plotly"] for held in drawer] == [ADDRESS]
