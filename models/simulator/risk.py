"""True risk: the chance that a student meets some form 2–3 times a month or more in a wave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulator.city import District
from models.simulator.draws import Floats, Ints, class_mean, expit, stream
from models.simulator.parameters import Parameters
from models.simulator.questionnaire import BANDS

# sd of a logistic against a probit scale: a lasting spread of sd s flattens population-averaged effects
# by sqrt(1 + c² s²), c = 16√3 / 15π (Zeger, Liang & Albert 1988).
_C2 = (16 * np.sqrt(3) / (15 * np.pi)) ** 2
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)


@dataclass(frozen=True)
class Standing:
    """What lasts: logit of each student's risk without the parts that belong to a wave."""

    logits: Floats
    scale: float  # factor from the population-averaged to the student's own scale


def own_scale(params: Parameters) -> float:
    return float(np.sqrt(1 + _C2 * params.sd_liability**2))


def intercept(rate: float, sd: float) -> float:
    """The a with E[expit(a + sd·Z)] = rate, Z standard normal."""
    low, high = -15.0, 15.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float(expit(middle + sd * _NODES) @ _WEIGHTS / _WEIGHTS.sum())
        low, high = (middle, high) if mean < rate else (low, middle)
    return (low + high) / 2


def build_standing(params: Parameters, seed: int, district: District) -> Standing:
    """Intercept of the band + odds ratios + school + class + liability.

    Covariates are centred within the district's band, so its rate is the parameter's whatever its mix.
    """
    scale, students = own_scale(params), district.students
    covariates = scale * _covariates(params, district)
    schools = np.array([stream(seed, "school_effect", s.index).standard_normal() for s in district.schools])
    classes = stream(seed, "class_effect", district.number).standard_normal(len(district.classes.size))
    lasting = scale * (params.sd_school * schools[district.school] + params.sd_class * classes[students.klass])
    logits = covariates + lasting + params.sd_liability * students.liability
    shared = params.sd_school**2 + params.sd_class**2 + params.sd_class_wave**2 + params.sd_term**2
    for row, band in enumerate(BANDS):
        inside = district.band == row
        if inside.any():
            spread = np.sqrt(scale**2 * shared + params.sd_liability**2 + covariates[inside].var())
            logits[inside] += intercept(params.victim_rate[band], float(spread)) - covariates[inside].mean()
    return Standing(logits, scale)


def _covariates(params: Parameters, district: District) -> Floats:
    students = district.students
    rural = np.array([school.rural for school in district.schools])[district.school]
    return (
        np.log(params.odds_boy) * students.boy
        + np.log(params.odds_boarder) * students.boarder
        + np.log(params.odds_rural) * rural
        + np.log(params.odds_left_behind) * students.left_behind
    )


def next_class_wave(params: Parameters, seed: int, district: District, wave: int, last: Floats | None) -> Floats:
    """Class × wave effect, stationary AR(1): standard normal in every wave."""
    fresh = stream(seed, "class_wave", district.number, wave).standard_normal(len(district.classes.size))
    return fresh if last is None else params.ar_class_wave * last + np.sqrt(1 - params.ar_class_wave**2) * fresh


def wave_logits(
    params: Parameters, seed: int, district: District, standing: Standing, class_wave: Floats, wave: int
) -> Floats:
    """Risk of every student in a wave, before anything is planted."""
    term = params.sd_term * stream(seed, "term", wave).standard_normal()
    rise = np.log(params.rise_from_second_wave) if wave else 0.0
    shift = params.sd_class_wave * class_wave[district.students.klass] + term + rise
    return standing.logits + standing.scale * shift


def raise_classes(logits: Floats, klass: Ints, goals: Floats) -> Floats:
    """Shift the logits of each class whose goal isn't NaN, so that its mean risk is the goal. Bisection."""
    wanted = np.flatnonzero(~np.isnan(goals))
    if not wanted.size:
        return logits
    rows = np.flatnonzero(np.isin(klass, wanted))
    local = np.searchsorted(wanted, klass[rows])
    low, high = np.full(wanted.size, -10.0), np.full(wanted.size, 10.0)
    for _ in range(50):
        middle = (low + high) / 2
        short = class_mean(expit(logits[rows] + middle[local]), local, wanted.size) < goals[wanted]
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    raised = logits.copy()
    raised[rows] += ((low + high) / 2)[local]
    return raised
