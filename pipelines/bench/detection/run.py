"""The run: cities in parallel, their sums added up, figures with standard errors, and what was missed."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from models.simulator import parameters
from pipelines.bench.detection.cities import FOLLOWERS, BenchCity, bench_city
from pipelines.bench.detection.figures import DECOYS, missed, rows_of
from pipelines.bench.detection.gated import tally_gate
from pipelines.bench.detection.tallies import Tally, added, judged, tally_city, tally_decoy
from pipelines.bench.rows import Row, document

SEED = 4_000
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
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tallies = list(pool.map(tally_all, [plan] * plan.cities, range(plan.cities)))
    rows = [*rows_of(tallies), Row("seconds", time.perf_counter() - started, "s")]
    return document("detection", rows) | {"missed": missed(rows), "plan": asdict(plan)}


def tally_ordinary(bench: BenchCity, seed: int) -> list[Tally]:
    """Sums before and behind the gate."""
    alone, both = judged(bench, bench.city(()), seed), judged(bench, bench.city(), seed)
    return [
        tally_city(bench, alone, both),
        tally_gate(bench, "victim", alone, (), seed),
        tally_gate(bench, "all", both, FOLLOWERS, seed),
    ]


def tally_all(plan: Plan, number: int) -> Tally:
    """Sums of one ordinary city and one of each decoy; the seed is the number's."""
    seed = SEED + 10 * number
    sums = tally_ordinary(bench_city(parameters(), seed, plan.schools, plan.waves), seed)
    for place, decoy in enumerate(DECOYS, start=1):
        city = bench_city(parameters(decoy), seed + place, plan.decoy_schools, DECOY_WAVES)
        sums.append(tally_decoy(city, decoy, seed + place))
    return added(sums)
