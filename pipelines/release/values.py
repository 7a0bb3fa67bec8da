"""Released values of one wave: class bands, windows from grade to city, base rates, place tables.

Every function here reads a hidden count only to say which of the windows, fixed beforehand by r and by released
numbers, the count falls into.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.cuts import signal_cut
from pipelines.policy import Policy
from pipelines.release.cube import Cube
from pipelines.release.relations import Relations, tighten
from pipelines.release.tree import Level, sum_children
from pipelines.release.windows import Bands, Counts, Widths, cut_bands, cut_windows

Withheld = frozenset[tuple[str, str]]
SURVEY_BANDS = ("g34", "g56", "jr", "sr", "voc")


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
    """Windows of one table: `shown` says which are published; an unshown cell is [0, r]. One shape for all."""

    low: Counts
    high: Counts
    r: Counts
    shown: NDArray[np.bool_]


@dataclass(frozen=True)
class Values:
    """All that is said of one wave. `tree` holds class, grade, …, city; place tables are by school."""

    base: BaseRates
    bands: Bands
    tree: tuple[Windows, ...]
    place: Windows
    place_time: Windows


def widths_of(policy: Policy) -> Widths:
    return Widths(policy.count("window.first"), policy.count("window.middle"), policy.count("window.last"))


def build_base_rates(cube: Cube, levels: list[Level], policy: Policy, withheld: Withheld) -> BaseRates:
    """City rate of each band, to one point between 1 and 99, where r reaches 600 and enough schools stand behind it."""
    code = {band: index for index, band in enumerate(SURVEY_BANDS)}
    band_of_class = cube.classes["band"].map(code).to_numpy(np.int64)
    classes, bands = levels[0], len(SURVEY_BANDS)
    r, count = (sum_children(part, band_of_class, bands) for part in (classes.r, classes.count))
    rate = np.clip((200 * count + r) // np.maximum(2 * r, 1), 1, 99)
    low = np.where(rate == 1, 0, -(-r * (2 * rate - 1) // 200))
    high = np.where(rate == 99, r, -(-r * (2 * rate + 1) // 200) - 1)
    said = np.array([("base", fact.code) not in withheld for fact in cube.indicators], dtype=bool)
    shown = (r >= policy.count("show.rate_r")) & said & rests_on_schools(cube, classes.r, band_of_class, policy)
    covers = band_covers(band_of_class, levels)
    return BaseRates(
        np.where(shown, rate, -1), np.where(shown, low, 0), np.where(shown, high, r), band_of_class, covers
    )


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


def build_class_bands(cube: Cube, classes: Level, base: BaseRates, policy: Policy) -> Bands:
    """Bands of the class-level indicators; cuts from r and the band's base rate alone."""
    enrolled = cube.classes["enrolled"].to_numpy(np.int64)
    r, submitted = cube.classes["r"].to_numpy(np.int64), cube.classes["submitted"].to_numpy(np.int64)
    covered = (r >= policy["class_signal.min_response"] * enrolled) & (
        submitted <= policy["class_signal.max_response"] * enrolled
    )
    class_level = np.array([fact.class_level for fact in cube.indicators], dtype=bool)
    may_show = covered[:, None] & class_level[None, :] & (classes.r > 0)
    return cut_bands(
        classes.r,
        classes.count,
        class_thresholds(cube, classes.r, base, policy),
        may_show,
        (
            policy.count("class_signal.first_cut_min"),
            policy.count("class_signal.band_width"),
            policy.count("class_signal.top_width"),
        ),
    )


