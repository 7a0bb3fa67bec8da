"""Released values of one wave: class bands, windows from grade to city, base rates, safeguarding sheets.

Every function here reads a hidden count only to say which of the windows, fixed beforehand by r and by released
numbers, the count falls into.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.cuts import signal_cut
from pipelines.cuts import Parameters
from pipelines.policy import Policy
from pipelines.release.columns import SURVEY_BANDS
from pipelines.release.coverage import about_counts, fewest_answers, unread_reasons
from pipelines.release.cube import Cube, IndicatorFacts
from pipelines.release.relations import Relations, tighten, tighten_around
from pipelines.release.sheet import Sheet
from pipelines.release.slack import FRIENDS, may_say_ceiling
from pipelines.release.tree import Level, sum_children
from pipelines.release.windows import Bands, Counts, Widths, cut_bands, cut_windows
from pipelines.rules import Rules

Withheld = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class BaseRates:
    """City rates by band: `rate` (bands, indicators) in points, -1 if not published; low, high: allowed counts.

    `covers` (per level): the band of each unit that belongs to one band while what stands above it doesn't, else -1;
    the units of a band's cover add up to the band.
    """

    rate: Counts
    low: Counts
    high: Counts
    band_of_class: NDArray[np.int64]
    covers: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True)
class Windows:
    """Windows of one level: `shown` says which are published; an unshown cell is [0, r]. Shapes (units, columns)."""

    low: Counts
    high: Counts
    r: Counts
    shown: NDArray[np.bool_]


def take(windows: Windows, columns: Counts) -> Windows:
    """The windows of some columns."""
    return Windows(windows.low[:, columns], windows.high[:, columns], windows.r[:, columns], windows.shown[:, columns])


@dataclass(frozen=True)
class Values:
    """All that is said of one wave. `tree` holds class … city over `columns`.

    calm: classes without a signal; risen: those above their own history, NULL where there is none; seen: those in which
    what others saw is a sign of its own, None where nothing moves cuts; model: by which moved cuts were read.
    """

    base: BaseRates
    bands: Bands
    tree: tuple[Windows, ...]
    sheet: Sheet | None
    calm: NDArray[np.bool_]
    columns: tuple[IndicatorFacts, ...]
    relations: Relations
    risen: pd.Series | None = None
    seen: NDArray[np.bool_] | None = None
    model: Parameters = field(default_factory=dict)


def widths_of(policy: Policy) -> Widths:
    return Widths(policy.count("window.first"), policy.count("window.middle"), policy.count("window.last"))


def build_base_rates(cube: Cube, levels: list[Level], policy: Policy, withheld: Withheld) -> BaseRates:
    """City rate of each band, to one point between 1 and 99, where r reaches 600 and enough schools stand behind it."""
    code = {band: index for index, band in enumerate(SURVEY_BANDS)}
    band_of_class = cube.classes["band"].map(code).to_numpy(np.int64)
    classes, bands = levels[0], len(SURVEY_BANDS)
    r, count = (sum_children(part, band_of_class, bands) for part in (classes.r, classes.count))
    rate = np.clip((200 * count + r) // np.maximum(2 * r, 1), 1, 99)
    said = np.array([not fact.table and ("base", fact.code) not in withheld for fact in cube.indicators], dtype=bool)
    shown = (r >= policy.count("show.rate_r")) & said & rests_on_schools(cube, classes.r, band_of_class, policy)
    rate = np.where(shown, rate, -1)
    return BaseRates(rate, *rate_ends(rate, r), band_of_class, band_covers(band_of_class, levels))


def rate_ends(rate: Counts, r: Counts) -> tuple[Counts, Counts]:
    """Least and most counts of r answers that are rounded to this rate; 0 to r where none is published (-1)."""
    low = np.where(rate <= 1, 0, -(-r * (2 * rate - 1) // 200))
    high = np.where((rate < 0) | (rate == 99), r, -(-r * (2 * rate + 1) // 200) - 1)
    return low, high


def rests_on_schools(cube: Cube, r: Counts, band_of_class: NDArray[np.int64], policy: Policy) -> NDArray[np.bool_]:
    """(bands, indicators): enough schools with ten answers each, none of them nearly the whole."""
    schools = cube.classes["school_id"].astype("category").cat.codes.to_numpy(np.int64)
    total = int(schools.max(initial=-1)) + 1
    shown = np.zeros((len(SURVEY_BANDS), r.shape[1]), dtype=bool)
    for band in range(len(SURVEY_BANDS)):
        by_school = sum_children(r * (band_of_class == band)[:, None], schools, total)
        enough = (by_school >= policy.count("show.district_school_r")).sum(axis=0) >= policy.count("show.rate_schools")
        largest = by_school.max(axis=0, initial=0)
        shown[band] = enough & (largest <= policy["show.district_dominance"] * by_school.sum(axis=0))
    return shown


def band_covers(band_of_class: NDArray[np.int64], levels: list[Level]) -> tuple[NDArray[np.int64], ...]:
    """Per level: the band of the units that cover it, the highest that are of one band; -1 for all others."""
    pure = [band_of_class]
    for below, level in pairwise(levels):
        lowest = np.full(len(level.ids), len(SURVEY_BANDS))
        highest = np.full(len(level.ids), -1)
        np.minimum.at(lowest, below.parent, np.where(pure[-1] < 0, -1, pure[-1]))
        np.maximum.at(highest, below.parent, pure[-1])
        pure.append(np.where(lowest == highest, highest, -1))
    covers = []
    for depth, level in enumerate(levels):
        above = pure[depth + 1][level.parent] if depth + 1 < len(levels) else np.full(len(level.ids), -1)
        covers.append(np.where(above < 0, pure[depth], -1))
    return tuple(covers)


def no_base_rates(levels: list[Level]) -> BaseRates:
    """No rate is published: every band is unbounded, and nothing covers it."""
    units, width = levels[0].r.shape
    unbounded = np.full((1, width), np.iinfo(np.int64).max // 4)
    nowhere = tuple(np.full(len(level.ids), -1) for level in levels)
    return BaseRates(
        np.full((1, width), -1), np.zeros((1, width), np.int64), unbounded, np.zeros(units, np.int64), nowhere
    )


def no_bands(r: Counts) -> Bands:
    """No class has a band."""
    nothing = np.zeros_like(r)
    return Bands(nothing, nothing, nothing, nothing, nothing, r.copy(), nothing - 1)


def build_class_bands(cube: Cube, classes: Level, thresholds: Counts, policy: Policy) -> Bands:
    """Bands of the class-level indicators; thresholds: (classes, indicators)."""
    covered = unread_reasons(cube.classes, policy) == ""
    class_level = np.array([fact.class_level for fact in cube.indicators], dtype=bool)
    may_show = covered[:, None] & class_level[None, :] & (classes.r > 0)
    return cut_bands(
        classes.r,
        fewest_answers(about_counts(classes.r, policy), policy),
        classes.count,
        thresholds,
        may_show,
        (
            policy.count("class_signal.first_cut_min"),
            policy.count("class_signal.band_width"),
            policy.count("class_signal.top_width"),
        ),
    )


def class_thresholds(cube: Cube, r: Counts, base: BaseRates, policy: Policy, rules: Rules) -> Counts:
    """(classes, indicators): the smallest count that an ordinary class of that size rarely reaches.

    The size enters rounded, as coverage does: cuts are shown, and exact ones would give r away.
    """
    thresholds, about = np.zeros_like(r), about_counts(r, policy)
    for column, fact in enumerate(cube.indicators):
        if not fact.class_level:
            continue
        rate = class_rates(fact.reference_ratio, base.rate[:, column], policy)[base.band_of_class]
        alarm = policy[f"class_signal.false_alarm.{rules.alarm(fact.code, fact.sign)}"]
        thresholds[:, column] = signal_cut(about[:, column], rate, policy["class_signal.class_sd"], alarm)
    return thresholds


def class_rates(ratio: float, published: Counts, policy: Policy) -> NDArray[np.float64]:
    """(bands,): the published base rate, or the policy's reference rate scaled to the indicator."""
    reference = np.array([min(0.9, policy.reference_rate[band] * ratio) for band in SURVEY_BANDS])
    return np.where(published >= 0, published / 100, reference)


