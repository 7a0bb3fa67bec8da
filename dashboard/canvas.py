"""What all figures share: our paper and type, the room for names, and that each is drawn and written out only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from html import unescape
from typing import Any

import plotly.graph_objects as go

from dashboard.look import FONT, Palette, width_of

STANDOFF = 6  # pixels between a row's name and its row


class Drawn(go.Figure):
    """A finished figure, written out once: Plotly would copy and convert every value of it for each reader."""

    _written = ""

    def to_json(self, *asked: Any, **more: Any) -> str:
        if asked or more:
            return str(super().to_json(*asked, **more))
        self._written = self._written or str(super().to_json())
        return self._written


def drawn_once(draw: Callable[..., Drawn]) -> Callable[..., Drawn]:
    """A figure is made of released values and a palette alone: the same ones need not be drawn for each click."""
    kept = lru_cache(maxsize=512)(draw)

    @wraps(draw)
    def drawn(*asked: object) -> Drawn:
        return kept(*(tuple(part) if isinstance(part, list) else part for part in asked))

    return drawn


def widest(names: Sequence[str], size: int) -> int:
    """Room at the left for the longest line of any name, in pixels."""
    lines = [line for name in names for line in name.split("<br>")]
    return 8 + STANDOFF + max((width_of(unescape(line), size) for line in lines), default=0)


def font(colour: str, size: int) -> dict[str, object]:
    return {"family": FONT, "color": colour, "size": size}


def finish(
    traces: Sequence[go.Bar | go.Scatter | go.Heatmap],
    look: Palette,
    *,
    height: int,
    x: dict[str, Any],
    y: dict[str, Any],
    left: int,
    top: int = 8,
    bottom: int = 8,
    **layout: Any,
) -> Drawn:
    """Traces on our paper, in our type, without a template of Plotly's. `left` is the room for the names of the rows.

    All at once: Plotly checks the whole layout anew for every part that is set later, which took longer than the rest.
    The browser is told the room, and that all names fit: to find it out it draws them twice and measures each.
    """
    ours = {
        "template": "none",
        "height": height,
        "margin": {"l": left, "r": 12, "t": top, "b": bottom},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font(look.ink, 13),
        "hoverlabel": {"bgcolor": look.card, "bordercolor": look.line, "font": font(look.ink, 13), "align": "left"},
        "dragmode": False,
        "xaxis": {"ticklabeloverflow": "allow", **x},
        "yaxis": {"ticklabeloverflow": "allow", "ticklabelstandoff": STANDOFF, **y},
    }
    return Drawn(data=list(traces), layout={**ours, **layout})
