"""Answers about school life: climate items, follow-up, honesty, and the coarse self-descriptions stored apart."""

from __future__ import annotations

import numpy as np

from models.simulator.draws import Codes, Floats, flip
from models.simulator.scene import Answers, Scene, drawn

# item → (key, easiness); positive easiness moves answers to the good side. Assumptions.
ITEMS = {
    "has_company": (1, 0.5),
    "adult_step_in": (1, 0.1),
    "safe_school": (1, 0.4),
    "lonely_school": (-1, 0.2),
    "trust_adult": (1, -0.2),
    "adult_ignore": (-1, 0.0),
    "adult_fair": (1, -0.1),
    "dorm_safe": (1, 0.4),
    "dorm_unseen": (-1, -0.4),
}
CUTS = (-1.9, -1.1, 0.0)
FOLLOWED_UP = {0: 0.28, 1: 0.20, 2: 0.22, 3: 0.12, 8: 0.18}
FIRST_TIME = {0: 0.08, 1: 0.03, 2: 0.03, 3: 0.01, 8: 0.85}


def climate(scene: Scene) -> Answers:
    """Four-point answers from one well-being per student, lowered by what was lived and by the class's strain."""
    rng = scene.stream("climate")
    lived, often = scene.exposure.lived, scene.exposure.frequent
    wellbeing = 0.8 * rng.standard_normal(scene.size) - 0.4 * lived - 0.7 * often - 0.45 * scene.strain
    answers: Answers = {item: _true4(rng, wellbeing, key, ease) for item, (key, ease) in ITEMS.items()}
    for item in ("dorm_safe", "dorm_unseen"):
        answers[item] = np.where(scene.district.students.boarder, answers[item], 8).astype(np.int8)
    return answers


def _true4(rng: np.random.Generator, wellbeing: Floats, key: int, ease: float) -> Codes:
    good = 1 + np.searchsorted(CUTS, wellbeing + ease + 0.7 * rng.standard_normal(len(wellbeing)))
    return (good if key > 0 else 5 - good).astype(np.int8)


def follow_up(scene: Scene) -> Answers:
    """In the first wave nearly nobody was asked before."""
    return {"followup": drawn(scene, scene.stream("follow_up"), FOLLOWED_UP if scene.wave else FIRST_TIME)}


def honesty(scene: Scene) -> Answers:
    rng = scene.stream("honesty")
    return {
        "hon_true": drawn(scene, rng, {1: 0.94, 2: 0.055, 3: 0.005}),
        "hon_read": drawn(scene, rng, {0: 0.87, 1: 0.12, 2: 0.01}),
    }


def apart(scene: Scene) -> Answers:
    """`uses` and `about`: stored without a class."""
    rng, students, count = scene.stream("apart"), scene.district.students, scene.size
    old = scene.district.band >= 2
    uses = {
        "boards": students.boarder,
        "canteen": flip(rng, count, np.where(students.boarder, 0.98, 0.60)),
        "bus": flip(rng, count, np.where(students.boarder, 0.15, 0.22)),
        "evening": flip(rng, count, np.where(students.boarder, 0.95, 0.35)) & old,
        "online": flip(rng, count, np.where(old, 0.75, 0.45)),
        "placement": students.off_site,
    }
    answers: Answers = {f"uses__{option}": ticked.astype(np.int8) for option, ticked in uses.items()}
    answers["uses__none"] = (~np.any(list(uses.values()), axis=0)).astype(np.int8)
    answers["about_sex"] = np.where(students.boy, 1, 2).astype(np.int8)
    together = drawn(scene, rng, {1: 0.86, 2: 0.14})
    answers["home_now"] = np.where(students.left_behind, 3, together).astype(np.int8)
    return answers
