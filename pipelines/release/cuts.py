"""Cuts of the classes: plain ones by size and base rate, and the carrying one's, moved by what is released.

What moves it is put into the words of the release first; `pipelines.cuts` then reads these words alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.thresholds import FIRST_WINDOW, WINDOW, edge_above, round_answers, window_edges, window_of
from pipelines.cuts import Cuts, Parameters, Told, class_cuts, rate_of
from pipelines.policy import Policy
from pipelines.release.columns import SURVEY_BANDS
from pipelines.release.cube import Cube
from pipelines.release.windows import Bands, Counts
from pipelines.rules import Rules


@dataclass(frozen=True)
class Moved:
    """What history and other indicators make of the carrying one's cuts. column: -1 where nothing carries a sign."""

    column: int
    cuts: Cuts | None

    @property
    def seen(self) -> np.ndarray | None:
        """(classes,): what others saw is a sign of its own; None where nothing moves cuts."""
        return None if self.cuts is None else self.cuts.seen

    @property
    def model(self) -> Parameters:
        """By which the cuts were read; nothing where nothing moves them."""
        return {} if self.cuts is None else self.cuts.model

    def risen(self, bands: Bands) -> pd.Series | None:
        """(classes,): what the band leaves open lies at or above a rise; NULL for a class without history of its own.

        A rise is read off the band, so it says nothing that the band doesn't. None where nothing carries a sign.
        """
        if self.cuts is None:
            return None
        told = self.cuts.has_history & (bands.number[:, self.column] > 0)
        return pd.Series(bands.low[:, self.column] >= self.cuts.rise, dtype="boolean").where(told)


NOTHING_MOVED = Moved(-1, None)


def about_answers(cube: Cube) -> Counts:
    """(classes,): r rounded to 5, as the release tells it."""
    return round_answers(cube.classes["r"].to_numpy(np.int64))


def carrying_column(cube: Cube) -> int:
    """The first column that carries a sign; -1 where none does."""
    return next((column for column, fact in enumerate(cube.indicators) if fact.sign == "carrying"), -1)


def moving_codes(cube: Cube, rules: Rules) -> tuple[str, ...]:
    """Indicators of the rules that every surveyed band was asked: their windows are released."""
    asked, at = cube.asked(), cube.position()
    return tuple(code for code in rules.moved_by if code in at and asked[:, at[code]].all())


def at_edges(thresholds: Counts, cube: Cube, rules: Rules) -> Counts:
    """The thresholds, those of indicators with released windows moved up to the next edge: one partition, not two."""
    done, about = thresholds.copy(), about_answers(cube)
    for code in moving_codes(cube, rules):
        column = cube.position()[code]
        done[:, column] = edge_above(thresholds[:, column], about)
    return done


def with_windows(bands: Bands, cube: Cube, rules: Rules) -> Bands:
    """The bands, with the fixed windows of the indicators that move cuts; -1 elsewhere and where nothing is shown."""
    window, about = np.full_like(bands.band, -1), about_answers(cube)
    for code in moving_codes(cube, rules):
        column = cube.position()[code]
        shown = bands.number[:, column] > 0
        number = window_of(cube.yes[:, column], about)
        edges = [[0, *window_edges(size)] for size in about.tolist()]
        low = np.array([ends[place] for ends, place in zip(edges, number.tolist(), strict=True)], dtype=np.int64)
        is_last = np.array([len(ends) - 1 for ends in edges]) == number
        high = np.where(is_last, bands.high[:, column], np.where(number == 0, FIRST_WINDOW, low + WINDOW) - 1)
        window[shown, column] = number[shown]
        bands.low[shown, column] = np.maximum(bands.low[:, column], low)[shown]
        bands.high[shown, column] = np.minimum(bands.high[:, column], high)[shown]
    return Bands(bands.e1, bands.e2, bands.number, bands.band, bands.low, bands.high, window)


def keep_first(thresholds: Counts, cube: Cube) -> Counts:
    """The thresholds, with those that this wave's last release showed of a class that gained no answer since.

    Two cuts of one count are two partitions; answers come ten at a time, so the rounded number tells a change.
    """
    if cube.said_first is None:
        return thresholds
    done, at = thresholds.copy(), pd.Index(cube.classes["class_id"])
    about, code = pd.Series(about_answers(cube), at), cube.position()
    for row in cube.said_first.itertuples():
        if row.class_id in at and row.indicator in code and about[row.class_id] == row.r_about:
            done[at.get_loc(row.class_id), code[row.indicator]] = row.e1
    return done


def moved_cuts(cube: Cube, rate: Counts, bands: Bands, rules: Rules, policy: Policy) -> Moved:
    """Cuts of the carrying indicator. rate: (bands, columns) published points, -1 where none; bands: of the others."""
    column = carrying_column(cube)
    if column < 0 or cube.classes.empty:
        return NOTHING_MOVED
    codes = moving_codes(cube, rules)
    now = told_now(cube, rate, bands, codes, policy)
    carrier = cube.indicators[column].code
    return Moved(column, class_cuts(class_units(cube), [*cube.before, now], carrier, codes, policy))


def told_now(cube: Cube, rate: Counts, bands: Bands, codes: tuple[str, ...], policy: Policy) -> Told:
    """What this wave's release will tell."""
    classes = cube.classes.set_index("class_id")
    told = pd.DataFrame({"grade": classes["grade"].astype("int64"), "r_about": about_answers(cube)})
    rates = {
        (band, fact.code): rate_of(
            int(rate[row, column]) if rate[row, column] >= 0 else None, band, fact.reference_ratio, policy
        )
        for row, band in enumerate(SURVEY_BANDS)
        for column, fact in enumerate(cube.indicators)
        if band in fact.bands and not fact.table
    }
    windows = {}
    for code in codes:
        column = cube.position()[code]
        rows = pd.DataFrame(
            {"low": bands.low[:, column], "high": bands.high[:, column], "window": bands.window[:, column]}, told.index
        )
        windows[code] = rows[bands.number[:, column] > 0]
    return Told(cube.wave, cube.instrument_hash, told, rates, windows)


def class_units(cube: Cube) -> pd.DataFrame:
    """class_id, band, school_id and make-up of each class, by what pub_unit says of its school."""
    schools = cube.schools.set_index("school_id")
    units = cube.classes[["class_id", "band", "school_id"]].copy()
    units["rural"] = units["school_id"].map(schools["rural"]).astype("float64")
    for name, column in (("boarding", "boarders_share"), ("boys", "boys_share")):
        share = schools[column] if column in schools else pd.Series(np.nan, schools.index)
        units[name] = units["school_id"].map(share.astype("float64")) / 100
    return units
