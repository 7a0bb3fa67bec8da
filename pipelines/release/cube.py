"""The cube: every hidden count of one wave, as arrays in the fixed order of their ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NULL = np.array(None, dtype=object)  # a hidden value in an object array


@dataclass(frozen=True)
class IndicatorFacts:
    """What the gate needs to know of an indicator; the words travel in `Cube.labels`.

    `question` names the single-choice item whose answers it counts; two of the same question never share a student.
    """

    code: str
    bands: tuple[str, ...]
    within: tuple[str, ...]
    covered_by: tuple[str, ...]
    class_level: bool
    sign: str | None
    direction: str
    reference_ratio: float
    lowest_level: str = "grade"
    question: str = ""


@dataclass(frozen=True)
class Cube:
    """Counts of one wave. `classes` and `schools` are sorted by id, so that shuffled input gives the same release.

    classes: class_id, class_name, school_id, level, grade, band, enrolled, submitted, r
    schools: school_id, school_name, level, boarding, rural, cluster_id (may be empty), district_id, district_name
    yes: (classes, indicators) students for whom the indicator holds; 0 where the band is not asked
    place: (schools, measures, place groups); place_time: (schools, place groups, time groups)
    labels: the rows of pub_label
    """

    wave: str
    instrument_id: str
    instrument_hash: str
    anonymous: bool
    indicators: tuple[IndicatorFacts, ...]
    classes: pd.DataFrame
    schools: pd.DataFrame
    yes: NDArray[np.int64]
    place: NDArray[np.int64]
    place_time: NDArray[np.int64]
    measures: tuple[str, ...]
    place_groups: tuple[str, ...]
    time_groups: tuple[str, ...]
    labels: pd.DataFrame

    def asked(self) -> NDArray[np.bool_]:
        """(classes, indicators): the class's band has the indicator."""
        bands = self.classes["band"].to_numpy()
        return np.array([[band in fact.bands for fact in self.indicators] for band in bands], dtype=bool).reshape(
            len(bands), len(self.indicators)
        )

    def position(self) -> dict[str, int]:
        """Column of each indicator."""
        return {fact.code: column for column, fact in enumerate(self.indicators)}
