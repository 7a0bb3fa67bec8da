"""The safeguarding sheet: every school's two leads get the same words every wave; *raised* only far beyond chance.

An ordinary school's share of severe events has logit(p) ~ N(mu, school_sd), its mean being the mix of the school's
bands at the city's published rates (which hold false yeses already), or at reference rates with the share of false
yeses added; its count is Binomial(r, p). `least` is the count that such a school reaches in one of a hundred waves,
never under `safeguarding.least`. So "raised" and "no statement" are two level sets of the count, at least six counts
wide each: a rare report moves nothing, and four friends who all report learn nothing of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.cuts import signal_cut
from pipelines.policy import Policy
from pipelines.release.columns import SURVEY_BANDS
from pipelines.release.coverage import about_counts, fewest_answers
from pipelines.release.cube import Cube
from pipelines.release.tree import Level, at
from pipelines.release.windows import Counts

SEVERE = "severe"


@dataclass(frozen=True)
class Sheet:
    """By school: the least count that raises its sheet (r + 1: none does), whether it is raised, the count's bounds."""

    column: int
    least: Counts
    raised: NDArray[np.bool_]
    low: Counts
    high: Counts


def build_sheet(cube: Cube, levels: list[Level], published: Counts, policy: Policy) -> Sheet | None:
    """The sheets of a wave, or None where severe events aren't asked. published: (bands, columns) points, -1: none."""
    if SEVERE not in cube.position():
        return None
    column, schools = cube.position()[SEVERE], levels[at("school")]
    r, count = schools.r[:, column], schools.count[:, column]
    least = least_raised(r, expected_share(cube, levels, published[:, column], policy), policy)
    raised = count >= least
    return Sheet(column, least, raised, np.where(raised, least, 0), np.where(raised, r, np.minimum(least - 1, r)))


def least_raised(r: Counts, share: NDArray[np.float64], policy: Policy) -> Counts:
    """(schools,): the least count that raises a sheet; r + 1 where too few counts would lie from it to r.

    r enters rounded, as coverage does: what is said depends on it.
    """
    about = about_counts(r, policy)
    limit = signal_cut(about, share, policy["compare.school_sd"], policy["safeguarding.chance"])
    least = np.maximum(limit, policy.count("safeguarding.least"))
    room = fewest_answers(about, policy) - least + 1
    return np.where(room >= policy.count("safeguarding.top_width"), least, r + 1)


def expected_share(cube: Cube, levels: list[Level], published: Counts, policy: Policy) -> NDArray[np.float64]:
    """(schools,): share of yes in an ordinary school with these bands, to a tenth of a point."""
    fact = cube.indicators[cube.position()[SEVERE]]
    reference = np.array([policy.reference_rate[band] * fact.reference_ratio for band in SURVEY_BANDS])
    rates = np.where(published >= 0, published / 100, reference + policy["safeguarding.false_yes"])
    band = cube.classes["band"].map({code: index for index, code in enumerate(SURVEY_BANDS)}).to_numpy(np.int64)
    home = levels[at("segment")].parent[levels[at("grade")].parent[levels[0].parent]]
    enrolled = cube.classes["enrolled"].to_numpy(float)
    schools = len(levels[at("school")].ids)
    weighted = np.bincount(home, enrolled * rates[band], schools)
    return np.round(weighted / np.maximum(np.bincount(home, enrolled, schools), 1), 3)


def pub_school_wave_sheet(wave: str, levels: list[Level], sheet: Sheet | None) -> pd.DataFrame:
    """One row per school per wave. `raised_from` is NULL where no count raises the sheet of so small a school."""
    schools = levels[at("school")]
    frame = pd.DataFrame({"school_id": schools.ids, "wave": wave, "statement": "no_statement"})
    frame["raised_from"] = pd.array([pd.NA] * len(frame), dtype="Int64")
    if sheet is not None:
        frame.loc[sheet.raised, "statement"] = "raised"
        can = sheet.least <= schools.r[:, sheet.column]
        frame.loc[can, "raised_from"] = sheet.least[can]
    return frame
