"""An earlier release of the same wave, laid beside the new one unit by unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.problems import CannotDo
from pipelines.release.audit import Knowledge, Linked
from pipelines.release.columns import SURVEY_BANDS
from pipelines.release.made import Release
from pipelines.release.tree import Level, sum_children
from pipelines.release.values import BaseRates, Values, rate_ends
from pipelines.release.windows import Counts


def build_past(earlier: Release, levels: list[Level], values: Values, policy: Policy) -> Linked:
    """What the earlier release lets anybody conclude, in the new one's order, with the rates that it published.

    A unit that is new held no answer then. Raises CannotDo where a unit with answers is gone, or where a class changed
    by too few answers: then the difference of the two releases could be read.
    """
    cells = [fact.code for fact in values.columns]
    check_units_kept(earlier.bounds, levels, cells)
    old = [arrays_of(earlier.bounds, level, cells) for level in levels]
    more = [level.r - r for level, (r, _, _) in zip(levels, old, strict=True)]
    # Which classes are calm may change with late answers: these columns are tied through `persistent` alone, and made
    # ones through the columns they follow from.
    loose = [bool(fact.part_of) or fact.made for fact in values.columns]
    tied = np.flatnonzero(~np.array(loose, dtype=bool))
    check_late_answers(more[0][:, tied], policy)

    def tie(known: Knowledge, past: Knowledge) -> None:
        for depth, added in enumerate(more):
            meet(known, past, depth, added, tied)

    base = rates_said(points_of(earlier.tables["pub_band_wave_base"], cells), old[0][0], values)
    return replace(link_release(earlier.bounds, levels, values), base=base, tie=tie)


def points_of(published: pd.DataFrame, codes: Sequence[str]) -> Counts:
    """(bands, columns): the rates of pub_band_wave_base in points, -1 where none is published."""
    points = published.dropna(subset=["rate"]).set_index(["band", "indicator"])["rate"].astype("int64").to_dict()
    return np.array([[points.get((band, code), -1) for code in codes] for band in SURVEY_BANDS], dtype=np.int64)


def rates_said(rate: Counts, r: Counts, values: Values) -> BaseRates:
    """The base rates of an earlier release: its points; r: (classes, columns), its answers in the new one's order."""
    answers = sum_children(r, values.base.band_of_class, len(SURVEY_BANDS))
    low, high = rate_ends(rate, answers)
    return replace(values.base, rate=rate, low=low, high=high)


def link_release(bounds: pd.DataFrame, levels: list[Level], values: Values) -> Linked:
    """A release's bounds in the order of these levels and columns, tied to nothing yet."""
    old = [arrays_of(bounds, level, [fact.code for fact in values.columns]) for level in levels]
    return Linked(
        known=Knowledge([low for _, low, _ in old], [high for _, _, high in old]),
        levels=[replace(level, r=r) for level, (r, _, _) in zip(levels, old, strict=True)],
        relations=values.relations,
        base=None,
        tie=lambda *_: None,
    )


def meet(known: Knowledge, past: Knowledge, depth: int, more: Counts, columns: Counts) -> None:
    """Answers are only ever added: old ≤ new ≤ old + more, cell by cell, in place."""
    low, high = known.low[depth][:, columns], known.high[depth][:, columns]
    old_low, old_high, added = past.low[depth][:, columns], past.high[depth][:, columns], more[:, columns]
    known.low[depth][:, columns] = low = np.maximum(low, old_low)
    known.high[depth][:, columns] = high = np.minimum(high, old_high + added)
    past.low[depth][:, columns] = np.maximum(old_low, low - added)
    past.high[depth][:, columns] = np.minimum(old_high, high)


def arrays_of(rows: pd.DataFrame, level: Level, cells: list[str]) -> tuple[Counts, Counts, Counts]:
    """r, low, high of one level in the order of its units and of cells; 0 for units that weren't there.

    A cell that isn't kept of any unit is 0 to all answers.
    """
    mine = rows[rows["kind"] == level.kind]
    unit, cell = pd.Index(level.ids).get_indexer(mine["unit_id"]), pd.Index(cells).get_indexer(mine["cell"])
    kept = (unit >= 0) & (cell >= 0)
    found = [np.zeros(level.r.shape, np.int64) for _ in range(3)]
    for array, name in zip(found, ("r", "low", "high"), strict=True):
        array[unit[kept], cell[kept]] = mine[name].to_numpy(np.int64)[kept]
    unkept = np.setdiff1d(np.arange(len(cells)), cell)
    for array in (found[0], found[2]):
        array[:, unkept] = level.r[:, unkept]
    return found[0], found[1], found[2]


def check_units_kept(earlier: pd.DataFrame, levels: list[Level], cells: list[str]) -> None:
    """Raise CannotDo unless the new release speaks of every unit that held answers, and of the same columns."""
    for level in levels:
        rows = earlier[(earlier["kind"] == level.kind) & (earlier["r"] > 0)]
        gone = sorted(set(rows["unit_id"].astype(str)) - set(level.ids))
        if gone:
            raise CannotDo(
                f"{len(gone)} {level.kind} units of the last release of this wave are missing or have another id"
                f" ({', '.join(gone[:3])}{' …' if len(gone) > 3 else ''}),"
                " so the two releases together could not be audited",
                next_step="load the late answers against the class list the wave was first loaded with: renamed"
                " classes keep their class_id, merged ones stay apart; a changed list takes effect with the next wave",
            )
        if set(rows["cell"].astype(str)) - set(cells):
            raise CannotDo(
                "the last release of this wave counted other indicators, so the two could not be audited together",
                next_step="keep the last release; a changed instrument takes effect with the next wave",
            )


def check_late_answers(more: Counts, policy: Policy) -> None:
    """Raise CannotDo where a class gained 1 to 9 answers, or lost any. `more` as (classes, columns)."""
    least = policy.count("audit.late_answers")
    lost = int((more < 0).any(axis=1).sum())
    if lost:
        raise CannotDo(
            f"{lost} classes would have fewer answers than the last release of this wave told of,"
            " so what was taken away could be read out of the difference",
            next_step="keep the last release: what it told can't be taken back; answers withdrawn since count with the"
            " next wave, and a load that lost some is mended by loading all of them",
        )
    few = int(((more > 0) & (more < least)).any(axis=1).sum())
    if few:
        raise CannotDo(
            f"{few} classes would change by fewer than {least} answers since the last release of this wave,"
            " so the difference could be read",
            next_step="keep the last release, or add the late answers of these classes once there are enough of them",
        )


def first_grade_units(units: pd.DataFrame) -> dict[tuple[str, int], str]:
    """(school_id, grade) → grade unit of the wave's first release; `units` is its pub_unit."""
    classes = units[units["unit_kind"] == "class"]
    home = classes["parent_id"].str.rsplit(":", n=1).str[0]
    return dict(zip(zip(home, classes["grade"].astype(int), strict=True), classes["parent_id"], strict=True))
