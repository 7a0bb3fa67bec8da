"""Credibility letters: how far the answers of classes and schools can be trusted.

Three parts are level sets of hidden counts of sheets, classes first and schools cut from what their classes say; two
follow from released rows. What a first release said of the counts, a further one of the wave keeps: with another r the
cuts would lie elsewhere, and two partitions of one count are finer than either.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.credibility import POOR, SHEETS, UNKNOWN, PartRule, class_gap_part, coverage_part, cut_part, grade_letters
from models.gaps import CANNOT_SAY, MORE
from pipelines.policy import Policy
from pipelines.release.cube import Cube
from pipelines.release.rows import told_of_units
from pipelines.release.windows import Counts

Tables = dict[str, pd.DataFrame]
NOTHING_TO_CONCLUDE = ("not_surveyed", "over_response", "low_response", "too_small")


def pub_class_wave_credibility(
    cube: Cube, tables: Tables, parts: pd.DataFrame, same_wave: Sequence[Tables]
) -> pd.DataFrame:
    """One row per class per wave. parts: the three parts of counts, in the order of the cube's classes."""
    coverage, reason = tables["pub_class_wave_coverage"], tables["pub_class_wave_signal"]["reason"]
    table = kept_parts(parts, "class_id", same_wave, "pub_class_wave_credibility")
    table = table.assign(school_id=coverage["school_id"], wave=cube.wave)
    table["coverage"] = coverage_part(coverage["state"], coverage["submitted_about"], coverage["enrolled"])
    rows = tables["pub_class_wave_indicator"]
    seen, told = told_of_units(rows, ("witness", "frequent"), "class_id", table["class_id"], ["band"])
    table["gap"] = class_gap_part(seen[:, 0], told[:, 0])
    return table.assign(letter=grade_letters(table, reason.isin(NOTHING_TO_CONCLUDE).to_numpy()))


def pub_school_wave_credibility(
    tables: Tables, parts: pd.DataFrame, same_wave: Sequence[Tables], policy: Policy
) -> pd.DataFrame:
    """One row per school per wave."""
    coverage, gap = tables["pub_school_wave_coverage"], tables["pub_school_wave_gap"]["witness_gap"]
    table = kept_parts(parts, "school_id", same_wave, "pub_school_wave_credibility").assign(wave=coverage["wave"])
    table["coverage"] = coverage_part(coverage["state"], coverage["submitted_about"], coverage["enrolled"])
    table["gap"] = np.select([gap == MORE, gap == CANNOT_SAY], [POOR, UNKNOWN], "good")
    few = coverage["submitted_about"] < policy.count("show.school_r")
    return table.assign(letter=grade_letters(table, few.to_numpy()))


def kept_parts(parts: pd.DataFrame, key: str, same_wave: Sequence[Tables], name: str) -> pd.DataFrame:
    """The parts, those of units that the wave's first release spoke of as it has them."""
    said = [tables[name] for tables in reversed(same_wave) if name in tables and not tables[name].empty]
    if not said:
        return parts
    found = parts.set_index(key)
    for earlier in said:
        found.update(earlier.set_index(key)[list(SHEETS)])
    return found.reset_index()


def sheet_parts(cube: Cube, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is said of speed, copies and honesty of classes and of schools; unknown where it wasn't counted."""
    classes, schools = {"class_id": cube.classes["class_id"].array}, {"school_id": cube.schools["school_id"].array}
    for column, name in enumerate(SHEETS):
        classes[name], schools[name] = UNKNOWN, UNKNOWN
        if cube.quality is not None and (cube.quality[:, column] >= 0).any():
            classes[name], schools[name] = cut_tree(
                cube.quality[:, column], cube.classes["r"].to_numpy(np.int64), cube.homes(),
                len(cube.schools), part_rule(name, policy), policy.count("show.coverage_step"),
            )  # fmt: skip
    return pd.DataFrame(classes), pd.DataFrame(schools)


def cut_tree(
    count: Counts, r: Counts, home: Counts, schools: int, rule: PartRule, step: int
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Codes of classes and of their schools; a school is cut from the sums of its classes' bounds.

    Of r only the rounded number goes in; a school's is the sum of its classes'.
    """
    about = (r + step // 2) // step * step
    most, fewest = about + step // 2, np.maximum(about - step // 2, 0)
    below = cut_part(count, np.zeros_like(r), most, about, rule, fewest)
    sure = np.where(below.high == most, fewest, below.high)
    parts = (count, below.low, below.high, about, sure)
    total, low, high, size, least = (np.bincount(home, part, schools).astype(np.int64) for part in parts)
    return below.code, cut_part(total, low, high, size, rule, least).code


def part_rule(name: str, policy: Policy) -> PartRule:
    first, middle, last = (policy.count(f"window.{part}") for part in ("first", "middle", "last"))
    return PartRule(policy[f"credibility.{name}.fair"], policy[f"credibility.{name}.poor"], first, middle, last)
