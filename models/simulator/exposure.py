"""From risk to what a student lived and would report: victim → forms → frequencies → reporting error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulator.draws import Codes, Flags, Floats, Ints, choose, class_mean, expit, flip, stream
from models.simulator.parameters import Parameters
from models.simulator.questionnaire import BANDS

# form → chance among those who meet some form 2–3 times a month or more; the last four are assumptions.
FORMS = {
    "ver_freq": 0.85,
    "rel_freq": 0.50,
    "phy_freq": 0.35,
    "cyb_freq": 0.20,
    "thr_freq": 0.20,
    "pro_freq": 0.15,
    "coe_freq": 0.10,
    "cyb_leak_freq": 0.06,
    "sex_freq": 0.04,
}
FORM_NAMES = tuple(FORMS)
FROM_BAND = {"thr_freq": "g56", "cyb_leak_freq": "jr", "sex_freq": "jr"}
OFTEN = ((2, 3, 4), (0.50, 0.30, 0.20))


@dataclass(frozen=True)
class Exposure:
    """One row per student: the truth of the wave, and what an attentive student would report of it."""

    risk: Floats
    class_rate: Floats  # mean risk of the student's class
    victim: Flags  # true: some form 2–3 times a month or more
    forms: Codes  # reported, students × FORM_NAMES, 0–4

    @property
    def lived(self) -> Flags:
        """Reports some form at least once."""
        return self.forms.max(axis=1) >= 1

    @property
    def frequent(self) -> Flags:
        """Reports some form 2–3 times a month or more."""
        return self.forms.max(axis=1) >= 2

    def form(self, name: str) -> Codes:
        return self.forms[:, FORM_NAMES.index(name)]


def build_exposure(
    params: Parameters, seed: int, district: int, wave: int, logits: Floats, klass: Ints, band: Ints
) -> Exposure:
    rng = stream(seed, "exposure", district, wave)
    risk = expit(logits)
    victim = flip(rng, len(risk), risk)
    chances = form_chances()[band]
    often = _often(rng, victim & flip(rng, len(risk), params.sensitivity), chances)
    unreported = victim & (often.max(axis=1) < 2)
    once = flip(rng, len(risk), 1 - (1 - risk) ** params.occasional_exponent) | (unreported & flip(rng, len(risk), 0.5))
    forms = np.maximum(often, _once(rng, once, chances))
    forms = np.maximum(forms, _mistaken(rng, params.false_positive, ~victim, chances))
    forms[(band == 0)[:, None] & (forms > 3)] = 3  # the four-point scale of grades 3–4
    return Exposure(risk, class_mean(risk, klass, int(klass.max()) + 1)[klass], victim, forms)


def form_chances() -> Floats:
    """Bands × forms; 0 where a band isn't asked."""
    return np.array(
        [[FORMS[f] if row >= BANDS.index(FROM_BAND.get(f, "g34")) else 0.0 for f in FORMS] for row in range(len(BANDS))]
    )


def _often(rng: np.random.Generator, who: Flags, chances: Floats) -> Codes:
    """Forms at 2 and more; whoever has none by chance has insults, the commonest."""
    met = (rng.random(chances.shape) < chances) & who[:, None]
    met[:, 0] |= who & ~met.any(axis=1)
    level = choose(rng, met.size, *OFTEN).reshape(met.shape)
    seldom = (rng.random(chances.shape) < 0.3 * (chances > 0)) & who[:, None]
    return np.where(met, level, seldom.astype(np.int8))


def _once(rng: np.random.Generator, who: Flags, chances: Floats) -> Codes:
    met = (rng.random(chances.shape) < 0.6 * chances) & who[:, None]
    met[:, 0] |= who & ~met.any(axis=1)
    return met.astype(np.int8)


def _mistaken(rng: np.random.Generator, rate: float, who: Flags, chances: Floats) -> Codes:
    """A student who met nothing of the kind reports one form at 2."""
    wrong = who & flip(rng, len(who), rate)
    cumulative = np.cumsum(chances, axis=1) / chances.sum(axis=1, keepdims=True)
    column = (cumulative < rng.random((len(who), 1))).sum(axis=1)
    forms = np.zeros(chances.shape, dtype=np.int8)
    forms[np.flatnonzero(wrong), column[wrong]] = 2
    return forms
