"""How long the models take: CPU seconds of one core and the process's peak memory, in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import time

import numpy as np
from scipy import special

from models.fit import City, Counts
from models.latent import Spread
from models.signals import class_signals
from pipelines.bench.rows import Row

INDICATORS, WAVES, CLASSES_PER_SCHOOL = 20, 4, 25
SIZES = {"signals": 5_000, "signals_100k": 100_000}


def speed_rows(quick: bool) -> list[Row]:
    """CPU seconds and peak MB: class signals of 5,000 classes × 20 indicators × 4 waves, and of 100,000 × 2 × 4."""
    plans = {"signals": INDICATORS} if quick else {"signals": INDICATORS, "signals_100k": 2}
    found = []
    for name, indicators in plans.items():
        # A fork would start with the memory of the bench.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, megabytes = pool.apply(measure, (SIZES[name], indicators))
        found += [Row(f"{name}_s", seconds, "s"), Row(f"{name}_mb", megabytes, "MB")]
    return found


def measure(classes: int, indicators: int) -> tuple[float, float]:
    """CPU seconds of fit and signals; peak MB of the process."""
    city = drawn(classes, indicators)
    started = time.process_time()
    class_signals(city)
    return time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def drawn(classes: int, indicators: int) -> City:
    """Classes drawn from the model itself; every indicator follows the first."""
    rng, spread = np.random.default_rng(1), Spread()
    school = np.arange(classes) // CLASSES_PER_SCHOOL
    lasting = spread.school * rng.standard_normal(school.max() + 1)[school] + spread.klass * rng.standard_normal(
        classes
    )
    waves = []
    for _ in range(WAVES):
        share = special.expit(-2.3 + lasting + spread.term * rng.standard_normal(classes))
        r = rng.integers(25, 45, classes)
        waves.append({f"indicator_{number}": Counts(rng.binomial(r, share), r) for number in range(indicators)})
    mix = [rng.random((classes, 3)) for _ in range(WAVES)]
    return City((school % 5).astype(np.int64), school, "indicator_0", waves, mix, (0.18, 0.26, 0.34))
