"""What an outsider can conclude of a release, kept as rows, so that a further release meets it again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipelines.release.audit import Knowledge
from pipelines.release.insider import insider_candidates
from pipelines.release.relations import Relations
from pipelines.release.slack import FRIENDS
from pipelines.release.tree import Level
from pipelines.release.windows import Counts

COLUMNS = ["kind", "unit_id", "cell", "r", "low", "high", "insider"]


def build_bounds(
    known: Knowledge, levels: list[Level], relations: Relations, cells: Sequence[str], answers: Sequence[int] = ()
) -> pd.DataFrame:
    """One row per unit per cell (a column's code): r, the outsider's bounds, and the fewest candidates (as many as
    there are friends at most) that four insiders leave for the others' answers. `answers`: as for insider_candidates.

    Made columns have no rows: they follow from the others.
    """
    kept = len(cells) - len(relations.made)
    inside = [np.minimum(left, FRIENDS) for left in insider_candidates(known, levels, relations, answers)]
    arrays = [[level.r for level in levels], known.low, known.high, inside]
    values = [in_rows(parts, kept) for parts in arrays]
    return pd.DataFrame(bound_keys(levels, cells[:kept]) | dict(zip(COLUMNS[3:], values, strict=True)))


def with_friends(bounds: pd.DataFrame, fewest: Sequence[Counts], relations: Relations) -> pd.DataFrame:
    """The rows with what friends left in the sample, per level, where that is less."""
    left = in_rows(fewest, fewest[0].shape[1] - len(relations.made))
    return bounds.assign(insider=np.minimum(bounds["insider"].to_numpy(), left))


def in_rows(parts: Sequence[Counts], kept: int) -> Counts:
    """The first columns of all levels, unit by unit."""
    return np.concatenate([part[:, :kept].reshape(-1) for part in parts])


def bound_keys(levels: list[Level], cells: Sequence[str]) -> dict[str, pd.Categorical]:
    """kind, unit_id and cell of every row, level by level; as codes, for there are hundreds of thousands."""
    width, sizes = len(cells), [len(level.ids) for level in levels]
    names = pd.Index(dict.fromkeys(unit for level in levels for unit in level.ids))
    units = np.concatenate([names.get_indexer(list(level.ids)) for level in levels])
    return {
        "kind": pd.Categorical.from_codes(
            np.repeat(np.arange(len(levels)), [size * width for size in sizes]), [level.kind for level in levels]
        ),
        "unit_id": pd.Categorical.from_codes(np.repeat(units, width), names),
        "cell": pd.Categorical.from_codes(np.tile(np.arange(width), sum(sizes)), list(cells)),
    }
