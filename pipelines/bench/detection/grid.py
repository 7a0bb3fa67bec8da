"""The sensitivity grid: the same rules in cities that differ from the default in one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.simulator import Parameters, parameters
from pipelines.bench.detection import peers
from pipelines.bench.detection.cities import bench_city
from pipelines.bench.detection.shares import Cases, share_rows
from pipelines.bench.detection.tallies import added, false_signs, judged, sensitivity
from pipelines.bench.rows import Row

WAVES = 3
SCHOOLS = {True: 20, False: 40}
BANDS = ("g34", "g56", "jr", "sr", "voc")


def variants() -> Mapping[str, Parameters]:
    """Name → parameters: spread between classes, base rate, response, careless hands."""
    usual = parameters()
    return {
        "icc_low": scaled(usual, 0.6),
        "icc_high": scaled(usual, 1.6),
        **{
            f"base_{points}": replace(usual, victim_rate=dict.fromkeys(BANDS, points / 100))
            for points in (5, 8, 12, 20)
        },
        "response_70": replace(usual, response_beta=(14.0, 6.0)),
        "response_90": usual,
        "careless_2": replace(usual, careless=0.02),
        "careless_5": usual,
        "careless_12": replace(usual, careless=0.12),
    }


def scaled(usual: Parameters, factor: float) -> Parameters:
    """The intraclass correlation times `factor`: variances between schools, classes and terms all grow by it."""
    root = factor**0.5
    school, klass, term = (sd * root for sd in (usual.sd_school, usual.sd_class, usual.sd_class_wave))
    return replace(usual, sd_school=school, sd_class=klass, sd_class_wave=term)


def rows(replicates: int, seed: int, quick: bool) -> list[Row]:
    """Rows of every variant over so many cities; the same seed gives the same rows, the same cities in each variant."""
    found: list[Row] = []
    for name, params in variants().items():
        cities = [tally(name, params, seed + number, SCHOOLS[quick]) for number in range(replicates)]
        references = {f"grid_{name}_se30": f"grid_{name}_raw_se30"}
        found += share_rows(cities, references)
    return found


def tally(name: str, params: Parameters, seed: int, schools: int) -> Cases:
    """Sensitivity at 30 % of the raw rate, ours and the oracle; false signs and right ones of ours."""
    bench = bench_city(params, seed, schools, WAVES)
    both = judged(bench, bench.city(), seed)
    scores = {"raw": peers.raw_rate(bench), "oracle": peers.oracle_odds(bench, both.fit), "all": both.signals.odds}
    sums = added(
        [*(sensitivity(bench, who, score) for who, score in scores.items()), false_signs(bench, "all", both.sign)]
    )
    found = {
        f"grid_{name}{mark}_se30": (sums[f"{who}.sudden0.30.hit"], sums[f"{who}.sudden0.30.of"])
        for who, mark in (("raw", "_raw"), ("oracle", "_oracle"), ("all", ""))
    }
    return found | {
        f"grid_{name}_fpr": (sums["all.overall.false"], sums["all.overall.clean"]),
        f"grid_{name}_ppv": (sums["all.right"], sums["all.signs"]),
    }
