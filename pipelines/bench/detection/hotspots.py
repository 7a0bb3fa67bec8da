"""B12: planted hotspots found, and ordinary cells raised, in schools of about 800 and 1,500 students."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.hotspots import Mentions, find_hotspots
from models.quality import is_sound
from models.simulator import Parameters, build_district, build_hotspots, build_schools, parameters, simulate_district
from models.simulator.city import District
from pipelines.bench.detection.cities import CARRIER, instruments
from pipelines.bench.detection.shares import Cases, share_rows
from pipelines.bench.detection.sheets import points_against, says_yes
from pipelines.bench.rows import Row
from pipelines.policy import load_policy
from pipelines.release.values import widths_of
from pipelines.release.windows import cut_windows
from pipelines.score.places import grid_of

LEVELS = ("primary", "junior", "senior", "vocational")
ALLOWED = {1: 0.1, 4: 0.3}  # false cells a school, by waves pooled
WAVES = {1: "one", 4: "four"}
SPOT_SHARE = 0.3  # of the schools
PLAIN_LIFT = 2.0


@dataclass(frozen=True)
class Size:
    """Schools of one size: classes per grade of primary and junior schools, and how strong their hotspots are."""

    name: str
    classes: tuple[float, float]
    ratio: float


SIZES = (Size("n800", (5.26, 6.2), 5.0), Size("n1500", (9.9, 11.6), 3.0))
Cells = dict[str, np.ndarray]


@dataclass(frozen=True)
class Counted:
    """Rows are schools × waves; kind, boarding (share), school, wave and answers stand beside three tables.

    tables: fine, place × time; coarse, the released grid; own, fine, but of frequent victims alone. spots: school →
    its planted cell in the fine and in the coarse tables.
    """

    tables: Mapping[str, np.ndarray]
    kind: np.ndarray
    boarding: np.ndarray
    school: np.ndarray
    wave: np.ndarray
    answers: np.ndarray
    spots: Mapping[int, tuple[int, int]]


def rows(replicates: int, seed: int, quick: bool) -> list[Row]:
    """Rows of B12 over so many cities of each size; the same seed gives the same rows."""
    schools = 40 if quick else 60
    cities = [
        tally(counted(params_of(size), seed + number, schools, max(WAVES)), size.name)
        for size in SIZES
        for number in range(replicates)
    ]
    names = dict.fromkeys(name for city in cities for name in city)
    false = {name: "cells per school" for name in names if "false" in name}
    references = {name: f"B12_naive_{name.split('_')[2]}_false" for name in false if "naive" not in name}
    return share_rows(cities, references, false)


def params_of(size: Size) -> Parameters:
    """Schools of one size, a share of which has a hotspot of one strength, and nothing else planted."""
    classes = {"primary": (size.classes[0], 0.3), "junior": (size.classes[1], 0.3)}
    return replace(
        parameters("calm"),
        kind_share={"primary": 0.4, "junior": 0.6},
        classes_per_grade=classes,
        hotspot_share=SPOT_SHARE,
        hotspot_ratios=(size.ratio,),
    )


def tally(city: Counted, size: str) -> Cases:
    """Hits and false cells of one city: from the mentions of frequent victims, from all, from released windows."""
    sums: Cases = {}
    for waves, word in WAVES.items():
        for table, suffix in (("own", ""), ("fine", "_all"), ("coarse", "_gate")):
            last = city.wave >= max(WAVES) - waves
            raised = find_hotspots(mentions_of(city, table, last), ALLOWED[waves]).raised
            sums |= judged(city, raised, table == "coarse", f"B12_{word}_{size}", suffix)
    plain = plain_lift(city.tables["own"][city.wave == max(WAVES) - 1])
    return sums | judged(city, plain, False, f"B12_naive_{size}", "")


def judged(city: Counted, raised: np.ndarray, coarse: bool, name: str, suffix: str) -> Cases:
    """Share of planted cells that are raised, and raised cells a school beside them."""
    beside, hits = raised.copy(), 0
    for school, cells in city.spots.items():
        hits += bool(raised[school, cells[coarse]])
        beside[school, cells[coarse]] = False
    return {
        f"{name}{suffix}": (float(hits), float(len(city.spots))),
        f"{name}_false{suffix}": (float(beside.sum()), float(len(raised))),
    }


def plain_lift(table: np.ndarray) -> np.ndarray:
    """(schools, cells): named more than twice as often as the city's shares say."""
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return table > PLAIN_LIFT * expected


