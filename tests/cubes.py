"""Random small cities as cubes, for tests of the gate. No file, no database."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipelines.release.cube import Apart, Cube, IndicatorFacts

BANDS = ("g34", "g56", "jr")
MEASURES = ("happens", "avoided")
PLACES = ("rooms", "toilet", "canteen", "dormitory", "yard", "outside", "elsewhere")
AREAS = {"inside": (0, 1), "living": (2, 3), "grounds": (4,), "beyond": (5, 6)}
TIMES = ("travel", "lessons", "breaks", "night")


def facts() -> tuple[IndicatorFacts, ...]:
    """Indicators with every kind of relation: nested both ways, a union, class-level ones, one kept above schools."""
    rows = [
        ("frequent", BANDS, ("any",), ("words", "mind"), True, "carrying", 1.0),
        ("still_now", BANDS, (), (), True, "banded", 0.8),
        ("witness", BANDS, (), (), True, "first_signs", 1.5),
        ("avoids", BANDS, (), (), True, "banded", 2.0),
        ("perpetration", ("jr",), (), (), True, "banded", 0.5),
        ("any", BANDS, (), (), False, None, 2.0),
        ("persistent", BANDS, ("frequent",), (), False, None, 0.5),
        ("words", BANDS, ("frequent",), (), False, None, 0.8),
        ("mind", BANDS, ("frequent",), (), False, None, 0.6),
        ("severe", BANDS, (), (), False, None, 0.2),
    ]
    return tuple(
        IndicatorFacts(code, bands, within, covered, level, sign, "higher_is_worse", ratio, _lowest(code))
        for code, bands, within, covered, level, sign, ratio in rows
    )


def _lowest(code: str) -> str:
    return "district" if code == "severe" else "grade"


def random_cube(seed: int, schools: int = 8, wave: str = "2026-1", rate: float | None = None) -> Cube:
    """A city with big schools, small rural ones and tiny ones; counts obey the relations of `facts`."""
    rng = np.random.default_rng(seed)
    classes = pd.concat([_school(rng, index) for index in range(schools)], ignore_index=True)
    return _cube(rng, classes.sort_values(["school_id", "grade", "class_id"], ignore_index=True), wave, rate)


def two_terms(seed: int, schools: int = 8, rate: float | None = None) -> tuple[Cube, Cube]:
    """Autumn and spring of a city whose classes gained or lost a student or two; half its schools are rural."""
    rng = np.random.default_rng(seed)
    autumn = pd.concat([_school(rng, index, (0.3, 0.6, 0.1)) for index in range(schools)], ignore_index=True)
    autumn = autumn.sort_values(["school_id", "grade", "class_id"], ignore_index=True)
    spring = autumn.assign(enrolled=(autumn["enrolled"] + rng.integers(-1, 2, len(autumn))).clip(lower=2))
    spring["submitted"] = np.minimum(spring["submitted"] + rng.integers(-1, 2, len(autumn)), spring["enrolled"])
    spring["r"] = rng.binomial(spring["submitted"].clip(lower=0), 0.99)
    return _cube(rng, autumn, "2025-2", rate), _cube(rng, spring, "2026-1", rate)


def _cube(rng: np.random.Generator, classes: pd.DataFrame, wave: str, rate: float | None) -> Cube:
    yes, place, place_time, area = _counts(rng, classes, rate)
    return Cube(
        wave=wave,
        instrument_id="mini",
        instrument_hash="0" * 64,
        anonymous=True,
        indicators=facts(),
        classes=classes.drop(columns=["cluster_id", "district_id", "rural", "boarding"]),
        schools=_schools(classes),
        yes=yes,
        place=place,
        place_time=place_time,
        measures=MEASURES,
        place_groups=PLACES,
        time_groups=TIMES,
        apart=random_apart(rng, classes),
        area=area,
        areas=tuple(AREAS),
        labels=pd.DataFrame(columns=["kind", "code", "school_id", "lang", "text", "long_text"]),
    )


def random_apart(rng: np.random.Generator, classes: pd.DataFrame) -> Apart:
    """What students use and whom they live with, by grade: ticks that don't exclude each other, and one answer each."""
    plain = IndicatorFacts("", BANDS, (), (), False, None, "neutral", 1.0)
    codes = ("uses__boards", "uses__bus", "uses__none", "home__1", "home__2")
    options = tuple(replace(plain, code=code, question="home" if "home" in code else "") for code in codes)
    grades = classes.groupby(["school_id", "grade"])["r"].sum().reset_index()
    yes = np.zeros((len(grades), len(codes)), np.int64)
    for row, r in enumerate(grades["r"]):
        boards, bus = rng.random((2, r)) < rng.choice([0.02, 0.5, 0.98], size=(2, 1))
        home = rng.choice(3, size=r, p=[0.8, 0.15, 0.05])
        yes[row] = [boards.sum(), bus.sum(), (~boards & ~bus).sum(), (home == 0).sum(), (home == 1).sum()]
    r = np.repeat(grades["r"].to_numpy(np.int64)[:, None], len(codes), axis=1)
    return Apart(grades[["school_id", "grade"]], options, r, yes)


