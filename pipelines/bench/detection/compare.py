"""B11: ordinary schools outside the funnel's 99.8 % limits, and raised schools that it tells apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.compare import CANNOT_TELL, HIGHER, LIMITS, Schools, build_funnel, compare_window
from models.quality import Flags, Floats
from models.simulator import parameters
from pipelines.bench.detection.cities import MORE_FOLLOWERS, PUBLISHED_EFFECTS, BenchCity, bench_city
from pipelines.bench.detection.shares import Cases, share_rows
from pipelines.bench.rows import Row
from pipelines.policy import load_policy
from pipelines.release.values import widths_of
from pipelines.release.windows import cut_windows

CODES = ("frequent", *MORE_FOLLOWERS)
REFERENCES = {"B11_outside": "B11_naive", "B11_outside_gate": "B11_naive", "B11_seen_gate": "B11_seen"}
RAISED_SHARE = 0.15  # of the schools in the cities that show what the funnel sees


def rows(replicates: int, seed: int, quick: bool) -> list[Row]:
    """Rows of B11 over so many cities, calm ones and ones with raised schools; the same seed gives the same rows."""
    schools = 60 if quick else 100
    raised = replace(parameters("calm"), school_wide_share=RAISED_SHARE)
    cities = [
        tally_calm(bench_city(parameters("calm"), seed + number, schools, 1))
        | tally_raised(bench_city(raised, seed + 1_000 + number, schools, 1))
        for number in range(replicates)
    ]
    return share_rows(cities, REFERENCES)


def tally_calm(bench: BenchCity) -> Cases:
    """Schools told apart in a city where nothing was planted, over all indicators."""
    told = {"B11_naive": naive, "B11_outside": full, "B11_outside_gate": gated}
    return {name: _counted([rule(bench, code) for code in CODES]) for name, rule in told.items()}


def tally_raised(bench: BenchCity) -> Cases:
    """Schools half as high again as they were (the victim item) that are told to be higher."""
    raised = np.zeros(int(bench.school.max()) + 1, dtype=bool)
    raised[bench.school[bench.truth[-1]["raised"]]] = True
    told = {
        "B11_seen": full(bench, "frequent"),
        "B11_seen_95": full(bench, "frequent", LIMITS["95"]),
        "B11_seen_gate": gated(bench, "frequent"),
    }
    return {name: (float((verdict[raised] == HIGHER).sum()), float(raised.sum())) for name, verdict in told.items()}


def full(bench: BenchCity, code: str, z: float = LIMITS["998"]) -> np.ndarray:
    """Verdict on every school, from exact counts."""
    return told_apart(schools_of(bench, code), z)


def gated(bench: BenchCity, code: str) -> np.ndarray:
    """The same from windows, from answers rounded to the coverage step and from city rates of one point."""
    exact, policy = schools_of(bench, code, points=True), load_policy()
    step = policy.count("show.coverage_step")
    r = exact.r.astype(np.int64)
    low, high = cut_windows(np.zeros_like(r), r, np.nan_to_num(exact.low).astype(np.int64), widths_of(policy))
    about = (r + step // 2) // step * step
    shown = r >= policy.count("show.school_r")
    return told_apart(
        replace(exact, low=np.where(shown, low, np.nan), high=np.where(shown, high, np.nan), r=about.astype(float))
    )


def naive(bench: BenchCity, code: str) -> np.ndarray:
    """A funnel of counting alone around what the grades give: no make-up, no over-dispersion."""
    found = schools_of(bench, code)
    return compare_window(found.low, found.high, found.r, found.expected, 0.0, LIMITS["998"])


def told_apart(found: Schools, z: float = LIMITS["998"]) -> np.ndarray:
    funnel = build_funnel(found, load_policy()["compare.school_sd"])
    return compare_window(found.low, found.high, found.r, funnel.expected, funnel.spread, z)


def schools_of(bench: BenchCity, code: str, points: bool = False) -> Schools:
    """Counts of one indicator by school; expected from the city's rate in each band, rounded to a point if asked."""
    last = bench.counted[-1]
    asked = last[f"asked_{code}"]
    yes, r = np.where(asked, last[code], 0), np.where(asked, last["sound"], 0)
    rate = np.bincount(bench.band, weights=yes) / np.maximum(np.bincount(bench.band, weights=r), 1)
    rate = np.clip(np.round(rate, 2), 0.01, 0.99) if points else rate
    count, answers, expected = (_by_school(bench, part) for part in (yes, r, r * rate[bench.band]))
    features = {"rural": bench.rural, "boarders": last["boarders"], "boys": bench.boys}
    enrolled = _by_school(bench, last["enrolled"])
    mix = [_by_school(bench, last["enrolled"] * part) / enrolled for part in features.values()]
    known = answers > 0
    return Schools(
        low=np.where(known, count, np.nan),
        high=np.where(known, count, np.nan),
        r=answers,
        expected=np.where(known, expected / np.maximum(answers, 1), np.nan),
        mix=np.column_stack([*mix, np.log(enrolled / enrolled.mean())]),
        usual=np.array([*PUBLISHED_EFFECTS, 0.0]),
    )


def _by_school(bench: BenchCity, values: Floats) -> Floats:
    return np.asarray(np.bincount(bench.school, weights=values), dtype=float)


def _counted(verdicts: list[np.ndarray]) -> tuple[float, float]:
    outside: Flags = np.concatenate(verdicts) != CANNOT_TELL
    return float(outside.sum()), float(len(outside))
