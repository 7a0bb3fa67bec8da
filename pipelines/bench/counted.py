"""A counted city: class list and counts as scoring leaves them, of students drawn one by one; outbreaks are planted.

A student has a latent severity: whoever is reached by a rarer indicator of a nested family is reached by the commoner
ones too. So the counts of every class are those of real answers, and keep every relation of the questionnaire.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.bench.synthetic import SNAPSHOT
from pipelines.contracts import create_table_sql, load_contract
from pipelines.policy import Policy
from pipelines.score.places import area_of_group
from survey.bands import band_of
from survey.indicators import Indicator
from survey.instrument import Instrument

CLASSES_OF_A_SCHOOL = 25
KINDS = (("primary", (3, 4, 5, 6)), ("primary", (3, 4, 5, 6)), ("junior", (7, 8, 9)), ("senior", (10, 11, 12)))
SIZE, HANDED_IN, BLANK = (36, 8), 0.95, 0.02  # mean and spread of class sizes; shares of sheets
OUTBREAK = 0.35  # share of a planted class's students who are reached, beside those of any class
SPREAD = 0.45  # of classes on the logit scale
TABLES = (
    "raw_wave", "raw_registry", "raw_place", "core_class_wave_response", "core_class_wave_indicator",
    "core_class_wave_place_group", "core_class_wave_place_area", "core_class_wave_place_time_group",
    "core_school_wave_apart",
)  # fmt: skip
Yes = NDArray[np.bool_]


@dataclass(frozen=True)
class Students:
    """One row per opened answer: position of the class, band, latent severity (the lower, the more is reached)."""

    home: NDArray[np.int64]
    band: NDArray[np.str_]
    severity: NDArray[np.float64]


def make_counted(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, policy: Policy, waves: Iterable[str], schools: int
) -> None:
    """Class list and counts of every wave; 25 classes a school; the same on every run."""
    for table in TABLES:
        connection.execute(create_table_sql(load_contract(table)))
    classes = raw_registry(np.random.default_rng(1), schools)
    insert(connection, "raw_registry", classes.assign(snapshot_id=SNAPSHOT))
    for seed, wave in enumerate(waves, start=2):
        row = [wave, instrument.id, instrument.hash, instrument.to_json(), SNAPSHOT, "class", True, ""]
        connection.execute("INSERT INTO raw_wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        for table, rows in count_wave(np.random.default_rng(seed), instrument, policy, classes).items():
            insert(connection, table, rows.assign(wave=wave))


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")


def raw_registry(rng: np.random.Generator, schools: int) -> pd.DataFrame:
    """One row per class; classes of a school are spread over its grades."""
    rows = []
    for school in range(schools):
        level, grades = KINDS[school % len(KINDS)]
        for number in range(CLASSES_OF_A_SCHOOL):
            grade = grades[number % len(grades)]
            rows.append((f"s{school}", level, grade, f"s{school}c{number}", f"{grade}({number})"))
    frame = pd.DataFrame(rows, columns=["school_id", "level", "grade", "class_id", "class_name"])
    number = frame["school_id"].str[1:].astype(int)
    enrolled = np.clip(rng.normal(*SIZE, len(frame)).round(), 12, 60).astype(np.int64)
    return frame.assign(
        enrolled=enrolled,
        band=[band_of(level, grade) for level, grade in zip(frame["level"], frame["grade"], strict=True)],
        school_name="School " + number.astype(str),
        district_id="d" + (number // 20).astype(str),
        district_name="District " + (number // 20).astype(str),
        cluster_id="k" + (number // 5).astype(str),
        boarding=False,
        rural=False,
    )


def planted_classes(schools: Iterable[str]) -> list[str]:
    """The ids of the classes with an outbreak, the same in every wave: one of each school with an even number."""
    return [f"{school}c{int(school[1:]) % CLASSES_OF_A_SCHOOL}" for school in schools if int(school[1:]) % 2 == 0]


def count_wave(
    rng: np.random.Generator, instrument: Instrument, policy: Policy, classes: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The core tables of one wave, without its name."""
    response = core_class_wave_response(rng, classes)
    students = draw_students(rng, classes, response["r"].to_numpy())
    told = draw_indicators(rng, instrument, policy, students)
    return {
        "core_class_wave_response": response,
        "core_class_wave_indicator": core_class_wave_indicator(classes, response, instrument, students, told),
        **count_places(rng, instrument, classes, students, told),
        "core_school_wave_apart": core_school_wave_apart(rng, instrument, classes, students),
    }


