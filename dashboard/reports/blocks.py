"""What a report is made of. A figure is given as released windows; every renderer draws the same blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

AXES = (8, 12, 20, 40, 60, 80, 100, 10**9)


@dataclass(frozen=True)
class Heading:
    """level 1: a chapter, 2: a section."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """A paragraph. style: plain, note (small), creed (framed: what must be read first)."""

    text: str
    style: str = "plain"


@dataclass(frozen=True)
class Lines:
    """A numbered or plain list."""

    lines: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells as they are shown; the first column is the label. to_write: empty columns are filled in by hand."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    to_write: bool = False


@dataclass(frozen=True)
class Bar:
    """A released share from lo to hi percent; None where it is hidden, and then `note` says why."""

    label: str
    lo: int | None
    hi: int | None
    note: str = ""


@dataclass(frozen=True)
class Bars:
    """Intervals on one axis from 0 to `top` percent, each with its numbers beside it. alt: the picture in words."""

    title: str
    bars: tuple[Bar, ...]
    alt: str
    unit: str = "%"

    @property
    def top(self) -> int:
        """End of the axis: the next one above the largest shown end that has four even quarters."""
        largest = max((bar.hi for bar in self.bars if bar.hi is not None), default=0)
        return next(end for end in AXES if end >= largest)


@dataclass(frozen=True)
class Picture:
    """An evidence picture, cleaned of metadata; media: image/jpeg or image/png."""

    content: bytes = field(repr=False)
    media: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Gap:
    """What a person has yet to write; listed before the report begins. is_in_table: a cell says where it goes."""

    text: str
    is_in_table: bool = False


@dataclass(frozen=True)
class Break:
    """A new page."""


@dataclass(frozen=True)
class Signature:
    """Lines to sign and date on paper."""

    lines: tuple[str, ...]


Block = Heading | Text | Lines | Table | Bars | Picture | Gap | Break | Signature


@dataclass(frozen=True)
class Report:
    """A whole report. facts: pairs under the title (school, term, release …); foot: on every page."""

    kind: str
    language: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    foot: str
    made_on: date
    words: dict[str, str]  # the renderers' own few words: gap, gaps_title, page, hidden

    @property
    def gaps(self) -> tuple[str, ...]:
        return tuple(block.text for block in self.blocks if isinstance(block, Gap))
