"""What earlier releases told, given to the cube: a class's cuts rest on it, and on no hidden count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from pipelines.cuts import told_of
from pipelines.policy import Policy
from pipelines.release.cube import Cube
from pipelines.release.made import Release

# Earlier waves looked back on: two years.
HISTORY_WAVES = 4


def with_history(cube: Cube, earlier_releases: Sequence[Release], policy: Policy) -> Cube:
    """The cube with what the last release of each earlier wave, and of this one, told of its classes."""
    latest = {one.wave: one for one in earlier_releases if knows_answers(one)}
    earlier = sorted(wave for wave in latest if wave < cube.wave)[-HISTORY_WAVES:]
    before = tuple(told_of(latest[wave].tables, wave, policy) for wave in earlier)
    said = first_cuts(latest[cube.wave]) if cube.wave in latest else None
    return replace(cube, before=before, said_first=said)


def knows_answers(release: Release) -> bool:
    """Whether it tells how many answered in a class; releases of before 2026.2 didn't, and are no history."""
    signals = release.tables["pub_class_wave_signal"]
    return "r_about" in signals and bool(signals["r_about"].notna().all())


def first_cuts(release: Release) -> pd.DataFrame:
    """r_about and e1 of every class and indicator that the release shows."""
    shown = release.tables["pub_class_wave_indicator"].dropna(subset=["e1"])
    about = release.tables["pub_class_wave_signal"].set_index("class_id")["r_about"]
    return shown[["class_id", "indicator", "e1"]].assign(r_about=shown["class_id"].map(about))
