"""The whole model, district by district and wave by wave: pure values out, no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.simulator import climate, experience, planted, risk, surroundings
from models.simulator.city import District
from models.simulator.conduct import Conduct, build_conduct
from models.simulator.draws import Flags, Floats, class_mean, expit, stream
from models.simulator.exposure import Exposure, build_exposure
from models.simulator.parameters import Parameters
from models.simulator.places import build_mentions
from models.simulator.questionnaire import Questionnaire
from models.simulator.scene import Answers, Scene, see
from models.simulator.sheets import fill_in

RULES = (
    climate.follow_up,
    experience.forms,
    experience.severe,
    experience.still_now,
    surroundings.places,
    surroundings.avoid,
    surroundings.who,
    experience.joke,
    experience.told,
    surroundings.seen,
    climate.climate,
    surroundings.objects,
    surroundings.placement,
    surroundings.own_part,
    climate.honesty,
    climate.apart,
)
Table = dict[str, Any]
"""Column → array or sequence, all of one length."""


@dataclass(frozen=True)
class WaveChunk:
    """One district in one wave. `responses` and `sheets` share their row order; `apart` has an order of its own."""

    wave: int
    responses: Table
    apart: Table
    sheets: Table  # truth: what kind of hand filled in the row
    absent: Table  # truth: what those who stayed away would have answered
    classes: Table  # truth: one row per class
    planted: tuple[
        tuple[str, str, str, float], ...
    ]  # truth: unit kind, unit, pattern, goal (rate, or a school's factor)


def simulate_district(
    params: Parameters, questionnaire: Questionnaire, seed: int, district: District, waves: int
) -> Iterator[WaveChunk]:
    """Waves in order. Students and what lasts are the same in all of them; grades don't advance."""
    standing = risk.build_standing(params, seed, district)
    hotspots = planted.build_hotspots(params, seed, district.schools)
    klass, class_wave = district.students.klass, None
    outbreaks = planted.calm(len(district.classes.size))
    for wave in range(waves):
        class_wave = risk.next_class_wave(params, seed, district, wave, class_wave)
        ordinary = risk.wave_logits(params, seed, district, standing, class_wave, wave)
        boards = district.students.boarder | planted.new_boarders(params, seed, district, wave)
        ordinary += standing.scale * np.log(params.odds_boarder) * (boards & ~district.students.boarder)
        base = class_mean(expit(ordinary), klass, len(district.classes.size))
        outbreaks = planted.next_outbreaks(params, seed, district.number, wave, outbreaks)
        schools = planted.raised_schools(params, seed, district.schools, wave)
        goals = planted.goal_rates(params, base, outbreaks, schools[district.classes.school])
        logits = risk.raise_classes(ordinary, klass, goals)
        scene = _scene(params, seed, district, wave, logits, hotspots)
        conduct = build_conduct(params, seed, district, wave, scene.exposure.victim)
        answers = fill_in(scene, questionnaire, honest_answers(scene), conduct)
        yield _chunk(scene, questionnaire, answers, conduct, base, goals, outbreaks, schools, boards)


def _scene(
    params: Parameters,
    seed: int,
    district: District,
    wave: int,
    logits: Floats,
    hotspots: tuple[planted.Hotspot, ...],
) -> Scene:
    exposure = build_exposure(params, seed, district.number, wave, logits, district.students.klass, district.band)
    seen = see(params, seed, district, wave, exposure)
    rng = stream(seed, "mentions", district.number, wave)
    mentions = build_mentions(rng, params.mentions_extra, district, hotspots, exposure.lived | (seen >= 1))
    return Scene(params, seed, wave, district, exposure, seen, mentions)


def honest_answers(scene: Scene) -> Answers:
    """What attentive students answer to every item the model knows, asked of them or not."""
    answers: Answers = {}
    for rule in RULES:
        answers |= rule(scene)
    return answers


