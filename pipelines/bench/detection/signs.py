"""Signs as the release raises them: the project's rules read over the bands that it would publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.bench.detection.cities import CARRIER, BenchCity
from pipelines.bench.detection.gated import CODES, ToldWave
from pipelines.bench.detection.tallies import Tally, is_concluded
from pipelines.release.signs import read_sign
from pipelines.rules import load_rules

SCHOOL_LEVELS = ("primary", "primary", "junior", "senior", "vocational")  # of each band
FIRST_WAVE = 1  # signs of a first survey, without any history, aren't typical


@dataclass(frozen=True)
class Sign:
    """A class's sign in one wave: rule, level; the class's answers, rounded, and its school's level."""

    rule: str
    level: str
    about: int
    school_level: str
    is_right: bool


def tally_chances(bench: BenchCity, told: Sequence[ToldWave], sizes: list[int]) -> Tally:
    """Signs, and right ones among them, by rule, level, size and school level, as chances.yml has them."""
    tally: Tally = {}
    for sign in signs_of(bench, told):
        size = str(max((least for least in sizes if least <= sign.about), default=sizes[0]))
        for parts in ((size, sign.school_level), ("", sign.school_level), (size, ""), ("", "")):
            key = "|".join((sign.rule, sign.level, *parts))
            tally[f"{key}|signs"] = tally.get(f"{key}|signs", 0) + 1
            tally[f"{key}|right"] = tally.get(f"{key}|right", 0) + sign.is_right
    return tally


def signs_of(bench: BenchCity, told: Sequence[ToldWave]) -> Iterator[Sign]:
    """Every sign from the second wave on; right if the class itself had an outbreak under way."""
    for number, wave in enumerate(told[FIRST_WAVE:], start=FIRST_WAVE):
        for row in np.flatnonzero(wave.shown & is_concluded(bench, number)):
            read = read_row(wave, int(row))
            if read["rule_id"]:
                right = bench.truth[number]["outbreak"][row] != "none"
                school = SCHOOL_LEVELS[bench.band[row]]
                yield Sign(str(read["rule_id"]), str(read["level"]), int(wave.about[row]), school, bool(right))


def read_row(wave: ToldWave, row: int) -> dict[str, str | None]:
    """Level, kind and rule of one class."""
    raised = dict(zip(CODES, wave.bands.band[row].tolist(), strict=True))
    return read_sign(raised, load_rules(), (CARRIER,) if wave.rises[row] else (), bool(wave.seen[row]))