def core_class_wave_response(rng: np.random.Generator, classes: pd.DataFrame) -> pd.DataFrame:
    submitted = rng.binomial(classes["enrolled"], HANDED_IN)
    blanks = rng.binomial(submitted, BLANK)
    facts = classes[["class_id", "school_id", "grade", "band", "enrolled"]]
    r = submitted - blanks
    return facts.assign(submitted=submitted, blanks=blanks, r=r, w=r.astype(float))


def draw_students(rng: np.random.Generator, classes: pd.DataFrame, r: NDArray[np.int64]) -> Students:
    """Severity is uniform, pulled down as the class's spread has it, and further in a planted class."""
    home = np.repeat(np.arange(len(classes)), r)
    severity = rng.random(len(home))
    logit = np.log(severity / (1 - severity)) - rng.normal(0, SPREAD, len(classes))[home]
    planted = classes["class_id"].isin(planted_classes(classes["school_id"].unique())).to_numpy()[home] & (
        rng.random(len(home)) < OUTBREAK
    )
    severity = np.where(planted, 0.01 * severity, 1 / (1 + np.exp(-logit)))
    return Students(home, classes["band"].to_numpy(str)[home], severity)


def draw_indicators(
    rng: np.random.Generator, instrument: Instrument, policy: Policy, students: Students
) -> dict[str, Yes]:
    """Yes or no of every student to every indicator. Parts of a union cover it; other nested ones share the severity;
    answers to one question exclude each other; the rest are drawn alone.
    """
    reference = np.array([policy.reference_rate[band] for band in students.band])
    indicators = instrument.indicators
    rate = {code: np.minimum(0.9, reference * one.reference_ratio) for code, one in indicators.items()}
    nested = {code for one in indicators.values() for code in (one.code, *one.within) if one.within}
    severe_ones = nested | {code for code, one in indicators.items() if one.sign}
    told = {
        code: (students.severity if code in severe_ones else rng.random(len(reference))) < share
        for code, share in rate.items()
    }
    for one in indicators.values():
        if one.covered_by:
            told |= draw_cover(rng, told[one.code], one, indicators)
    for family in exclusive_families(indicators.values()):
        told |= draw_one_of(rng, family, rate)
    return told


def draw_cover(
    rng: np.random.Generator, whole: Yes, one: Indicator, indicators: dict[str, Indicator]
) -> dict[str, Yes]:
    """Each of a union's parts at its own share of the whole; whoever drew none has the first."""
    parts = {
        code: whole & (rng.random(len(whole)) < indicators[code].reference_ratio / one.reference_ratio)
        for code in one.covered_by
    }
    parts[one.covered_by[0]] |= whole & ~np.logical_or.reduce(list(parts.values()))
    return parts


def exclusive_families(indicators: Iterable[Indicator]) -> list[list[str]]:
    """Indicators that count answers to the same single-choice question."""
    found: dict[str, list[str]] = {}
    for one in indicators:
        columns = one.numerator.columns
        if len(columns) == 1 and columns[0].kind != "flag":
            found.setdefault(columns[0].name, []).append(one.code)
    return [codes for codes in found.values() if len(codes) > 1]


def draw_one_of(rng: np.random.Generator, family: list[str], rate: dict[str, NDArray[np.float64]]) -> dict[str, Yes]:
    """One answer at most per student."""
    total = np.maximum(1.0, sum(rate[code] for code in family))
    draw, edge, told = rng.random(len(total)), np.zeros(len(total)), {}
    for code in family:
        told[code] = (draw >= edge) & (draw < edge + rate[code] / total)
        edge = edge + rate[code] / total
    return told


def sums(students: Students, yes: Yes, classes: int) -> NDArray[np.int64]:
    """Students of each class who said yes."""
    return np.bincount(students.home[yes], minlength=classes)


def core_class_wave_indicator(
    classes: pd.DataFrame, response: pd.DataFrame, instrument: Instrument, students: Students, told: dict[str, Yes]
) -> pd.DataFrame:
    frames = []
    for code, yes in told.items():
        count = sums(students, yes, len(classes))
        frame = response[["class_id", "r"]].assign(indicator=code, valid=response["r"], yes=count)
        asked = classes["band"].isin(instrument.indicators[code].bands) & (response["r"] > 0)
        frames.append(frame.assign(w_valid=frame["r"].astype(float), w_yes=count.astype(float))[asked])
    return pd.concat(frames, ignore_index=True)