def class_thresholds(cube: Cube, r: Counts, base: BaseRates, policy: Policy) -> Counts:
    """(classes, indicators): the smallest count that an ordinary class of that size rarely reaches.

    The size enters rounded, as coverage does: cuts are shown, and exact ones would give r away.
    """
    thresholds = np.zeros_like(r)
    step = policy.count("show.coverage_step")
    about = (r + step // 2) // step * step
    for column, fact in enumerate(cube.indicators):
        if not fact.class_level:
            continue
        rate = class_rates(fact.reference_ratio, base.rate[:, column], policy)[base.band_of_class]
        alarm = policy[f"class_signal.false_alarm.{fact.sign or 'banded'}"]
        thresholds[:, column] = signal_cut(about[:, column], rate, policy["class_signal.class_sd"], alarm)
    return thresholds


def class_rates(ratio: float, published: Counts, policy: Policy) -> NDArray[np.float64]:
    """(bands,): the published base rate, or the policy's reference rate scaled to the indicator."""
    reference = np.array([min(0.9, policy.reference_rate[band] * ratio) for band in SURVEY_BANDS])
    return np.where(published >= 0, published / 100, reference)


def build_tree_windows(levels: list[Level], bands: Bands, relations: Relations, policy: Policy) -> tuple[Windows, ...]:
    """Windows level by level, each cut from the sums of its children's bounds and from what nesting already says."""
    windows = [Windows(bands.low, bands.high, levels[0].r, bands.number > 0)]
    low, high = tighten(bands.low, bands.high, levels[0].r, relations)
    for below, level in pairwise(levels):
        low = sum_children(low, below.parent, len(level.ids))
        high = sum_children(high, below.parent, len(level.ids))
        low, high = tighten(low, high, level.r, relations)
        said_low, said_high = np.zeros_like(low), level.r.copy()
        for column in relations.order:
            shown = level.shown[:, column]
            cut = cut_windows(low[:, column], high[:, column], level.count[:, column], widths_of(policy))
            for bounds, said, ends in ((low, said_low, cut[0]), (high, said_high, cut[1])):
                bounds[shown, column] = ends[shown]
                said[shown, column] = ends[shown]
            low, high = tighten(low, high, level.r, relations)
        windows.append(Windows(said_low, said_high, level.r, level.shown))
    return tuple(windows)


def build_place_time(cube: Cube, r: Counts, policy: Policy) -> Windows:
    """(schools, place groups, time groups): students who named a place of the group and a time of the group."""
    size = np.broadcast_to(r[:, None, None], cube.place_time.shape)
    cut = cut_windows(np.zeros_like(size), size, cube.place_time, widths_of(policy))
    shown = size >= policy.count("show.place_r")
    return Windows(np.where(shown, cut[0], 0), np.where(shown, cut[1], size), size, shown)


def build_place(cube: Cube, r: Counts, cells: Windows, avoids: tuple[Counts, Counts], policy: Policy) -> Windows:
    """(schools, measures, place groups), group by group so that each knows what was said before it.

    happens: one answer a student, so the groups together never exceed r. avoided: each is part of `avoids`, and all
    of them together cover it.
    """
    size = np.broadcast_to(r[:, None, None], cube.place.shape)
    low, high = np.zeros_like(size), size.copy()
    shown = size >= policy.count("show.place_r")
    for group in range(size.shape[2]):
        others_low = low[:, 0].sum(axis=1) - low[:, 0, group]
        floor = cells.low[:, group].max(axis=1, initial=0)
        happens = cut_windows(floor, r - others_low, cube.place[:, 0, group], widths_of(policy))
        ceiling = np.minimum(r, avoids[1])
        others_high = np.minimum(high[:, 1], ceiling[:, None]).sum(axis=1) - np.minimum(high[:, 1, group], ceiling)
        floor = np.maximum(0, avoids[0] - others_high)
        avoided = cut_windows(floor, ceiling, cube.place[:, 1, group], widths_of(policy))
        for measure, ends in enumerate((happens, avoided)):
            low[:, measure, group] = np.where(shown[:, measure, group], ends[0], 0)
            high[:, measure, group] = np.where(shown[:, measure, group], ends[1], r)
    return Windows(low, high, size, shown)
