"""City → district → school → grade → class → student. A district is the unit of work, so memory stays small."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from models.simulator.draws import Flags, Floats, Ints, flip, stream
from models.simulator.names import school_name
from models.simulator.parameters import Parameters
from models.simulator.questionnaire import BANDS

GRADES = {
    "primary": (3, 4, 5, 6),
    "small_rural": (3, 4, 5, 6),
    "junior": (7, 8, 9),
    "senior": (10, 11, 12),
    "vocational": (10, 11, 12),
}
SMALL_CLASS = (12, 20)
CLASS_LIMITS = (20, 55)
CLUSTER_SCHOOLS = 5


@dataclass(frozen=True)
class School:
    index: int
    district: int
    school_id: str
    name: str
    kind: str
    cluster_id: str
    rural: bool
    boarding: float  # share of students who board
    classes_per_grade: int

    @property
    def level(self) -> str:
        return "primary" if self.kind == "small_rural" else self.kind


@dataclass(frozen=True)
class Classes:
    """One row per class; `school` is the row in the district's schools."""

    class_id: tuple[str, ...]
    school: Ints
    grade: Ints
    number: Ints
    band: Ints  # row in BANDS
    size: Ints


@dataclass(frozen=True)
class Students:
    """One row per student, the same in every wave; `klass` is the row in the district's classes."""

    klass: Ints
    boy: Flags
    boarder: Flags
    left_behind: Flags
    off_site: Flags  # on work placement
    liability: Floats  # standard normal, lasting


@dataclass(frozen=True)
class District:
    number: int
    schools: tuple[School, ...]
    classes: Classes
    students: Students

    @property
    def band(self) -> Ints:
        """Band of each student, a row in BANDS."""
        return self.classes.band[self.students.klass]

    @property
    def school(self) -> Ints:
        """School of each student, a row in `schools`."""
        return self.classes.school[self.students.klass]


def school_kinds(params: Parameters, schools: int) -> tuple[str, ...]:
    """The kind that lags most behind its share comes next, so any first n schools are a fair mix."""
    counts: Counter[str] = Counter()
    kinds: list[str] = []
    for number in range(1, schools + 1):
        kind = max(params.kind_share, key=lambda name: params.kind_share[name] * number - counts[name])
        counts[kind] += 1
        kinds.append(kind)
    return tuple(kinds)


def build_schools(params: Parameters, seed: int, schools: int) -> tuple[tuple[School, ...], ...]:
    """Schools by district, about ten each; the last district takes a remainder of less than half."""
    districts = max(1, round(schools / params.schools_per_district))
    counts: Counter[tuple[int, str]] = Counter()
    city: list[list[School]] = [[] for _ in range(districts)]
    for index, kind in enumerate(school_kinds(params, schools)):
        district = min(index // params.schools_per_district, districts - 1)
        counts[district, kind] += 1
        city[district].append(_school(params, seed, index, district, kind, counts))
    return tuple(tuple(members) for members in city)


def _school(
    params: Parameters, seed: int, index: int, district: int, kind: str, counts: Counter[tuple[int, str]]
) -> School:
    rng = stream(seed, "school", index)
    rural = bool(rng.random() < params.rural_share[kind])
    boarding = (params.boarding_rural if rural else params.boarding_town)[kind]
    spread = rng.beta(8 * boarding, 8 * (1 - boarding)) if boarding else 0.0
    return School(
        index=index,
        district=district,
        school_id=f"S{index + 1:04d}",
        name=school_name(district, kind, counts[district, kind]),
        kind=kind,
        cluster_id=_cluster(district, kind, counts),
        rural=rural,
        boarding=0.0 if spread < 0.05 else float(spread),
        classes_per_grade=1 if kind == "small_rural" else _classes_per_grade(params, rng, kind),
    )


def _cluster(district: int, kind: str, counts: Counter[tuple[int, str]]) -> str:
    """Primary schools in clusters of five, small rural ones among them; the other levels one cluster each."""
    if kind not in ("primary", "small_rural"):
        return f"D{district + 1:02d}-{kind[0].upper()}"
    before = counts[district, "primary"] + counts[district, "small_rural"] - 1
    return f"D{district + 1:02d}-P{before // CLUSTER_SCHOOLS + 1}"


def _classes_per_grade(params: Parameters, rng: np.random.Generator, kind: str) -> int:
    mean, sd = params.classes_per_grade[kind]
    return int(np.clip(np.rint(rng.normal(mean, sd)), 3, 18))


def build_district(params: Parameters, seed: int, schools: tuple[School, ...]) -> District:
    number = schools[0].district
    classes = _classes(params, seed, schools)
    return District(number, schools, classes, _students(params, seed, schools, classes))


def _band(level: str, grade: int) -> int:
    if level == "primary":
        return BANDS.index("g34" if grade <= 4 else "g56")
    return BANDS.index({"junior": "jr", "senior": "sr", "vocational": "voc"}[level])


def _classes(params: Parameters, seed: int, schools: tuple[School, ...]) -> Classes:
    rows = [
        (row, grade, number)
        for row, school in enumerate(schools)
        for grade in GRADES[school.kind]
        for number in range(1, school.classes_per_grade + 1)
    ]
    school, grade, number = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return Classes(
        class_id=tuple(f"{schools[s].school_id}-{g:02d}-{n:02d}" for s, g, n in rows),
        school=school,
        grade=grade,
        number=number,
        band=np.array([_band(schools[s].level, g) for s, g, _ in rows], dtype=np.int64),
        size=np.concatenate([_sizes(params, seed, schools[s], int((school == s).sum())) for s in range(len(schools))]),
    )


def _sizes(params: Parameters, seed: int, school: School, classes: int) -> Ints:
    rng = stream(seed, "class_size", school.index)
    if school.kind == "small_rural":
        return rng.integers(SMALL_CLASS[0], SMALL_CLASS[1] + 1, classes)
    sizes = rng.normal(params.class_size[school.kind], params.class_size_sd, classes)
    return np.clip(np.rint(sizes), *CLASS_LIMITS).astype(np.int64)


def _students(params: Parameters, seed: int, schools: tuple[School, ...], classes: Classes) -> Students:
    rng = stream(seed, "students", schools[0].district)
    klass = np.repeat(np.arange(len(classes.size)), classes.size)
    school, count = classes.school[klass], int(classes.size.sum())
    rural = np.array([s.rural for s in schools])[school]
    placed_class = (classes.band == BANDS.index("voc")) & (classes.grade == 12)
    return Students(
        klass=klass,
        boy=flip(rng, count, params.boys),
        boarder=flip(rng, count, np.array([s.boarding for s in schools])[school]),
        left_behind=flip(rng, count, np.where(rural, params.left_behind_rural, params.left_behind_town)),
        off_site=flip(rng, count, np.where(placed_class[klass], params.on_placement, 0.0)),
        liability=rng.standard_normal(count),
    )
