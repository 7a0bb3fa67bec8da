"""How long the models take: CPU seconds of one core and the process's peak memory, in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy import special

from models.compare import Schools, build_funnel, compare_window
from models.fit import City, Counts
from models.hotspots import Mentions, find_hotspots
from models.latent import Spread
from models.signals import class_signals
from models.thresholds import round_answers, window_of
from pipelines.bench.detection.cities import CARRIER, FOLLOWERS, PUBLISHED_EFFECTS
from pipelines.bench.rows import Row
from pipelines.cuts import BANDS, Told, class_cuts, school_year, waves_between, windows_of
from pipelines.estimate import Reference, est_class_wave_signal
from pipelines.policy import load_policy

INDICATORS, WAVES, CLASSES_PER_SCHOOL, CELLS = 20, 4, 25, 42
NAMES = waves_between("2024-2", "2026-1")
SIZES = {"signals": 5_000, "signals_100k": 100_000}


def speed_rows(quick: bool) -> list[Row]:
    """CPU seconds and peak MB of every step of a term, of 5,000 classes × 20 indicators × 4 waves and of 100,000."""
    found = []
    for name in list(SIZES)[:1] if quick else SIZES:
        # A fork would start with the memory of the bench.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, megabytes = pool.apply(measure, (SIZES[name],))
        found += [Row(f"{name}_{step}_s", spent, "s") for step, spent in seconds.items()]
        found += [Row(f"{name}_s", sum(seconds.values()), "s"), Row(f"{name}_mb", megabytes, "MB")]
    return found


def measure(classes: int) -> tuple[Mapping[str, float], float]:
    """CPU seconds by step; peak MB of the process, which also holds what the steps read."""
    city = drawn(classes)
    steps: dict[str, Callable[[], object]] = {
        "estimate": lambda: est_class_wave_signal(counts_of(city), NAMES[-1], usual_rates(city)),
        "odds": lambda: class_signals(of_rule(city)),
        "cuts": lambda: cuts_of(city),
        "hotspots": lambda: find_hotspots(mentions(classes // CLASSES_PER_SCHOOL), 0.3),
        "comparison": lambda: [funnel_of(city, code) for code in city.waves[-1]],
    }
    return {name: seconds_of(step) for name, step in steps.items()}, peak_megabytes()


def seconds_of(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def drawn(classes: int) -> City:
    """Classes drawn from the model itself; every indicator follows the first."""
    rng, spread = np.random.default_rng(1), Spread()
    school = np.arange(classes) // CLASSES_PER_SCHOOL
    lasting = spread.school * rng.standard_normal(school.max() + 1)[school] + spread.klass * rng.standard_normal(
        classes
    )
    codes = (CARRIER, *FOLLOWERS, *(f"indicator_{number}" for number in range(INDICATORS - 2)))
    waves = []
    for _ in range(WAVES):
        share = special.expit(-2.3 + lasting + spread.term * rng.standard_normal(classes))
        r = rng.integers(25, 45, classes)
        waves.append({code: Counts(rng.binomial(r, share), r) for code in codes})
    mix = [np.round(rng.random((school.max() + 1, 3)), 2)[school]] * WAVES
    return City((school % 5).astype(np.int64), school, CARRIER, waves, mix, PUBLISHED_EFFECTS)


def of_rule(city: City) -> City:
    """The same with the indicators that the odds read: the carrying one and what others saw."""
    waves = [{code: wave[code] for code in (CARRIER, *FOLLOWERS)} for wave in city.waves]
    return City(city.band, city.school, city.carrier, waves, city.mix, city.usual)


def counts_of(city: City) -> pd.DataFrame:
    """Every class, wave and indicator, as the estimate reads them."""
    ids, band = class_ids(city), np.array(BANDS)[city.band]
    parts = [
        pd.DataFrame({"wave": name, "class_id": ids, "indicator": code, "band": band, "r": part.r, "yes": part.yes})
        for name, wave in zip(NAMES, city.waves, strict=True)
        for code, part in wave.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(valid=rows["r"], population=rows["r"] + 3.0)


def class_ids(city: City) -> list[str]:
    return [f"{row:06d}" for row in range(len(city.band))]


def usual_rates(city: City) -> Reference:
    return Reference(
        {(band, code): 0.1 for band in BANDS for code in city.waves[-1]}, load_policy()["class_signal.class_sd"]
    )


def cuts_of(city: City) -> object:
    """Cuts of every class from bands and windows of all waves."""
    rural, boarding, boys = city.mix[-1].T
    units = pd.DataFrame({"class_id": class_ids(city), "band": np.array(BANDS)[city.band]})
    units = units.assign(school_id=city.school.astype(str), rural=rural, boarding=boarding, boys=boys)
    told = [told_of_wave(wave, name, units) for wave, name in zip(city.waves, NAMES, strict=True)]
    return class_cuts(units, told, CARRIER, FOLLOWERS, load_policy())


def told_of_wave(wave: Mapping[str, Counts], name: str, units: pd.DataFrame) -> Told:
    """Fixed windows of the carrying indicator and of what others saw."""
    about, ids = round_answers(wave[CARRIER].r), units["class_id"].to_numpy()
    windows = {}
    for code in (CARRIER, *FOLLOWERS):
        rows = pd.DataFrame({"band": 0, "e1": 6, "e2": 11.0, "window": window_of(wave[code].yes, about)}, ids)
        windows[code] = windows_of(rows, pd.Series(about, ids))
    classes = pd.DataFrame({"grade": school_year(name), "r_about": about}, ids)
    return Told(name, "one", classes, {(band, code): 0.1 for band in BANDS for code in windows}, windows)


def mentions(schools: int) -> Mentions:
    """Mentions of the released grid, every school in every wave."""
    rng, rows = np.random.default_rng(2), schools * WAVES
    low = (5 * (rng.poisson(8.0, (rows, CELLS)) // 5)).astype(np.float64)
    school = np.tile(np.arange(schools), WAVES)
    return Mentions(low, low + 4, (school % 4).astype(np.int64), rng.random(schools)[school], school)


def funnel_of(city: City, code: str) -> object:
    """One indicator's funnel over all schools."""
    part = city.waves[-1][code]
    count, r = (np.bincount(city.school, weights=column).astype(np.float64) for column in (part.yes, part.r))
    low = np.asarray(5 * (count // 5), dtype=np.float64)
    mix = city.mix[-1][::CLASSES_PER_SCHOOL][: len(r)]
    found = Schools(low, low + 4, r, np.full(len(r), count.sum() / r.sum()), mix, np.array(PUBLISHED_EFFECTS))
    funnel = build_funnel(found, load_policy()["compare.school_sd"])
    return compare_window(found.low, found.high, found.r, funnel.expected, funnel.spread, 3.09)
