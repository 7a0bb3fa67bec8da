"""One city's sums: everything a figure needs, as numbers that add up over cities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.fit import City, Fit, fit_city
from models.intervals import census_interval, wilson
from models.quality import Flags, Floats
from models.signals import SIZE_EDGES, Signals, class_signals
from pipelines.bench.detection import peers
from pipelines.bench.detection.cities import CARRIER, BenchCity
from pipelines.policy import Policy, load_policy

NOMINAL = 0.01
GOALS = (0.20, 0.30, 0.40)
BINS = np.array([0, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
BAND_NAMES = ("g34", "g56", "jr", "sr", "voc")
Tally = dict[str, float]
# How an outbreak must have begun and how old it must be to count for a bench (B1, B3, B4); the first wave of one that
# will persist is a sudden one.
STORIES = {"sudden": (("sudden", 0), ("persist2", 0)), "persist": (("persist2", 1),), "ramp": (("ramp3", 2),)}


@dataclass(frozen=True)
class Judged:
    """The city as one rule judges it."""

    fit: Fit
    signals: Signals
    sign: Flags  # (classes,): a sign at the nominal chance, none where nothing can be concluded


def judged(bench: BenchCity, city: City, seed: int) -> Judged:
    fit = fit_city(city)
    signals = class_signals(city, seed, fit)
    return Judged(fit, signals, (signals.tail <= NOMINAL) & is_concluded(bench))


@cache
def the_policy() -> Policy:
    """The project's own policy, read once."""
    return load_policy()


def is_concluded(bench: BenchCity, wave: int = -1) -> Flags:
    """(classes,): enough of the enrolled answered, and not more than there are."""
    last = bench.counted[wave]
    policy = the_policy()
    low, high = policy["class_signal.min_response"], policy["class_signal.max_response"]
    return np.asarray((last["r"] >= low * last["enrolled"]) & (last["r"] <= high * last["enrolled"]))


def tally_city(bench: BenchCity, alone: Judged, both: Judged) -> Tally:
    """All sums of an ordinary city, judged by the victim item alone and by all indicators."""
    oracle = peers.oracle_odds(bench, alone.fit)
    scores = {
        "victim": alone.signals.odds,
        "all": both.signals.odds,
        "oracle": oracle,
        "raw": peers.raw_rate(bench),
        "z": peers.z_against_city(bench),
        "binomial": peers.binomial_surprise(bench),
        "two": peers.two_wave_rate(bench),
    }
    return added(
        [
            *(sensitivity(bench, name, score) for name, score in scores.items()),
            false_signs(bench, "victim", alone.sign),
            false_signs(bench, "all", both.sign),
            false_signs(bench, "plain", peers.raw_rate(bench) > peers.PLAIN_LIMIT),
            detected_first(bench, both.sign),
            declared(bench, both),
            coverage(bench, both.signals),
            {"schools": len(np.unique(bench.school))},
        ]
    )


def added(tallies: Iterable[Tally]) -> Tally:
    """Sums of the sums; what none of them has is 0."""
    total: Tally = defaultdict(float)
    for tally in tallies:
        for name, value in tally.items():
            total[name] += value
    return total


def sensitivity(bench: BenchCity, name: str, score: Floats) -> Tally:
    """Outbreaks above the score that one clean class in a hundred passes."""
    limit = np.quantile(score[bench.clean], 1 - NOMINAL, method="higher")
    return sensitivity_of(bench, name, score > limit)


def sensitivity_of(bench: BenchCity, name: str, sign: Flags) -> Tally:
    """Outbreaks of every story and goal that have the sign."""
    tally: Tally = {}
    for story in STORIES:
        for goal in GOALS:
            rows = outbreaks(bench, story, goal)
            tally[f"{name}.{story}{goal:.2f}.hit"] = int(sign[rows].sum())
            tally[f"{name}.{story}{goal:.2f}.of"] = int(rows.sum())
    return tally


def outbreaks(bench: BenchCity, story: str, goal: float) -> Flags:
    """(classes,): has such an outbreak now."""
    truth = bench.truth[-1]
    rows = [(truth["outbreak"] == kind) & (truth["outbreak_age"] == age) for kind, age in STORIES[story]]
    return np.asarray(np.any(rows, axis=0) & (truth["outbreak_target"] == goal))


