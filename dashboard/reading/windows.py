"""A released window: an interval of counts, or nothing and the reason why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.published import Row


@dataclass(frozen=True)
class Window:
    """Counts [lo, hi] of about r_about answers; shares in percent, rounded outwards. All None where hidden."""

    lo: int | None = None
    hi: int | None = None
    share_lo: int | None = None
    share_hi: int | None = None
    r_about: int | None = None
    trend: str | None = None
    compared: str | None = None
    reason: str = "no_row"

    @property
    def is_shown(self) -> bool:
        return self.lo is not None and self.hi is not None

    @property
    def share_middle(self) -> float | None:
        """Middle of the released share, for a dot or a shade; it says no more than the window does."""
        if self.share_lo is None or self.share_hi is None:
            return None
        return (self.share_lo + self.share_hi) / 2


HIDDEN = Window()


def build_window(row: Row) -> Window:
    """The window of a row; a row with half a window is taken as hidden."""
    trend, compared, reason = row.get("trend"), row.get("compared"), row.get("suppression_reason")
    if row.get("lo") is None or row.get("hi") is None or reason:
        return Window(reason=reason or "no_row")
    numbers = {key: _integer(row.get(key)) for key in ("lo", "hi", "share_lo", "share_hi", "r_about")}
    return Window(**numbers, trend=trend, compared=compared, reason="")


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)
