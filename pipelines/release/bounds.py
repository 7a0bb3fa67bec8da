"""What an outsider can conclude of a release, kept as rows, so that a further release of the wave meets it again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.release.audit import Knowledge
from pipelines.release.cube import Cube
from pipelines.release.insider import insider_candidates, own_candidates
from pipelines.release.relations import build_relations
from pipelines.release.tree import KINDS, Level, at
from pipelines.release.windows import Counts

COLUMNS = ["kind", "unit_id", "cell", "r", "low", "high", "insider"]


def cell_names(cube: Cube) -> dict[str, list[str]]:
    """Names of the cells of each kind, in the order of the arrays."""
    codes = [fact.code for fact in cube.indicators]
    names = dict.fromkeys(KINDS, codes)
    names["place"] = [f"{measure}/{group}" for measure in cube.measures for group in cube.place_groups]
    names["place_time"] = [f"{place}/{time}" for place in cube.place_groups for time in cube.time_groups]
    return names


def build_bounds(
    known: Knowledge, levels: list[Level], place_r: Counts, cells_r: Counts, cube: Cube, sampled: list[Counts]
) -> pd.DataFrame:
    """One row per unit per cell (an indicator, a place, a place × time).

    r, the outsider's bounds, and the fewest candidates that four insiders leave for the others' answers; `sampled`:
    what friends left in the sample, per level.
    """
    schools, names = list(levels[at("school")].ids), cell_names(cube)
    inside = map(np.minimum, insider_candidates(known, levels, build_relations(cube)), sampled)
    frames = [
        _rows(level.kind, list(level.ids), names[level.kind], level.r, (low, high, fewest))
        for level, low, high, fewest in zip(levels, known.low, known.high, inside, strict=True)
    ]
    for kind, r, bounds in (("place", place_r, known.place), ("place_time", cells_r, known.cells)):
        frames.append(_rows(kind, schools, names[kind], r, (*bounds, own_candidates(*bounds, r))))
    return pd.concat(frames, ignore_index=True)


def _rows(kind: str, ids: list[str], cells: list[str], r: Counts, known: tuple[Counts, ...]) -> pd.DataFrame:
    keys = {
        "kind": kind,
        "unit_id": np.repeat(np.array(ids, dtype=object), len(cells)),
        "cell": np.tile(np.array(cells, dtype=object), len(ids)),
    }
    values = dict(zip(COLUMNS[3:], (r, *known), strict=True))
    return pd.DataFrame(keys | {name: array.reshape(-1) for name, array in values.items()})
