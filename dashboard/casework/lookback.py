"""did what a measure should move rise, stay or fall? A look-up in the release; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import published
from dashboard.casework.values import Measure, Turn
from dashboard.published import Row
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
    waves = sorted(row["wave"] for row in published.read_rows(viewer, release, "pub_wave"))
    later = [wave for wave in waves if wave > measure.wave]
    if not later:
        return UNKNOWN
    found = _cells(viewer, release, measure, later[0])
    return Turn(DIRECTION.get(found[0]["trend"], "cannot_tell") if len(found) == 1 else "cannot_tell", later[0])


def _cells(viewer: Viewer, release: str, measure: Measure, wave: str) -> Sequence[Row]:
    """Rows of the cell that the measure names in one wave."""
    table, key, named = TABLES[measure.moves_kind]
    unit, _, place = measure.moves_id.rpartition("/") if measure.moves_kind == "grade_place" else ("", "", "")
    asked = {"wave": wave, "school_id": measure.school_id, key: place or measure.moves_id, named: measure.indicator}
    return published.read_rows(viewer, release, table, **asked, **({"grade_id": unit} if unit else {}))
