"""Everything that is known about the students of a district in one wave, before they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.simulator.city import District
from models.simulator.draws import Codes, Flags, Floats, Texts, choose, flip, logit, stream
from models.simulator.exposure import Exposure
from models.simulator.parameters import Parameters
from models.simulator.places import Mentions
from models.simulator.questionnaire import BANDS

Answers = dict[str, Codes | Texts]
"""Column → one value per student."""


@dataclass(frozen=True)
class Scene:
    """`seen` is the reported seen_freq; `mentions` what the student would name of places and times."""

    params: Parameters
    seed: int
    wave: int
    district: District
    exposure: Exposure
    seen: Codes
    mentions: Mentions

    @property
    def size(self) -> int:
        return len(self.seen)

    @property
    def touched(self) -> Flags:
        """Lived or saw something."""
        return self.exposure.lived | (self.seen >= 1)

    @property
    def strain(self) -> Floats:
        """How far the class's rate stands above its band's ordinary rate, in logits."""
        ordinary = np.array([self.params.victim_rate[band] for band in BANDS])[self.district.band]
        return logit(np.clip(self.exposure.class_rate, 1e-4, 1 - 1e-4)) - logit(ordinary)

    def stream(self, block: str) -> np.random.Generator:
        return stream(self.seed, block, self.district.number, self.wave)


def see(params: Parameters, seed: int, district: District, wave: int, exposure: Exposure) -> Codes:
    """Reported seen_freq: 2 and more with chance 1 − (1 − p)^2.5, p the class's true rate; once or twice more often."""
    draw = stream(seed, "seen", district.number, wave).random(len(exposure.risk))
    rng = stream(seed, "seen_level", district.number, wave)
    often = choose(rng, len(draw), (2, 3, 4), (0.5, 0.3, 0.2))
    some = draw < 1 - (1 - exposure.class_rate) ** params.witness_once_exponent
    much = draw < 1 - (1 - exposure.class_rate) ** params.witness_exponent
    seen = np.where(much, often, some.astype(np.int8))
    return np.where(district.band == 0, np.minimum(seen, 3), seen).astype(np.int8)


def drawn(scene: Scene, rng: np.random.Generator, spread: Mapping[int, float]) -> Codes:
    """A code for every student, with the weights of `spread`."""
    return choose(rng, scene.size, tuple(spread), tuple(spread.values()))


def several(
    item: str, rng: np.random.Generator, who: Flags, chances: Mapping[str, float], otherwise: str
) -> dict[str, Flags]:
    """A multiple answer of `who`; whoever ticked nothing has `otherwise`, the rest of the class has `none`."""
    ticks = {option: who & flip(rng, len(who), chance) for option, chance in chances.items()}
    nothing = who & ~np.any(list(ticks.values()), axis=0)
    ticks[otherwise] = ticks.get(otherwise, np.zeros(len(who), dtype=bool)) | nothing
    return {f"{item}__{option}": ticked for option, ticked in ticks.items()} | {f"{item}__none": ~who}
