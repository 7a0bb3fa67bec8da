"""Does a release stand? The figures of the attack, and the tables that must be withheld for the whole wave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from pipelines.policy import Policy
from pipelines.release.insider import FRIENDS

SAID_AT = {"place": ("school", "grade"), "place_time": ("school",), "calm": ("grade",)}
INSIDER_CANDIDATES = 2  # fewer, and some other student's answer is forced


@dataclass(frozen=True)
class AuditFigures:
    """What the audit prints; `forced` counts cells in which four insiders learn another's answer.

    A cell with fewer than four answers cannot have five candidates and counts apart.
    """

    cells: int
    protected: int
    recovered: int
    min_candidates: int
    min_candidates_insider: int
    forced: int
    seconds: float

    def as_json(self) -> dict[str, float | int]:
        return asdict(self)


def build_figures(bounds: pd.DataFrame, policy: Policy, seconds: float) -> AuditFigures:
    """Figures of one attack; `bounds` as made by build_bounds."""
    wanted = policy.count("audit.outsider_candidates")
    protected = bounds[bounds["r"] >= wanted - 1]
    candidates = protected["high"] - protected["low"] + 1
    inside = bounds.loc[bounds["r"] > FRIENDS, "insider"]
    return AuditFigures(
        cells=len(bounds),
        protected=len(protected),
        recovered=int((candidates == 1).sum()),
        min_candidates=int(candidates.min()) if len(candidates) else wanted,
        min_candidates_insider=int(inside.min()) if len(inside) else INSIDER_CANDIDATES,
        forced=int((inside < INSIDER_CANDIDATES).sum()),
        seconds=round(seconds, 3),
    )


def failed_tables(bounds: pd.DataFrame, policy: Policy, said_in: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """(kind, table) of every table in which some cell keeps too few candidates; `said_in`: cell → its table."""
    wanted = policy.count("audit.outsider_candidates")
    failing = bounds["high"] - bounds["low"] + 1 < (bounds["r"] + 1).clip(upper=wanted)
    failing |= (bounds["insider"] < INSIDER_CANDIDATES) & (bounds["r"] > FRIENDS)
    bad = bounds[failing]
    cells = set(zip(bad["kind"], bad["cell"], strict=True))
    return frozenset(table for kind, cell in cells for table in _tables(kind, said_in.get(cell, cell)))


def _tables(kind: str, table: str) -> list[tuple[str, str]]:
    """The tables to blame: places and calm classes fail as a whole, wherever the thin cell stands; a segment, which is
    never shown, gives away what schools say.
    """
    table = "calm" if table == "rest" else table
    if table in SAID_AT:
        return [(level, table) for level in SAID_AT[table]]
    return [("school" if kind == "segment" else kind, table)]
