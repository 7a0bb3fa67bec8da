"""Answers about places, times, who, what was seen, and one's own part."""

from __future__ import annotations

import numpy as np

from models.simulator.draws import Flags, flip
from models.simulator.places import PLACES, TIMES
from models.simulator.scene import Answers, Scene, drawn, several

WHO = {
    "class": 0.70,
    "year": 0.22,
    "older": 0.18,
    "younger": 0.04,
    "group": 0.30,
    "stronger": 0.25,
    "outside": 0.04,
    "unknown": 0.05,
}
DID = {"help": 0.30, "tell": 0.28, "comfort": 0.25, "afraid": 0.22, "leave": 0.20, "join": 0.05}
# Places that are avoided without anything having happened there; assumption.
UNEASY = {
    "toilet": 0.012,
    "corner": 0.015,
    "gate": 0.008,
    "way": 0.006,
    "corridor": 0.004,
    "bus": 0.002,
    "dormitory": 0.010,
}


def places(scene: Scene) -> Answers:
    """place_top, place and time are one story: the top place is among the places, the times are times there."""
    mentions, touched = scene.mentions, scene.touched
    names = np.array([*PLACES, "none"])
    answers: Answers = {"place_top": names[np.where(touched, mentions.top, len(PLACES))]}
    answers |= _table("place", tuple(PLACES), mentions.places, ~touched)
    return answers | _table("time", tuple(TIMES), mentions.times, ~touched)


def _table(item: str, options: tuple[str, ...], ticks: Flags, none: Flags) -> Answers:
    columns: Answers = {f"{item}__{option}": ticks[:, row].astype(np.int8) for row, option in enumerate(options)}
    return columns | {f"{item}__none": none.astype(np.int8)}


def avoid(scene: Scene) -> Answers:
    """A third of those who meet it often avoid the place where it happens; a few avoid a place anyway."""
    rng, count = scene.stream("avoid"), scene.size
    ticks = np.zeros((count, len(PLACES)), dtype=bool)
    shuns = np.flatnonzero(flip(rng, count, np.where(scene.exposure.frequent, 0.35, 0.02)) & scene.touched)
    ticks[shuns, scene.mentions.top[shuns]] = True
    for row, place in enumerate(PLACES):
        boarder_only = scene.district.students.boarder if place == "dormitory" else np.ones(count, dtype=bool)
        ticks[:, row] |= flip(rng, count, UNEASY.get(place, 0.0)) & boarder_only
    return _table("avoid", tuple(PLACES), ticks, np.asarray(~ticks.any(axis=1)))


def who(scene: Scene) -> Answers:
    ticks = several("who", scene.stream("who"), scene.touched, WHO, "class")
    return {name: ticked.astype(np.int8) for name, ticked in ticks.items()}


def seen(scene: Scene) -> Answers:
    did = several("seen_did", scene.stream("seen_did"), scene.seen >= 1, DID, "leave")
    answers: Answers = {"seen_freq": scene.seen}
    return answers | {name: ticked.astype(np.int8) for name, ticked in did.items()}


def own_part(scene: Scene) -> Answers:
    """2–3 times a month and more: .30 of those who suffer it, and .45 × the class's rate over all."""
    rng, rate = scene.stream("own_part"), scene.exposure.class_rate
    params, victim = scene.params, scene.exposure.victim
    rest = np.maximum(params.perpetration_ratio - params.perpetration_of_victims, 0.0) * rate / (1 - rate)
    often = flip(rng, scene.size, np.where(victim, params.perpetration_of_victims, rest))
    once = flip(rng, scene.size, np.where(victim, 0.20, 0.02 + 0.5 * rate))
    level = drawn(scene, rng, {2: 0.6, 3: 0.25, 4: 0.15})
    return {"perp_freq": np.where(often, level, once).astype(np.int8)}


def objects(scene: Scene) -> Answers:
    chance = 0.03 * np.exp(np.clip(scene.strain, -2, 2) / 2)
    return {"danger_obj": flip(scene.stream("objects"), scene.size, chance).astype(np.int8)}


def placement(scene: Scene) -> Answers:
    answer = drawn(scene, scene.stream("placement"), {0: 0.84, 1: 0.09, 2: 0.04, 3: 0.02, 4: 0.01})
    return {"wp_freq": np.where(scene.district.students.off_site, answer, 8).astype(np.int8)}
