"""An earlier release of the same wave, laid beside the new one unit by unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.problems import CannotDo
from pipelines.release.audit import Knowledge, Past
from pipelines.release.bounds import cell_names
from pipelines.release.cube import Cube
from pipelines.release.tree import Level, at
from pipelines.release.values import Values
from pipelines.release.windows import Counts


def build_past(earlier: pd.DataFrame, levels: list[Level], values: Values, cube: Cube, policy: Policy) -> Past:
    """The earlier release's bounds in the new one's order; `earlier` as made by build_bounds.

    Raises CannotDo where units don't correspond, or where a class changed by too few answers: then the difference of
    the two releases could be read.
    """
    names = cell_names(cube)
    check_same_units(earlier, levels, names)
    old = {level.kind: _arrays(earlier, level.kind, level.ids, names[level.kind], level.r.shape) for level in levels}
    schools = levels[at("school")].ids
    place = _arrays(earlier, "place", schools, names["place"], values.place.r.shape)
    cells = _arrays(earlier, "place_time", schools, names["place_time"], values.place_time.r.shape)
    more = [level.r - old[level.kind][0] for level in levels]
    check_late_answers(more[0], policy)
    return Past(
        known=Knowledge(
            [old[level.kind][1] for level in levels], [old[level.kind][2] for level in levels], place[1:], cells[1:]
        ),
        levels=[replace(level, r=old[level.kind][0]) for level in levels],
        place_r=place[0],
        more=more,
        more_place=values.place.r - place[0],
        more_cells=values.place_time.r - cells[0],
    )


def _arrays(
    rows: pd.DataFrame, kind: str, ids: tuple[str, ...], cells: list[str], shape: tuple[int, ...]
) -> tuple[Counts, Counts, Counts]:
    """r, low, high of one kind, in the order of ids and cells, in the shape of the new table."""
    wanted = pd.MultiIndex.from_product([ids, cells], names=["unit_id", "cell"])
    found = rows[rows["kind"] == kind].set_index(["unit_id", "cell"]).reindex(wanted)
    r, low, high = (found[name].to_numpy(np.int64).reshape(shape).copy() for name in ("r", "low", "high"))
    return r, low, high


def check_same_units(earlier: pd.DataFrame, levels: list[Level], names: dict[str, list[str]]) -> None:
    """Raise CannotDo unless both releases speak of the same units and indicators."""
    for level in levels:
        rows = earlier[earlier["kind"] == level.kind]
        if set(rows["unit_id"]) != set(level.ids) or set(rows["cell"]) != set(names[level.kind]):
            raise CannotDo(
                f"the {level.kind} units or indicators are not those of the last release of this wave,"
                " so the two releases together could not be audited",
                next_step="keep the last release; a changed class list takes effect with the next wave",
            )


def check_late_answers(more: Counts, policy: Policy) -> None:
    """Raise CannotDo where a class gained 1 to 9 answers, or lost any. `more` as (classes, indicators)."""
    least = policy.count("audit.late_answers")
    few = int(((more != 0) & (more < least)).any(axis=1).sum())
    if few:
        raise CannotDo(
            f"{few} classes would change by fewer than {least} answers since the last release of this wave,"
            " so the difference could be read",
            next_step="keep the last release, or add the late answers of these classes once there are enough of them",
        )
