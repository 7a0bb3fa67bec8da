"""Does a release stand? The figures of the attack, and the tables that must be withheld for the whole wave."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from pipelines.policy import Policy
from pipelines.release.insider import FRIENDS

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


def failed_tables(bounds: pd.DataFrame, policy: Policy) -> frozenset[tuple[str, str]]:
    """(kind, cell) of every table in which some cell keeps too few candidates; a place table fails as a whole."""
    wanted = policy.count("audit.outsider_candidates")
    failing = bounds["high"] - bounds["low"] + 1 < (bounds["r"] + 1).clip(upper=wanted)
    failing |= (bounds["insider"] < INSIDER_CANDIDATES) & (bounds["r"] > FRIENDS)
    bad = bounds[failing]
    return frozenset(_table(kind, cell) for kind, cell in zip(bad["kind"], bad["cell"], strict=True))


def _table(kind: str, cell: str) -> tuple[str, str]:
    """The table to blame: places go together, and a segment, which is never shown, gives away what schools say."""
    if kind.startswith("place"):
        return kind, "*"
    return ("school" if kind == "segment" else kind), cell
