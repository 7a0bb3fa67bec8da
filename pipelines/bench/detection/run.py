"""The run: cities in parallel, their sums added up, figures with standard errors, and what was missed."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from models.simulator import parameters
from pipelines.bench.detection.cities import FOLLOWERS, BenchCity, bench_city
from pipelines.bench.detection.figures import DECOYS, missed, rows_of
from pipelines.bench.detection.gated import tally_gate, told_waves
from pipelines.bench.detection.signs import tally_chances
from pipelines.bench.detection.speed import speed_rows
from pipelines.bench.detection.tallies import Tally, added, judged, tally_city, tally_decoy
from pipelines.bench.rows import Row, document
from pipelines.release.chances import load_chances

SEED = 4_000
# Parts with cities of their own → where their seeds begin, counted from SEED.
PARTS = {"forecast": 10_000, "compare": 20_000, "hotspots": 30_000, "careless": 40_000, "grid": 50_000}
RULES: dict[str, tuple[str, ...]] = {"victim": (), "all": FOLLOWERS}  # the last is the release's
CHANCE = "chance|"
DECOY_WAVES = 2  # a decoy comes in the second wave


@dataclass(frozen=True)
class Plan:
    """How many cities, how large. `decoy_schools`: of each city that holds one decoy."""

    cities: int
    schools: int
    waves: int
    decoy_schools: int


FULL = Plan(cities=16, schools=100, waves=5, decoy_schools=60)
QUICK = Plan(cities=4, schools=60, waves=4, decoy_schools=40)


def run_detection(quick: bool = False) -> dict[str, Any]:
    """Document {bench, machine, rows, missed, plan}; `missed` names what fell short by more than two errors."""
    plan = QUICK if quick else FULL
    started = time.perf_counter()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        tallies = list(pool.map(tally_all, [plan] * plan.cities, range(plan.cities)))
        parts = list(pool.map(rows_of_part, PARTS, [quick] * len(PARTS)))
    rows = joined_rows([*rows_of(tallies), *speed_rows(quick)], *parts)
    return detection_document([*rows, Row("seconds", time.perf_counter() - started, "s")], tallies, plan)


def detection_document(rows: list[Row], tallies: list[Tally], plan: Plan) -> dict[str, Any]:
    """The document, with what was missed, the plan, and the sums behind declared chances."""
    chances = [
        {key.removeprefix(CHANCE): value for key, value in tally.items() if key.startswith(CHANCE)} for tally in tallies
    ]
    return document("detection", rows) | {"missed": missed(rows), "plan": asdict(plan), "chances": chances}


def rows_of_part(name: str, quick: bool) -> list[Row]:
    """Rows of a part that draws cities of its own; each part is a module with `rows(replicates, seed, quick)`."""
    replicates = 2 if quick or name == "grid" else 8
    found: list[Row] = import_module(f"pipelines.bench.detection.{name}").rows(replicates, SEED + PARTS[name], quick)
    return found


def joined_rows(*parts: list[Row]) -> list[Row]:
    """All rows; of two with one name the later, from a part that measures nothing else, stands."""
    return list({row.name: row for part in parts for row in part}.values())


def tally_ordinary(bench: BenchCity, seed: int) -> list[Tally]:
    """Sums before and behind the gate."""
    sums: list[Tally] = []
    sound = {name: judged(bench, bench.city(codes), seed) for name, codes in RULES.items()}
    for name, codes in RULES.items():
        full = judged(bench, bench.city(codes, every=True), seed)
        told = list(told_waves(bench, codes))
        sums.append(tally_gate(bench, name, full, sound[name], told[-1]))
    chances = tally_chances(bench, told, load_chances()["sizes"])
    return [tally_city(bench, *sound.values()), *sums, {f"{CHANCE}{key}": value for key, value in chances.items()}]


def tally_all(plan: Plan, number: int) -> Tally:
    """Sums of one ordinary city and one of each decoy; the seed is the number's."""
    seed = SEED + 10 * number
    city = bench_city(parameters(), seed, plan.schools, plan.waves)
    sums = tally_ordinary(city, seed)
    for place, decoy in enumerate(DECOYS, start=1):
        decoyed = bench_city(parameters(decoy), seed + place, plan.decoy_schools, DECOY_WAVES)
        sums.append(tally_decoy(decoyed, decoy, seed + place))
    return added(sums)