def mentions_of(city: Counted, table: str, rows: np.ndarray) -> Mentions:
    """The model's input; the coarse grid as a release tells it, windows of at least five counts."""
    low = high = city.tables[table][rows]
    if table == "coarse":
        answers = np.broadcast_to(city.answers[rows][:, None], low.shape).astype(np.int64)
        low, high = cut_windows(np.zeros_like(answers), answers, low.astype(np.int64), widths_of(load_policy()))
    return Mentions(low.astype(float), high.astype(float), city.kind[rows], city.boarding[rows], city.school[rows])


def counted(params: Parameters, seed: int, schools: int, waves: int) -> Counted:
    """A simulated city as counts by school and wave, and where its hotspots lie."""
    _, questionnaire = instruments()
    found: list[dict[str, Any]] = []
    spots: dict[int, tuple[int, int]] = {}
    grid = grid_of(instruments()[0])
    places, times, pairs = list(grid.top), list(grid.times), list(grid.pairs)
    for part in build_schools(params, seed, schools):
        district = build_district(params, seed, part)
        for spot in build_hotspots(params, seed, district.schools):
            fine = places.index(spot.place) * len(times) + times.index(spot.time)
            coarse = pairs.index((grid.group_of[spot.place], grid.group_of[spot.time]))
            spots[district.schools[spot.school].index] = (fine, coarse)
        for chunk in simulate_district(params, questionnaire, seed, district, waves):
            found += school_rows(district, chunk)
    columns = {name: np.array([row[name] for row in found]) for name in found[0]}
    tables = {name: columns.pop(name) for name in ("fine", "coarse", "own")}
    return Counted(tables=tables, spots=spots, **columns)


def school_rows(district: District, chunk: Any) -> list[dict[str, Any]]:
    """One row per school: its tables of sound sheets, and what it is like."""
    instrument, answers = instruments()[0], chunk.responses
    sound = is_sound(points_against(instrument, answers)) & (answers["take_part"] == 1)
    tables = {"fine": fine_table(answers), "coarse": coarse_table(answers)}
    tables["own"] = tables["fine"] & says_yes(instrument.indicators[CARRIER], answers)[:, None]
    row_of = {class_id: row for row, class_id in enumerate(district.classes.class_id)}
    home = district.classes.school[[row_of[class_id] for class_id in answers["class_id"]]]
    made = []
    for number, school in enumerate(district.schools):
        mine, classes = sound & (home == number), district.classes.school == number
        enrolled, boarders = (chunk.classes[name][classes].sum() for name in ("enrolled", "boarders"))
        facts = {"kind": LEVELS.index(school.level), "boarding": boarders / enrolled, "school": school.index}
        facts |= {"wave": chunk.wave, "answers": mine.sum()}
        made.append(facts | {name: table[mine].sum(axis=0).astype(float) for name, table in tables.items()})
    return made


def fine_table(answers: Mapping[str, Any]) -> np.ndarray:
    """(sheets, places × times): names the place as the one where it happens most, and this time there."""
    grid = grid_of(instruments()[0])
    times = np.stack([answers[f"time__{time}"] == 1 for time in grid.times], axis=1)
    return np.hstack([times & (answers["place_top"] == place)[:, None] for place in grid.top])


def coarse_table(answers: Mapping[str, Any]) -> np.ndarray:
    """(sheets, place groups × time groups), as it is released: each sheet once in a cell."""
    columns = [
        np.isin(answers["place_top"], places) & np.any([answers[f"time__{time}"] == 1 for time in times], axis=0)
        for places, times in grid_of(instruments()[0]).pairs.values()
    ]
    return np.stack(columns, axis=1)
