"""Does a release stand? The figures of the attack, and the tables that must be withheld for the whole wave."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from pipelines.problems import CannotDo
from pipelines.release.policy import Policy


@dataclass(frozen=True)
class AuditFigures:
    """What the audit prints. A cell with fewer than four answers cannot have five candidates and counts apart."""

    cells: int
    protected: int
    recovered: int
    min_candidates: int
    min_candidates_insider: int | None
    forced: int | None
    seconds: float

    def as_json(self) -> dict[str, float | int | None]:
        return asdict(self)


def build_figures(bounds: pd.DataFrame, policy: Policy, seconds: float) -> AuditFigures:
    """Figures of one attack; `bounds` as made by build_bounds."""
    wanted = policy.count("audit.outsider_candidates")
    protected = bounds[bounds["r"] >= wanted - 1]
    candidates = protected["high"] - protected["low"] + 1
    return AuditFigures(
        cells=len(bounds),
        protected=len(protected),
        recovered=int((candidates == 1).sum()),
        min_candidates=int(candidates.min()) if len(candidates) else wanted,
        min_candidates_insider=None,
        forced=None,
        seconds=round(seconds, 3),
    )


def failed_tables(bounds: pd.DataFrame, policy: Policy) -> frozenset[tuple[str, str]]:
    """(kind, cell) of every table in which some cell keeps too few candidates; a place table fails as a whole."""
    wanted = policy.count("audit.outsider_candidates")
    failing = bounds["high"] - bounds["low"] + 1 < (bounds["r"] + 1).clip(upper=wanted)
    if "old_high" in bounds:
        failing |= bounds["old_high"] - bounds["old_low"] + 1 < (bounds["old_r"] + 1).clip(upper=wanted)
    bad = bounds[failing]
    return frozenset(
        (kind, "*" if kind.startswith("place") else cell) for kind, cell in zip(bad["kind"], bad["cell"], strict=True)
    )


def check_late_answers(bounds: pd.DataFrame, policy: Policy) -> None:
    """Raise CannotDo where a further release would rest on 1 to 9 answers more, or on fewer than before."""
    if "more" not in bounds:
        return
    changed = bounds.loc[(bounds["kind"] == "class") & (bounds["more"].fillna(0) != 0)]
    least = policy.count("audit.late_answers")
    few = changed.loc[changed["more"] < least, "unit_id"].nunique()
    if few:
        raise CannotDo(
            f"{few} classes would change by fewer than {least} answers"
            " since the last release of this wave, so the difference could be read",
            next_step="keep the last release, or add the late answers of these classes once there are enough of them",
        )