def _school(rng: np.random.Generator, index: int, mix: tuple[float, float, float] = (0.6, 0.25, 0.15)) -> pd.DataFrame:
    kind = rng.choice(["big", "rural", "tiny"], p=mix)
    level = rng.choice(["primary", "junior"])
    grades = (3, 4, 5, 6) if level == "primary" else (7, 8, 9)
    per_grade = {"big": int(rng.integers(2, 6)), "rural": 1, "tiny": 1}[kind]
    size = {"big": (25, 50), "rural": (12, 21), "tiny": (3, 8)}[kind]
    rows = []
    for grade in grades:
        for number in range(per_grade):
            enrolled = int(rng.integers(*size))
            submitted = int(rng.binomial(enrolled, rng.choice([0.95, 0.95, 0.5])))
            rows.append((f"S{index}C{grade}{number}", f"{grade}({number})", grade, enrolled, submitted))
    frame = pd.DataFrame(rows, columns=["class_id", "class_name", "grade", "enrolled", "submitted"])
    frame["r"] = rng.binomial(frame["submitted"], 0.98)
    band = frame["grade"].map(lambda grade: "g34" if grade < 5 else "g56" if grade < 7 else "jr")
    cluster = f"K{index // 4}" if kind != "big" else ""
    return frame.assign(
        school_id=f"S{index}", level=level, band=band, district_id=f"D{index // 4}", cluster_id=cluster,
        rural=kind != "big", boarding=False,
    )  # fmt: skip


def _schools(classes: pd.DataFrame) -> pd.DataFrame:
    columns = ["school_id", "level", "boarding", "rural", "cluster_id", "district_id"]
    schools = classes[columns].drop_duplicates("school_id").reset_index(drop=True)
    shares = {
        "boys_share": pd.array([53] * len(schools), dtype="Int64"),
        "boarders_share": pd.array([0] * len(schools), dtype="Int64"),
    }
    return schools.assign(school_name=schools["school_id"], district_name=schools["district_id"], **shares)


def _counts(
    rng: np.random.Generator, classes: pd.DataFrame, rate: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Answers student by student, so that every relation holds by what a student said."""
    names = [fact.code for fact in facts()]
    students = classes.loc[classes.index.repeat(classes["r"])].reset_index()
    size = len(students)
    base = rng.beta(1, 6, size=len(classes)) if rate is None else np.full(len(classes), rate)
    p = base[students["index"]]
    words, mind = rng.random(size) < p * 0.9, rng.random(size) < p * 0.7
    frequent = words | mind
    persistent = frequent & (rng.random(size) < 0.4)
    anyone = frequent | (rng.random(size) < p)
    top = rng.choice(8, size=size, p=[0.12, 0.05, 0.03, 0.05, 0.1, 0.05, 0.05, 0.55])
    time = rng.random((size, 4)) < 0.4
    avoided = rng.random((size, 7)) < 0.04
    answers = {
        "frequent": frequent, "any": anyone, "persistent": persistent, "words": words, "mind": mind,
        "still_now": frequent & (rng.random(size) < 0.6), "witness": rng.random(size) < 1.5 * p,
        "avoids": avoided.any(axis=1), "severe": rng.random(size) < 0.03,
        "perpetration": (rng.random(size) < p) & (students["band"] == "jr").to_numpy(),
    }  # fmt: skip
    yes = np.zeros((len(classes), len(names)), np.int64)
    for column, name in enumerate(names):
        np.add.at(yes[:, column], students["index"], answers[name])
    place, place_time = np.zeros((len(classes), 2, 7), np.int64), np.zeros((len(classes), 7, 4), np.int64)
    for group in range(7):
        np.add.at(place[:, 0, group], students["index"], top == group)
        np.add.at(place[:, 1, group], students["index"], avoided[:, group])
        for slot in range(4):
            np.add.at(place_time[:, group, slot], students["index"], (top == group) & time[:, slot])
    area = np.zeros((len(classes), 2, len(AREAS)), np.int64)
    for index, groups in enumerate(AREAS.values()):
        np.add.at(area[:, 0, index], students["index"], np.isin(top, groups))
        np.add.at(area[:, 1, index], students["index"], avoided[:, groups].any(axis=1))
    return yes, place, place_time, area
