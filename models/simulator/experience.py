"""Answers about what happened to the student: forms, severe events, still going on, joke, told."""

from __future__ import annotations

import numpy as np

from models.simulator.draws import flip
from models.simulator.exposure import FORM_NAMES
from models.simulator.scene import Answers, Scene, drawn, several

# severe event → (form it goes with, its chance where that form is met 2–3 times a month or more)
SEVERE = {
    "sev_injured": ("phy_freq", 0.25),
    "sev_group": ("phy_freq", 0.20),
    "sev_weapon": ("thr_freq", 0.08),
    "sev_filmed": ("cyb_freq", 0.15),
    "sev_degrade": ("coe_freq", 0.25),
}
FALSE_SEVERE = 0.002
ADULTS = {"head": 0.55, "counsel": 0.12, "staff": 0.05, "home": 0.60}
REASONS = {
    "self": 0.40,
    "revenge": 0.20,
    "snitch": 0.25,
    "useless": 0.30,
    "family": 0.35,
    "whom": 0.10,
    "minor": 0.35,
}


def forms(scene: Scene) -> Answers:
    return {name: scene.exposure.form(name) for name in FORM_NAMES}


def severe(scene: Scene) -> Answers:
    rng = scene.stream("severe")
    often = {name: scene.exposure.form(name) >= 2 for name in FORM_NAMES}
    return {
        event: (flip(rng, scene.size, np.where(often[form], chance, FALSE_SEVERE)) & scene.exposure.lived).astype(
            np.int8
        )
        for event, (form, chance) in SEVERE.items()
    }


def still_now(scene: Scene) -> Answers:
    """Still going on for 60 % of those who meet it often, 20 % of those who met it once or twice."""
    goes_on = flip(scene.stream("still"), scene.size, np.where(scene.exposure.frequent, 0.6, 0.2))
    return {"still_now": np.where(scene.exposure.lived, 1 + goes_on, 0).astype(np.int8)}


def joke(scene: Scene) -> Answers:
    rng = scene.stream("joke")
    lived = drawn(scene, rng, {0: 0.35, 1: 0.28, 2: 0.22, 3: 0.15})
    others = drawn(scene, rng, {0: 0.90, 1: 0.07, 2: 0.02, 3: 0.01})
    return {"hp_joke": np.where(scene.exposure.lived, lived, others)}


def told(scene: Scene) -> Answers:
    """Whom and why follow from the outcome: told no adult ⇒ nobody or a friend, and a reason."""
    rng, lived = scene.stream("told"), scene.exposure.lived
    result = np.where(lived, drawn(scene, rng, {1: 0.52, 2: 0.25, 3: 0.16, 4: 0.07}), 0).astype(np.int8)
    adults = several("told_whom", rng, result >= 2, ADULTS, "home")
    friend = flip(rng, scene.size, 0.4) & lived
    silent = (result == 1) & ~friend
    whom = adults | {
        "told_whom__friend": friend,
        "told_whom__hotline": flip(rng, scene.size, 0.01) & (result >= 2),
        "told_whom__nobody": silent,
        "told_whom__none": ~lived,
    }
    reasons = several("why_not_told", rng, result == 1, REASONS, "minor")
    return {"told_result": result} | {name: ticked.astype(np.int8) for name, ticked in (whom | reasons).items()}
