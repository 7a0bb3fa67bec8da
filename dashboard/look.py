"""The look as domain code: what a colour, a mark or an arrow means. No green for "no signal"; up is not good or bad.

Levels differ in lightness and in shape as well as in hue, so that they can be told apart without colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

LEVELS = ("urgent", "warning", "watch", "no_conclusion", "no_group_signal")  # order of lists
MARKS = {
    "urgent": "◆",
    "warning": "▲",
    "watch": "●",
    "no_conclusion": "–",
    "no_group_signal": "○",
    "up": "↗",
    "same": "→",
    "down": "↘",
    "hidden": "·",
    "raised": "◆",
    "no_statement": "–",
}
SYMBOLS = {
    "urgent": "diamond",
    "warning": "triangle-up",
    "watch": "circle",
    "no_conclusion": "line-ew-open",
    "no_group_signal": "circle-open",
}
FONT = (
    "'Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'HarmonyOS Sans SC', 'Microsoft YaHei', "
    "system-ui, sans-serif"
)


@dataclass(frozen=True, eq=False)  # there are two, told apart by which they are
class Palette:
    """One light, one dark. `sea` is the one-hue scale of the maps, from few to many."""

    paper: str
    card: str
    ink: str
    muted: str
    line: str
    accent: str
    levels: dict[str, str]
    sea: tuple[str, ...]


LIGHT = Palette(
    paper="#faf9f6",
    card="#ffffff",
    ink="#1e2733",
    muted="#5a6572",
    line="#e3e0d8",
    accent="#2f4f7d",
    levels={
        "urgent": "#8f1640",
        "warning": "#b04c06",
        "watch": "#8a6500",
        "no_conclusion": "#7d8590",
        "no_group_signal": "#7d8590",
    },
    sea=("#eef2f7", "#cfdbe9", "#9fb8d3", "#6a8fb9", "#3f6799", "#274873"),
)
DARK = Palette(
    paper="#14181e",
    card="#1b2129",
    ink="#e9e6df",
    muted="#a4adb8",
    line="#2d353f",
    accent="#93b5e1",
    levels={
        "urgent": "#ff86ad",
        "warning": "#f79a55",
        "watch": "#e3bd4f",
        "no_conclusion": "#8d96a1",
        "no_group_signal": "#8d96a1",
    },
    sea=("#222a34", "#2c3d52", "#3b5878", "#5078a2", "#74a0cc", "#a9cdf0"),
)


def palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT


def sea_at(look: Palette, strength: float) -> tuple[float, float, float]:
    """Red, green, blue (0-255) of the maps' scale at a strength of 0 to 1."""
    at = strength * (len(look.sea) - 1)
    left = min(int(at), len(look.sea) - 2)
    ends = [rgb(colour) for colour in look.sea[left : left + 2]]
    red, green, blue = (a + (b - a) * (at - left) for a, b in zip(*ends, strict=True))
    return red, green, blue


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(ground: tuple[float, float, float]) -> str:
    """Black or white: one of them has at least 4.58:1 on any ground, which our softer ink and paper have not."""
    return max(("#000000", "#ffffff"), key=lambda colour: contrast(ground, rgb(colour)))


def ink_on(strength: float | None, look: Palette) -> str:
    """The colour of words on a map's cell; muted where it is hidden."""
    return look.muted if strength is None else readable_on(sea_at(look, strength))


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green, blue (0-255) of "#rrggbb"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def width_of(words: str, size: int) -> int:
    """Pixels that a line of words needs at most, in whichever of our fonts a browser has."""
    return ceil(size * sum(_em(letter) for letter in words))


def _em(letter: str) -> float:
    """Chinese letters and marks are square; of the others capitals, m and w are wide."""
    if ord(letter) >= 0x2000:
        return 1.0
    return 0.78 if letter.isupper() or letter in "mw@%" else 0.6
