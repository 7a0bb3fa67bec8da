"""B13: careless and mischievous sheets told from careful ones; what careful ones lose; batches and clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.forecast import area_under_curve
from models.quality import Flags, Floats, copies, gathered, is_sound
from models.simulator import build_district, build_schools, parameters, simulate_district
from pipelines.bench.detection.cities import CARRIER, instruments
from pipelines.bench.detection.indices import longstring
from pipelines.bench.detection.shares import Cases, share_rows
from pipelines.bench.detection.sheets import names_impossible, points_against, says_yes
from pipelines.bench.rows import Row

HONEST_LOSS = 0.01
BATCH = 8  # equal sheets that one hand fills in for a class
BATCH_SHARE = 0.05  # of the classes
# Pranksters in clusters, so that a class with several is common enough to be measured.
SCENE = replace(parameters(), prank_class_share=0.05)
REFERENCES = {"B13_auc": "B13_naive_auc", "B13_se": "B13_naive_se"}
UNITS = {"B13_auc": "AUC", "B13_naive_auc": "AUC"}


def rows(replicates: int, seed: int, quick: bool) -> list[Row]:
    """Rows of B13 over so many cities; the same seed gives the same rows."""
    schools = 12 if quick else 30
    cities = [tally(sheets_of(seed + number, schools), seed + number) for number in range(replicates)]
    return share_rows(cities, REFERENCES, UNITS)


def sheets_of(seed: int, schools: int) -> dict[str, Any]:
    """One row per sheet with answers: its class, points, longest run, pattern, and the truth about its hand."""
    instrument, questionnaire = instruments()
    parts, classes = [], 0
    for part in build_schools(SCENE, seed, schools):
        district = build_district(SCENE, seed, part)
        for chunk in simulate_district(SCENE, questionnaire, seed, district, 1):
            answers, filled = chunk.responses, chunk.responses["take_part"] == 1
            row_of = {class_id: row for row, class_id in enumerate(district.classes.class_id)}
            clusters = {unit for kind, unit, pattern, _ in chunk.planted if pattern == "pranksters"}
            columns = {
                "klass": classes + np.array([row_of[class_id] for class_id in answers["class_id"]]),
                "points": points_against(instrument, answers),
                "impossible": names_impossible(instrument, answers),
                "run": longest_run(answers),
                "climate": climate_of(answers),
                "victim": says_yes(instrument.indicators[CARRIER], answers),
                "careless": chunk.sheets["straight"] | chunk.sheets["random"] | chunk.sheets["prankster"],
                "cluster": np.isin(answers["class_id"], list(clusters)),
            }
            parts.append({name: values[filled] for name, values in columns.items()})
            classes += len(district.classes.class_id)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def tally(sheets: Mapping[str, Any], seed: int) -> Cases:
    """Sums of one city."""
    careless, points = sheets["careless"], sheets["points"]
    honest_victim, aside = sheets["victim"] & ~careless, ~is_sound(points)
    return {
        "B13_auc": (area_under_curve(points, careless), 1.0),
        "B13_naive_auc": (area_under_curve(sheets["run"], careless), 1.0),
        "B13_se": _part(above(points, careless), careless),
        "B13_naive_se": _part(above(sheets["run"], careless), careless),
        "B13_honest_loss": _part(aside, ~careless),
        "B13_victim_loss": _part(aside, honest_victim),
        **clusters(sheets),
        **batches(sheets, seed),
    }


def clusters(sheets: Mapping[str, Any]) -> Cases:
    """Classes with a planted cluster of pranksters that are noticed by the impossible place, and other classes."""
    planted = np.bincount(sheets["klass"], weights=sheets["cluster"]) > 0
    found = gathered(sheets["impossible"], sheets["klass"])
    return {"B13_clusters_se": _part(found, planted), "B13_clusters_false": _part(found, ~planted)}


def batches(sheets: Mapping[str, Any], seed: int) -> Cases:
    """Batches that one hand filled in for a class: how many sheets are noticed, and how many honest ones by mistake."""
    rng, klass = np.random.default_rng(seed), sheets["klass"]
    climate, copied = sheets["climate"].copy(), np.zeros(len(klass), dtype=bool)
    names = np.unique(klass)
    for name in rng.choice(names, max(1, round(BATCH_SHARE * len(names))), replace=False):
        mine = np.flatnonzero(klass == name)[:BATCH]
        climate[mine], copied[mine] = climate[mine[0]], True
    found = copies(climate, klass)
    return {"B13_copies_se": _part(found, copied), "B13_copies_false": _part(found, ~copied)}


def above(score: Floats, careless: Flags) -> Flags:
    """Sheets above the score that one careful sheet in a hundred passes."""
    return np.asarray(score > np.quantile(score[~careless], 1 - HONEST_LOSS, method="higher"))


def longest_run(answers: Mapping[str, Any]) -> Floats:
    """(sheets,): most equal answers in a row among the frequency items, the index that long strings are found by."""
    codes = np.stack([answers[name] for name in answers if name.endswith("_freq")], axis=1).astype(float)
    return longstring(codes)


def climate_of(answers: Mapping[str, Any]) -> Floats:
    """(sheets, items): steps of the keyed items, -1 where nothing stands."""
    keyed = [name for name, item in instruments()[0].items.items() if item.key and name in answers]
    return np.stack([answers[name] for name in keyed], axis=1).astype(float)


def _part(found: Flags, among: Flags) -> tuple[float, float]:
    return float((found & among).sum()), float(among.sum())
