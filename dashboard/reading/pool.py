"""A school under a hundred answers, seen as one unit over the two waves of a school year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import yaml

from dashboard.desk import Desk
from dashboard.published import Row
from dashboard.reading.signs import Reason
from dashboard.reading.windows import HIDDEN, Window, build_window
from dashboard.settings import REFERENCE


@dataclass(frozen=True)
class Pool:
    """What is said of two waves together. Counts are answers: a student who answered twice counts twice."""

    waves: tuple[str, str]
    level: str
    kind: str | None
    rule: str | None
    raised: tuple[Reason, ...]
    silence: str | None
    windows: dict[str, Window]
    cuts: dict[str, int]
    places: dict[str, dict[str, Window]]

    @property
    def r_about(self) -> int | None:
        """Answers of both waves, as far as a released window says them."""
        held = [*self.windows.values(), *(window for areas in self.places.values() for window in areas.values())]
        return max((window.r_about for window in held if window.r_about is not None), default=None)


@cache
def list_areas() -> tuple[str, ...]:
    """Areas of a small school in the order of the code list."""
    return tuple(yaml.safe_load((REFERENCE / "areas.yml").read_text(encoding="utf-8"))["areas"])


def build_pool(desk: Desk, school: str) -> Pool | None:
    """The latest pool up to the release's wave; None where no two waves of a school year are there yet."""
    signals = _mine(desk, "pub_school_pool_signal", school)
    if not signals:
        return None
    told = max(signals, key=lambda row: row["wave"])
    held = [row for row in _mine(desk, "pub_school_pool_indicator", school) if row["wave"] == told["wave"]]
    reasons = {row["indicator"]: _reason(row) for row in held}
    codes = [code for code in (told["raised"] or "").split(",") if code]
    return Pool(
        waves=(told["pooled_with"], told["wave"]),
        level=told["level"],
        kind=told["kind"],
        rule=told["rule_id"],
        raised=tuple(reasons.get(code, Reason(code, None, None, None)) for code in codes),
        silence=told["reason"],
        cuts={code: reason.e1 for code, reason in reasons.items() if reason.e1 is not None},
        windows={row["indicator"]: build_window(row) for row in held},
        places=_build_areas(desk, school, told["wave"]),
    )


def _build_areas(desk: Desk, school: str, wave: str) -> dict[str, dict[str, Window]]:
    """Measure → area → window; every area, hidden where nothing was released."""
    held: dict[str, dict[str, Window]] = {}
    for row in _mine(desk, "pub_school_pool_place", school):
        if row["wave"] == wave:
            held.setdefault(row["measure"], {})[row["area"]] = build_window(row)
    return {measure: {area: found.get(area, HIDDEN) for area in list_areas()} for measure, found in held.items()}


def _mine(desk: Desk, table: str, school: str) -> list[Row]:
    return [row for row in desk.rows(table, school_id=school) if row["wave"] <= desk.wave]


def _reason(row: Row) -> Reason:
    band, e1, e2 = (None if row[key] is None else int(row[key]) for key in ("band", "e1", "e2"))
    return Reason(row["indicator"], band, e1, e2)
