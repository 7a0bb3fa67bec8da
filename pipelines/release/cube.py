"""The cube: every hidden count of one wave, as arrays in the fixed order of their ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.cuts import Told

NULL = np.array(None, dtype=object)  # a hidden value in an object array
MADE = "between"


@dataclass(frozen=True)
class IndicatorFacts:
    """What the gate needs to know of an indicator, or of another counted column; words travel in `Cube.labels`.

    `question` names the single-choice item whose answers it counts; two of the same question never share a student.
    `table` is what the column is said in, beside the tables of indicators; parts of one whole (`part_of`) add up to it.
    `answers` is the most that a student adds to it. A column that is `made` lies between others and is never shown.
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
    highest_level: str = "city"
    table: str = ""
    part_of: str = ""
    answers: int = 1

    @property
    def made(self) -> bool:
        """Nobody's answers are counted in it alone: it follows from other columns."""
        return self.table == MADE

    @property
    def said_in(self) -> str:
        """Name under which the column's windows are withheld."""
        return self.table or self.code


@dataclass(frozen=True)
class Apart:
    """Totals by grade of the class list. rows: school_id, grade; r, yes: (rows, options); options: their facts."""

    rows: pd.DataFrame
    options: tuple[IndicatorFacts, ...]
    r: NDArray[np.int64]
    yes: NDArray[np.int64]


@dataclass(frozen=True)
class Cube:
    """Counts of one wave. `classes` and `schools` are sorted by id, so that shuffled input gives the same release.

    classes: class_id, class_name, school_id, level, grade, band, enrolled, submitted, r
    schools: school_id, school_name, level, boarding, rural, cluster_id (may be empty), district_id, district_name
    yes: (classes, indicators) students for whom the indicator holds; 0 where the band is not asked
    place: (classes, measures, place groups); place_time: (classes, place groups, time groups)
    labels: the rows of pub_label
    apart: totals of the questions stored apart; None where none are there
    area: (classes, measures, areas), place groups put together once more; areas: their codes, none where not asked
    left_out: (classes, columns) or None: classes that a column isn't about, though their band is asked
    grade_units: (school_id, grade) → grade unit as an earlier release of the wave has it; None: merged anew
    before: what releases told of earlier waves; said_first: r_about and e1 of classes as this wave's last release has
    them, by class_id and indicator; None: there is none
    quality: (classes, 3) sheets too fast, equal, doubtful; -1 where the instrument can't tell, None where not counted
    scales: rows of core_band_wave_scale with drift and comparable; None where no scale was measured
    reported: school → incidents it reported in the half year, absent ones none; None where nothing is known
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
    apart: Apart | None = None
    area: NDArray[np.int64] | None = None
    areas: tuple[str, ...] = ()
    left_out: NDArray[np.bool_] | None = None
    grade_units: Mapping[tuple[str, int], str] | None = None
    before: tuple[Told, ...] = ()
    said_first: pd.DataFrame | None = None
    quality: NDArray[np.int64] | None = None
    reported: Mapping[str, int] | None = None
    scales: pd.DataFrame | None = None

    def asked(self) -> NDArray[np.bool_]:
        """(classes, indicators): the class's band has the indicator."""
        found, bands = ~self.holes(), self.classes["band"].to_numpy()
        for band in set(bands):
            found[bands == band] &= np.array([band in fact.bands for fact in self.indicators], dtype=bool)
        return found

    def answers(self) -> NDArray[np.int64]:
        """(classes, columns): the most that each class can add to a column; r, but where a student counts twice."""
        times = np.array([fact.answers for fact in self.indicators], dtype=np.int64)
        return self.classes["r"].to_numpy(np.int64)[:, None] * self.asked() * times

    def homes(self) -> NDArray[np.int64]:
        """(classes,): row of each class's school."""
        place = {school: row for row, school in enumerate(self.schools["school_id"])}
        return np.array([place[school] for school in self.classes["school_id"]], dtype=np.int64)

    def by_school(self, values: NDArray[Any]) -> NDArray[Any]:
        """(schools,): whole numbers (classes,) added up."""
        return np.bincount(self.homes(), values, len(self.schools)).astype(np.int64)

    def holes(self) -> NDArray[np.bool_]:
        """`left_out`, nothing where it is None."""
        nothing = np.zeros((len(self.classes), len(self.indicators)), dtype=bool)
        return nothing if self.left_out is None else self.left_out

    def position(self) -> dict[str, int]:
        """Column of each indicator."""
        return {fact.code: column for column, fact in enumerate(self.indicators)}