def detected_first(bench: BenchCity, sign: Flags) -> Tally:
    """Persisting outbreaks at 30 % with a sign in their first wave."""
    rows = outbreaks(bench, "sudden", 0.30)
    return {"first.hit": int(sign[rows].sum()), "first.of": int(rows.sum())}


def false_signs(bench: BenchCity, name: str, sign: Flags) -> Tally:
    """Signs, right ones, and false ones overall, by size and by level."""
    clean, right = bench.clean, bench.truth[-1]["outbreak"] != "none"
    tally: Tally = {f"{name}.signs": int(sign.sum()), f"{name}.right": int((sign & right).sum())}
    for stratum, rows in strata(bench).items():
        tally[f"{name}.{stratum}.false"] = int((sign & clean & rows).sum())
        tally[f"{name}.{stratum}.clean"] = int((clean & rows).sum())
    return tally


def strata(bench: BenchCity) -> Mapping[str, Flags]:
    """Overall, size bands by sound answers, school levels."""
    asked = bench.city().waves[-1][CARRIER].r
    size = np.searchsorted(SIZE_EDGES, asked, side="right")
    edges = (0, *SIZE_EDGES)
    found = {"overall": np.ones(len(asked), dtype=bool)}
    found |= {f"size_{edge}": size == number for number, edge in enumerate(edges)}
    return found | {f"level_{name}": bench.band == number for number, name in enumerate(BAND_NAMES)}


def declared(bench: BenchCity, both: Judged) -> Tally:
    """What the chances said, and what came of it, in bins."""
    right = bench.truth[-1]["outbreak"] != "none"
    chance, sign = both.signals.chance, both.sign
    tally = {"signed.said": chance[sign].sum(), "signed.right": right[sign].sum(), "signed.of": sign.sum()}
    place = np.clip(np.searchsorted(BINS, chance, side="right") - 1, 0, len(BINS) - 2)
    for row in range(len(BINS) - 1):
        inside = place == row
        tally |= {f"bin{row}.said": chance[inside].sum(), f"bin{row}.right": right[inside].sum()}
        tally[f"bin{row}.of"] = inside.sum()
    return {name: float(value) for name, value in tally.items()}


def coverage(bench: BenchCity, signals: Signals) -> Tally:
    """95 % intervals of what the class would have said with nobody absent, and of its risk as answers show it."""
    last, truth = bench.counted[-1], bench.truth[-1]
    yes, asked, all_asked = last[CARRIER], last["sound"], truth["all_sound"]
    answered = asked > 0
    everyone = np.maximum(all_asked, asked)
    ours, score = census_interval(yes, asked, everyone), wilson(yes, asked, population=everyone)
    said = np.where(answered, truth["all_yes"] / np.maximum(all_asked, 1), np.nan)
    risk = peers.shown(truth["true_rate"])
    covered = (signals.risk_low <= risk) & (risk <= signals.risk_high)
    return {
        "said.covered": count_inside(said, ours),
        "said.covered_plain": count_inside(said, score),
        "said.of": int(answered.sum()),
        "risk.covered": int(covered.sum()),
        "risk.of": len(covered),
        "risk.width": float((signals.risk_high - signals.risk_low).sum()),
    }


def count_inside(share: Floats, interval: tuple[Floats, Floats]) -> int:
    """How many shares lie in their interval, its ends included."""
    low, high = interval
    return int(((low <= share + 1e-9) & (share <= high + 1e-9)).sum())


def tally_decoy(bench: BenchCity, decoy: str, seed: int) -> Tally:
    """Signs among clean classes that a decoy touches; whether those with low response are left without conclusion."""
    both = judged(bench, bench.city(), seed)
    touched = bench.truth[-1][decoy] if decoy in bench.truth[-1] else np.ones(len(bench.band), dtype=bool)
    rows = touched & bench.clean
    return {
        f"{decoy}.false": int((both.sign & rows).sum()),
        f"{decoy}.of": int(rows.sum()),
        f"{decoy}.open": int((~is_concluded(bench) & rows).sum()),
    }
