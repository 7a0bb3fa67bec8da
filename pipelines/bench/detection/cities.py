"""Simulated cities as counts by class, and what was planted in them, apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from models.fit import City, Counts
from models.quality import Flags, is_sound
from models.simulator import Parameters, Questionnaire, WaveChunk, build_district, build_schools, simulate_district
from models.simulator.city import District
from pipelines.bench.detection.sheets import points_against, says_yes
from pipelines.simulate import build_questionnaire
from survey.instrument import Instrument, load_instrument

CARRIER = "frequent"
FOLLOWERS = ("witness",)
MORE_FOLLOWERS = ("witness", "unsafe", "perpetration")
OTHERS_OF_RULES = ("still_now", "told_worse", "avoids")
# log odds ratios of a rural school, of boarding, of boys (CEPS; the analytics' table gives 1.2, 1.3, 1.4).
PUBLISHED_EFFECTS = (0.18, 0.26, 0.34)
Columns = dict[str, Any]


@dataclass(frozen=True)
class BenchCity:
    """Rows are classes. counted: by wave, what a survey counts; truth: by wave, what was planted;"""

    band: np.ndarray
    school: np.ndarray
    rural: np.ndarray
    boys: np.ndarray
    counted: tuple[Columns, ...]
    truth: tuple[Columns, ...]

    def city(self, followers: Sequence[str] = FOLLOWERS, every: bool = False) -> City:
        """What the models see: counts of sound sheets (of all, as the release), and the class list's make-up."""
        codes = (CARRIER, *followers)
        waves = [{code: self.counts(wave, code, every) for code in codes} for wave in range(len(self.counted))]
        mix = [np.column_stack([self.rural, wave["boarders"], self.boys]) for wave in self.counted]
        return City(self.band, self.school, CARRIER, waves, mix, PUBLISHED_EFFECTS)

    def counts(self, wave: int, code: str, every: bool = True) -> Counts:
        """Yes answers and answers of each class; none where it wasn't asked. every: careless sheets too (ADR 12)."""
        counted = self.counted[wave]
        yes, r = (counted[f"every_{code}"], counted["r"]) if every else (counted[code], counted["sound"])
        return Counts(yes, np.where(counted[f"asked_{code}"], r, 0))

    @property
    def clean(self) -> Flags:
        """(classes,): nothing planted in the last wave, neither in the class nor in its school."""
        return np.asarray((self.truth[-1]["outbreak"] == "none") & ~self.truth[-1]["raised"])


def bench_city(params: Parameters, seed: int, schools: int, waves: int) -> BenchCity:
    """A city of so many schools and waves; the same arguments give the same city."""
    instrument, questionnaire = instruments()
    parts = [
        _district_part(params, questionnaire, instrument, seed, part, waves)
        for part in build_schools(params, seed, schools)
    ]
    fixed = _joined([part[0] for part in parts])
    counted = tuple(_joined([part[1][wave] for part in parts]) for wave in range(waves))
    truth = tuple(_joined([part[2][wave] for part in parts]) for wave in range(waves))
    return BenchCity(**fixed, counted=counted, truth=truth)


@cache
def instruments() -> tuple[Instrument, Questionnaire]:
    instrument = load_instrument()
    return instrument, build_questionnaire(instrument)


def _district_part(
    params: Parameters, questionnaire: Questionnaire, instrument: Instrument, seed: int, schools: Any, waves: int
) -> tuple[Columns, list[Columns], list[Columns]]:
    district = build_district(params, seed, schools)
    counted, truth = [], []
    for chunk in simulate_district(params, questionnaire, seed, district, waves):
        sheets = _sheets(instrument, chunk)
        counted.append(_counted(district, chunk, sheets))
        truth.append(_truth(district, chunk, sheets))
    return _fixed(district), counted, truth


def _fixed(district: District) -> Columns:
    students, classes = district.students, district.classes
    schools = district.schools
    return {
        "band": classes.band,
        "school": np.array([school.index for school in schools])[classes.school],
        "rural": np.array([float(school.rural) for school in schools])[classes.school],
        "boys": np.bincount(students.klass, weights=students.boy) / classes.size,
    }


def _sheets(instrument: Instrument, chunk: WaveChunk) -> Columns:
    """One row per student, absent ones last: class, who handed in, what the sheet says, its quality."""
    rows = {class_id: row for row, class_id in enumerate(chunk.classes["class_id"])}
    answers = {name: np.concatenate([chunk.responses[name], chunk.absent[name]]) for name in chunk.responses}
    present = np.arange(len(answers["class_id"])) < len(chunk.responses["class_id"])
    points, takes_part = points_against(instrument, answers), answers["take_part"] == 1
    said = {
        code: says_yes(instrument.indicators[code], answers) for code in (CARRIER, *MORE_FOLLOWERS, *OTHERS_OF_RULES)
    }
    return {
        "klass": np.array([rows[class_id] for class_id in answers["class_id"]]),
        "present": present & takes_part,
        "takes_part": takes_part,
        "points": points,
        "sound": is_sound(points) & takes_part,
        "said": said,
    }


def _counted(district: District, chunk: WaveChunk, sheets: Columns) -> Columns:
    """One row per class: opened answers r, sound ones, yes among the sound; yes among every sheet (`every_`)."""
    sound = sheets["sound"] & sheets["present"]
    bands = {code: instruments()[0].indicators[code].bands for code in sheets["said"]}
    asked = {
        f"asked_{code}": np.isin(np.array(("g34", "g56", "jr", "sr", "voc"))[district.classes.band], bands[code])
        for code in bands
    }
    return {
        "enrolled": chunk.classes["enrolled"],
        "boarders": chunk.classes["boarders"] / chunk.classes["enrolled"],
        "r": _by_class(chunk, sheets, sheets["present"]),
        "sound": _by_class(chunk, sheets, sound),
        **asked,
        **{f"every_{code}": _by_class(chunk, sheets, yes & sheets["present"]) for code, yes in sheets["said"].items()},
        **{code: _by_class(chunk, sheets, yes & sound) for code, yes in sheets["said"].items()},
    }


def _truth(district: District, chunk: WaveChunk, sheets: Columns) -> Columns:
    planted = {(kind, unit, pattern) for kind, unit, pattern, _ in chunk.planted}
    schools = [district.schools[row].school_id for row in district.classes.school]
    names = ("outbreak", "outbreak_age", "outbreak_target", "base_rate", "true_rate")
    return {name: chunk.classes[name] for name in names} | {
        "raised": np.array([("school", school, "school_wide") in planted for school in schools]),
        "all_sound": _by_class(chunk, sheets, sheets["sound"]),
        "all_yes": _by_class(chunk, sheets, sheets["sound"] & sheets["said"][CARRIER]),
        **{
            decoy: np.array([("class", name, decoy) in planted for name in chunk.classes["class_id"]])
            for decoy in ("low_response", "pranksters")
        },
        "new_boarders": chunk.classes["boarders"]
        > np.bincount(district.students.klass, weights=district.students.boarder),
    }


def _by_class(chunk: WaveChunk, sheets: Columns, flags: Flags) -> np.ndarray:
    count = np.bincount(sheets["klass"], weights=flags, minlength=len(chunk.classes["class_id"]))
    return np.asarray(count.astype(np.int64))


def _joined(parts: Sequence[Mapping[str, Any]]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