def count_places(
    rng: np.random.Generator, instrument: Instrument, classes: pd.DataFrame, students: Students, told: dict[str, Yes]
) -> dict[str, pd.DataFrame]:
    """Where it happens most and when, of those whom `any` reaches; the places avoided, of those who avoid any."""
    groups, times = ([group.code for group in instrument.lists[name].groups] for name in ("places", "times"))
    place, time = (rng.integers(0, len(codes), len(students.home)) for codes in (groups, times))
    happens = {group: told["any"] & (place == number) for number, group in enumerate(groups)}
    first = rng.integers(0, len(groups), len(students.home))
    avoided = {
        group: told["avoids"] & ((first == number) | (rng.random(len(first)) < 0.2))
        for number, group in enumerate(groups)
    }
    keyed = {("happens", group): yes for group, yes in happens.items()}
    keyed |= {("avoided", group): yes for group, yes in avoided.items()}
    grid = {(group, code): yes & (time == at) for group, yes in happens.items() for at, code in enumerate(times)}
    return {
        "core_class_wave_place_group": rows_of(classes, students, keyed, ["measure", "place_group"]),
        "core_class_wave_place_area": rows_of(classes, students, put_together(keyed), ["measure", "area"]),
        "core_class_wave_place_time_group": rows_of(classes, students, grid, ["place_group", "time_group"]),
    }


def put_together(keyed: dict[tuple[str, str], Yes]) -> dict[tuple[str, str], Yes]:
    """By area what stands by place group: whoever named any of its places."""
    found: dict[tuple[str, str], Yes] = {}
    for (measure, group), yes in keyed.items():
        if area := area_of_group().get(group):
            found[measure, area] = found.get((measure, area), np.zeros_like(yes)) | yes
    return found


def rows_of(
    classes: pd.DataFrame, students: Students, keyed: dict[tuple[str, str], Yes], names: list[str]
) -> pd.DataFrame:
    """One row per class and key."""
    frames = [
        pd.DataFrame({"class_id": classes["class_id"], "yes": sums(students, yes, len(classes))}).assign(
            **dict(zip(names, key, strict=True))
        )
        for key, yes in keyed.items()
    ]
    return pd.concat(frames, ignore_index=True)


def core_school_wave_apart(
    rng: np.random.Generator, instrument: Instrument, classes: pd.DataFrame, students: Students
) -> pd.DataFrame:
    """What students use and whom they live with: ticks one by one and "none of them"; one answer to each question."""
    options: dict[str, Yes] = {}
    n = len(students.home)
    for column in instrument.apart_columns.values():
        asked = np.isin(students.band, column.bands)
        if column.kind == "flag":
            options[column.name] = asked & (rng.random(n) < 0.3)
        else:
            answer = rng.integers(0, len(column.answers), n)
            options |= {f"{column.name}__{code}": asked & (answer == at) for at, code in enumerate(column.answers)}
    for none in [code for code in options if code.endswith("__none")]:
        others = [yes for code, yes in options.items() if code.startswith(none[: -len("none")]) and code != none]
        options[none] = np.isin(students.band, instrument.apart_columns[none].bands) & ~np.logical_or.reduce(others)
    frames = [by_grade(classes, students, option, yes) for option, yes in options.items()]
    apart = pd.concat(frames, ignore_index=True)
    bands = {column.name: column.bands for column in instrument.apart_columns.values()}
    asked_of = apart["option"].map(lambda option: bands.get(option) or bands[option.rsplit("__", 1)[0]])
    kept = [band in asked for band, asked in zip(apart["band"], asked_of, strict=True)]
    return apart[kept].drop(columns="band")


def by_grade(classes: pd.DataFrame, students: Students, option: str, yes: Yes) -> pd.DataFrame:
    """One row per school and grade: its answers, and those with this option."""
    everybody = np.ones(len(students.home), dtype=bool)
    counts = classes[["school_id", "grade", "band"]].assign(
        r=sums(students, everybody, len(classes)), yes=sums(students, yes, len(classes))
    )
    return counts.groupby(["school_id", "grade", "band"], as_index=False).sum().assign(option=option)