def _chunk(
    scene: Scene,
    questionnaire: Questionnaire,
    answers: Answers,
    conduct: Conduct,
    base: Floats,
    goals: Floats,
    outbreaks: planted.Outbreaks,
    raised: Flags,
    boards: Flags,
) -> WaveChunk:
    order = scene.stream("order").permutation(np.flatnonzero(conduct.answers))
    other_order = scene.stream("order apart").permutation(np.flatnonzero(conduct.answers))
    return WaveChunk(
        wave=scene.wave,
        responses=_responses(scene, questionnaire, answers, conduct, order),
        apart=_apart(scene.district, questionnaire, answers, other_order),
        sheets=_sheets(scene.exposure, conduct, order),
        absent=_responses(scene, questionnaire, answers, conduct, np.flatnonzero(~conduct.answers)),
        classes=_class_truth(scene, conduct, base, outbreaks, boards),
        planted=_planted(scene, goals, outbreaks, raised, conduct),
    )


def _responses(scene: Scene, questionnaire: Questionnaire, answers: Answers, conduct: Conduct, order: Any) -> Table:
    head: Table = {
        "class_id": np.array(scene.district.classes.class_id)[scene.district.students.klass[order]],
        "take_part": conduct.takes_part[order].astype(np.int8),
        "too_fast": conduct.too_fast[order].astype(np.int8),
    }
    return head | {question.name: answers[question.name][order] for question in questionnaire.answers}


def _apart(district: District, questionnaire: Questionnaire, answers: Answers, order: Any) -> Table:
    schools = np.array([school.school_id for school in district.schools])
    head: Table = {
        "school_id": schools[district.school[order]],
        "grade": district.classes.grade[district.students.klass[order]].astype(np.int8),
    }
    return head | {question.name: answers[question.name][order] for question in questionnaire.apart}


def _sheets(exposure: Exposure, conduct: Conduct, order: Any) -> Table:
    return {
        "risk": exposure.risk[order].astype(np.float32),
        "victim": exposure.victim[order],
        "straight": (conduct.straight >= 0)[order],
        "random": conduct.random[order],
        "onset": np.where(np.isinf(conduct.onset), np.nan, conduct.onset)[order].astype(np.float32),
        "prankster": conduct.prankster[order],
    }


def _class_truth(scene: Scene, conduct: Conduct, base: Floats, outbreaks: planted.Outbreaks, boards: Flags) -> Table:
    klass, classes = scene.district.students.klass, scene.district.classes
    count = len(classes.size)

    def total(flags: Flags) -> Any:
        return np.bincount(klass, weights=flags, minlength=count).astype(np.int64)

    return {
        "class_id": np.array(classes.class_id),
        "base_rate": base,
        "true_rate": class_mean(scene.exposure.risk, klass, count),
        "enrolled": classes.size,
        "boarders": total(boards),
        "victims": total(scene.exposure.victim),
        "answered": total(conduct.answers),
        "careless": total(conduct.careless & conduct.answers),
        "pranksters": total(conduct.prankster & conduct.answers),
        "response": conduct.class_response,
        "outbreak": np.array(planted.KINDS)[outbreaks.kind],
        "outbreak_age": outbreaks.age,
        "outbreak_target": outbreaks.target,
    }


def _planted(
    scene: Scene, goals: Floats, outbreaks: planted.Outbreaks, raised: Flags, conduct: Conduct
) -> tuple[tuple[str, str, str, float], ...]:
    district, names = scene.district, scene.district.classes.class_id
    classes = [
        ("class", names[c], planted.KINDS[outbreaks.kind[c]], float(goals[c])) for c in np.flatnonzero(outbreaks.kind)
    ]
    schools = [
        ("school", district.schools[s].school_id, "school_wide", scene.params.school_wide_factor)
        for s in np.flatnonzero(raised)
    ]
    decoys = [("class", names[c], "low_response", np.nan) for c in np.flatnonzero(conduct.low_response)]
    decoys += [("class", names[c], "pranksters", np.nan) for c in np.flatnonzero(conduct.pranks)]
    return tuple(classes + schools + decoys)
