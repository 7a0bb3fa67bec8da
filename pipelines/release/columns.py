"""Everything that is counted is a column of the cube: indicators, places, places × times, calm classes.

So one tree, one set of relations and one attack hold them all, and what links two tables is a relation between columns.
Indicators come first, in their own order.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipelines.release.cube import Cube, IndicatorFacts

SURVEY_BANDS = ("g34", "g56", "jr", "sr", "voc")
PLACE_TABLES = ("place", "place_time")
CALM, REST = "persistent/calm", "persistent/rest"


def with_places(cube: Cube) -> Cube:
    """The cube with a column for each place and measure (from the grades) and for each place × time (schools alone).

    A student names one place where it happens most, and any number of avoided ones, which make up `avoids`; a place ×
    time lies within its place. Cells come before places: windows are cut in this order.
    """
    cells = [
        _place_fact(f"{place}/{time}", "place_time", "school", within=(f"happens/{place}",))
        for place in cube.place_groups
        for time in cube.time_groups
    ]
    happens = [_place_fact(f"happens/{place}", "place", "grade", question="place_top") for place in cube.place_groups]
    avoided = [_place_fact(f"avoided/{place}", "place", "grade", within=("avoids",)) for place in cube.place_groups]
    codes = tuple(fact.code for fact in avoided)
    facts = [replace(fact, covered_by=codes) if fact.code == "avoids" and codes else fact for fact in cube.indicators]
    counts = [cube.place_time, cube.place[:, 0], cube.place[:, 1]]
    return replace(
        cube,
        indicators=(*facts, *cells, *happens, *avoided),
        yes=np.hstack([cube.yes, *[part.reshape(len(cube.classes), -1) for part in counts]]),
    )


def with_areas(cube: Cube) -> Cube:
    """The cube with a column for each measure and area, as pooled waves have them; `avoids` is made up of areas."""
    if cube.area is None:
        return cube
    happens = [_place_fact(f"happens/{area}", "area", "school", question="place_top") for area in cube.areas]
    avoided = [_place_fact(f"avoided/{area}", "area", "school", within=("avoids",)) for area in cube.areas]
    codes = tuple(fact.code for fact in avoided)
    facts = [replace(fact, covered_by=codes) if fact.code == "avoids" and codes else fact for fact in cube.indicators]
    yes = np.hstack([cube.yes, cube.area.reshape(len(cube.classes), -1)])
    return replace(cube, indicators=(*facts, *happens, *avoided), yes=yes)


def _place_fact(code: str, table: str, lowest: str, within: tuple[str, ...] = (), question: str = "") -> IndicatorFacts:
    plain = IndicatorFacts(code, SURVEY_BANDS, within, (), False, None, "neutral", 1.0)
    return replace(plain, lowest_level=lowest, highest_level="school", question=question, table=table)


def with_calm(cube: Cube, calm: NDArray[np.bool_]) -> Cube:
    """The cube with `persistent` split over the classes whose released level is 'no group signal', and the rest.

    calm: (classes,). The calm part is said for grades, the rest never; they add up to `persistent` exactly.
    """
    if "persistent" not in cube.position():
        return cube
    whole = cube.indicators[cube.position()["persistent"]]
    count = cube.yes[:, [cube.position()["persistent"]]]
    parts = [
        replace(whole, code=code, table=table, part_of="persistent", within=(), highest_level="grade", question="")
        for code, table in ((CALM, "calm"), (REST, "rest"))
    ]
    held = np.stack([calm, ~calm], axis=1)
    return replace(
        cube,
        indicators=(*cube.indicators, *parts),
        yes=np.hstack([cube.yes, count * held]),
        left_out=np.hstack([cube.holes(), ~held]),
    )


def columns_of(columns: tuple[IndicatorFacts, ...], table: str) -> NDArray[np.int64]:
    """Positions of a table's columns, in order."""
    return np.array([column for column, fact in enumerate(columns) if fact.table == table], dtype=np.int64)
