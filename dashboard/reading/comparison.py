"""Schools set beside what is usual in schools like them, as released; and the two gaps. Never a rank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.reading.series import build_series
from dashboard.reading.units import Unit, build_units
from dashboard.reading.windows import HIDDEN, Window

COMPARISON, GAP = "pub_school_wave_comparison", "pub_school_wave_gap"
INSIDE = "inside"


@dataclass(frozen=True)
class Compared:
    """A school's window, and the shares (percent) that chance and ordinary differences leave a school like it.

    `place` says where the whole window lies; "" where the school isn't compared, and `reason` why.
    """

    unit: Unit
    window: Window
    expected: float | None = None
    usual: tuple[float, float] | None = None
    widest: tuple[float, float] | None = None
    place: str = ""
    reason: str = "no_row"


def build_compared(desk: Desk, indicator: str) -> list[Compared]:
    """The schools of this file in order of their names; not compared where the release has no funnel."""
    held = {}
    if desk.has(COMPARISON):
        held = {row["school_id"]: row for row in desk.rows(COMPARISON, wave=desk.wave, indicator=indicator)}
    series = build_series(desk, "school", indicator)
    found = []
    for unit in build_units(desk, "school").values():
        window, row = series.get(unit.id, {}).get(desk.wave, HIDDEN), held.get(unit.id, {})
        if row.get("expected") is None or row.get("place") is None:
            found.append(Compared(unit, window, reason=row.get("reason") or "no_row"))
            continue
        usual, widest = (row["low95"], row["high95"]), (row["low998"], row["high998"])
        found.append(Compared(unit, window, row["expected"], usual, widest, row["place"], ""))
    return found


def told_apart(held: Iterable[Compared]) -> tuple[int, int]:
    """How many schools are compared, and how many of them can be told apart from schools like them."""
    places = [one.place for one in held if one.place]
    return len(places), sum(place != INSIDE for place in places)


def build_gaps(desk: Desk) -> dict[str, tuple[str, str]]:
    """School → (witness–victim gap, gap between reported and said) of this wave; empty in an older release."""
    if not desk.has(GAP):
        return {}
    held = desk.rows(GAP, wave=desk.wave)
    return {row["school_id"]: (row["witness_gap"], row["reported_gap"]) for row in held}
