"""did what a measure should move rise, stay or fall? A look-up in the release; nothing is computed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import published
from dashboard.casework.values import Measure, Turn
from dashboard.viewer import Viewer

DIRECTION = {"up": "rose", "same": "stayed", "down": "fell"}
UNKNOWN = Turn("cannot_tell", "")
# what a measure moves: (table, id column, the column that holds the measure's indicator)
TABLES = {
    "class": ("pub_class_wave_indicator", "class_id", "indicator"),
    "grade": ("pub_grade_wave_indicator", "grade_id", "indicator"),
    "school": ("pub_school_wave_indicator", "school_id", "indicator"),
    "place": ("pub_school_wave_place", "place_group", "measure"),
    "grade_place": ("pub_grade_wave_place", "place_group", "measure"),
}


def look_back(viewer: Viewer, measure: Measure, release: str) -> Turn:
    """What the first wave after the measure's own says of its cell, from the viewer's own file.

    cannot_tell with a wave: that wave is out and says nothing comparable; without: it isn't out yet.
    """
    waves = sorted(published.read_table(viewer, release, "pub_wave")["wave"])
    later = [wave for wave in waves if wave > measure.wave]
    if not later:
        return UNKNOWN
    found = _cells(viewer, release, measure)
    trends = found.loc[found["wave"] == later[0], "trend"] if len(found) else pd.Series(dtype=object)
    trend: Any = trends.iloc[0] if len(trends) == 1 else None
    return Turn(DIRECTION.get(trend, "cannot_tell") if isinstance(trend, str) else "cannot_tell", later[0])


def _cells(viewer: Viewer, release: str, measure: Measure) -> pd.DataFrame:
    """Rows of the cell that the measure names, one a wave."""
    table, key, named = TABLES[measure.moves_kind]
    frame = published.read_table(viewer, release, table)
    unit, _, place = measure.moves_id.rpartition("/") if measure.moves_kind == "grade_place" else ("", "", "")
    wanted = (frame[key] == (place or measure.moves_id)) & (frame[named] == measure.indicator)
    if unit:
        wanted &= frame["grade_id"] == unit
    return frame[wanted & (frame["school_id"] == measure.school_id)]
