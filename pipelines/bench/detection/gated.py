"""The same rules behind the gate: what a class's cut would be from released numbers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.fit import Fit
from models.latent import Ints
from models.quality import Flags
from models.thresholds import (
    MODEL_STEP,
    Released,
    Window,
    fixed_window,
    published,
    released_cut,
    released_first_signs,
    round_answers,
    window_of,
)
from pipelines.bench.detection.cities import CARRIER, FOLLOWERS, BenchCity
from pipelines.bench.detection.tallies import (
    NOMINAL,
    Judged,
    Tally,
    false_signs,
    is_concluded,
    sensitivity_of,
    the_policy,
)
from pipelines.policy import Policy


def gated_sign(bench: BenchCity, rule: Judged, followers: Sequence[str], seed: int) -> Flags:
    """(classes,): the count is at or above its cut and its band is shown, or the windows of the others say enough."""
    policy, last = the_policy(), bench.counted[-1]
    known = released(bench, rule, followers, seed)
    first = first_cut(known, policy, seed)
    own = (last[CARRIER] >= first) & (last["sound"] >= first + int(policy["class_signal.band_width"]))
    seen = np.zeros_like(own)
    if followers:
        rare = float(policy["class_signal.false_alarm.first_signs"])
        seen = released_first_signs(known, first, rare, seed)
    return np.asarray((own | seen) & is_concluded(bench))


def first_cut(known: Released, policy: Policy, seed: int) -> Ints:
    return np.maximum(released_cut(known, NOMINAL, seed), int(policy["class_signal.first_cut_min"]))


def released(bench: BenchCity, rule: Judged, followers: Sequence[str] = FOLLOWERS, seed: int = 0) -> Released:
    """What of the city a release tells: bands of earlier levels, windows, rounded answers, the rounded model."""
    rounded = [round_answers(wave["sound"]) for wave in bench.counted]
    model, power = published(rule.fit), MODEL_STEP * round(rule.signals.power / MODEL_STEP)
    history: list[Mapping[str, Window]] = []
    for wave, counted in enumerate(bench.counted):
        windows = {code: window_of(counted[code], rounded[wave]) for code in followers}
        seen, until = rounded[: wave + 1], until_wave(model, wave)
        known = Released(bench.band, bench.school, CARRIER, seen, tuple(history), windows, until, power)
        level = level_band(counted[CARRIER], counted["sound"], first_cut(known, the_policy(), seed), rounded[wave])
        shown = {code: fixed_window(number, rounded[wave]) for code, number in windows.items()}
        history.append({CARRIER: level, **shown})
    return known


def until_wave(model: Fit, wave: int) -> Fit:
    """The same model, as it knew the waves up to that one."""
    return replace(model, level=model.level[: wave + 1], mix=model.mix[: wave + 1])


def level_band(yes: Ints, r: Ints, first: Ints, rounded: Ints) -> Window:
    """The band of the level that a class was given: below the first cut, up to the second, above; all where hidden."""
    width = int(the_policy()["class_signal.band_width"])
    second = first + width
    edges = np.array([np.zeros_like(first), first, second])
    bands = 1 + (r >= second + width)
    place = np.where(r < first + width, 0, np.minimum((yes >= first) * 1 + (yes >= second), bands))
    low = edges[place, np.arange(len(first))]
    top = np.where((place == bands) | (r < first + width), rounded, np.where(place == 0, first, second) - 1)
    return Window(low, np.maximum(top, low))


def tally_gate(bench: BenchCity, name: str, rule: Judged, followers: Sequence[str], seed: int) -> Tally:
    """Sums of the rule behind the gate, and of the full one at the same share of false signs."""
    sign = gated_sign(bench, rule, followers, seed)
    false_share = float(sign[bench.clean].mean())
    limit = np.quantile(rule.signals.tail[bench.clean], false_share, method="lower")
    before = (rule.signals.tail <= limit) & is_concluded(bench)
    return {
        **sensitivity_of(bench, f"{name}_gate", sign),
        **sensitivity_of(bench, f"{name}_before", before),
        **false_signs(bench, f"{name}_gate", sign),
    }