def build_tree_windows(
    levels: list[Level], bands: Bands, sheet: Sheet | None, relations: Relations, policy: Policy
) -> tuple[Windows, ...]:
    """Windows level by level, each cut from the sums of its children's bounds and from what nesting already says."""
    windows = [Windows(bands.low, bands.high, levels[0].r, bands.number > 0)]
    low, high = ([bound] for bound in tighten(bands.low, bands.high, levels[0].r, relations))
    for depth, (below, level) in enumerate(pairwise(levels), start=1):
        least, most = (sum_children(bound[-1], below.parent, len(level.ids)) for bound in (low, high))
        said = Windows(np.zeros_like(least), level.r.copy(), level.r, level.shown)
        if level.kind == "school" and sheet is not None:
            for bounds in ((least, most), (said.low, said.high)):
                say_sheet(sheet, *bounds)
        low, high = [*low, least], [*high, most]
        cut_level(said, low, high, levels[: depth + 1], relations, widths_of(policy))
        windows.append(said)
    return tuple(windows)


def cut_level(
    said: Windows,
    low: list[Counts],
    high: list[Counts],
    levels: list[Level],
    relations: Relations,
    widths: Widths,
    friends: int = FRIENDS,
) -> None:
    """Cut the windows of the topmost of `levels`, column by column, into `said`, in place.

    low, high: bounds of each level; the topmost's are narrowed as windows are said.
    """
    level = levels[-1]
    low[-1], high[-1] = tighten(low[-1], high[-1], level.r, relations)
    for column in relations.order:
        shown = level.shown[:, column]
        if shown.any():
            ends = cut_column(column, low, high, levels, relations, widths, friends)
            for bound, told, end in zip((low[-1], high[-1]), (said.low, said.high), ends, strict=True):
                bound[:, column] = end
                told[shown, column] = end[shown]
            tighten_around(column, low[-1], high[-1], level.r, relations)


def say_sheet(sheet: Sheet, low: Counts, high: Counts) -> None:
    """Draw in the bounds of schools by what their sheets say, in place."""
    low[:, sheet.column] = np.maximum(low[:, sheet.column], sheet.low)
    high[:, sheet.column] = np.minimum(high[:, sheet.column], sheet.high)


def cut_column(
    column: int,
    low: list[Counts],
    high: list[Counts],
    levels: list[Level],
    relations: Relations,
    widths: Widths,
    friends: int,
) -> tuple[Counts, Counts]:
    """Both ends of the windows of one column at the topmost of `levels`; where nothing is shown, the bounds so far."""
    level, floor, ceiling = levels[-1], low[-1][:, column], high[-1][:, column]
    start, end = cut_windows(floor, ceiling, level.count[:, column], widths)
    lowest = np.minimum(floor + widths.first - 1, ceiling)
    end = np.where(may_say_ceiling(column, lowest, low, high, levels, relations, friends), end, ceiling)
    shown = level.shown[:, column]
    return np.where(shown, start, floor), np.where(shown, end, ceiling)
