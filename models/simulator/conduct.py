"""Who answers, and how carefully: absence, blanks, careless hands, pranksters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulator.city import District
from models.simulator.draws import Flags, Floats, Ints, expit, flip, logit, stream
from models.simulator.parameters import Parameters

STRAIGHT_FIRST = 0.70  # of straight-liners: always the first option; the rest any other position
LATE_FROM = 0.4
TOO_FAST = {"careful": 0.004, "careless": 0.50, "prankster": 0.10}


@dataclass(frozen=True)
class Conduct:
    """One row per student. Positions in the form run from 0 to 1."""

    class_response: Floats  # chance to answer, by class
    low_response: Flags  # by class
    pranks: Flags  # by class: a planted cluster of pranksters
    answers: Flags  # present, hands in a sheet
    takes_part: Flags
    straight: Ints  # option position of a straight-liner, -1 otherwise
    random: Flags
    onset: Floats  # where carelessness begins; inf for the careful
    prankster: Flags
    breaks_off: Floats  # where the answers end; inf for nearly all
    too_fast: Flags

    @property
    def careless(self) -> Flags:
        return self.random | (self.straight >= 0)


def build_conduct(params: Parameters, seed: int, district: District, wave: int, victim: Flags) -> Conduct:
    rate, low = _class_response(params, seed, district, wave)
    prank_class, prankster = _pranksters(params, seed, district, wave)
    rng, klass, count = stream(seed, "conduct", district.number, wave), district.students.klass, len(victim)
    present = expit(logit(rate)[klass] - np.log(params.absent_odds_victim) * victim)
    careless = flip(rng, count, params.careless) & ~prankster
    straight = careless & flip(rng, count, params.careless_straight)
    position = np.where(flip(rng, count, STRAIGHT_FIRST), 0, rng.integers(1, 5, count))
    late = np.where(flip(rng, count, params.careless_late), rng.uniform(LATE_FROM, 0.9, count), 0.0)
    takes_part = ~flip(rng, count, params.blank_share)
    kind = np.where(prankster, TOO_FAST["prankster"], np.where(careless, TOO_FAST["careless"], TOO_FAST["careful"]))
    return Conduct(
        class_response=rate,
        low_response=low,
        pranks=prank_class,
        answers=flip(rng, count, present),
        takes_part=takes_part,
        straight=np.where(straight, position, -1),
        random=careless & ~straight,
        onset=np.where(careless, late, np.inf),
        prankster=prankster,
        breaks_off=np.where(flip(rng, count, params.break_off), rng.uniform(0.3, 1.0, count), np.inf),
        too_fast=flip(rng, count, kind) & takes_part,
    )


def _class_response(params: Parameters, seed: int, district: District, wave: int) -> tuple[Floats, Flags]:
    rng, classes = stream(seed, "response", district.number, wave), len(district.classes.size)
    rate = np.clip(rng.beta(*params.response_beta, classes), 0.02, 0.99)
    low = flip(rng, classes, params.low_response_share)
    return np.where(low, params.low_response_factor * rate, rate), low


def _pranksters(params: Parameters, seed: int, district: District, wave: int) -> tuple[Flags, Flags]:
    """Pranksters gather in classes (gamma shares); a planted cluster adds a handful of boys and girls to one class."""
    rng, students = stream(seed, "mischief", district.number, wave), district.students
    classes = len(district.classes.size)
    share = params.mischief * rng.gamma(params.mischief_shape, 1 / params.mischief_shape, classes)
    prank_class = flip(rng, classes, params.prank_class_share)
    cluster = prank_class * rng.integers(params.prank_cluster[0], params.prank_cluster[1] + 1, classes)
    chance = np.minimum(share + cluster / district.classes.size, 0.5)
    return prank_class, flip(rng, len(students.klass), chance[students.klass])
