"""The same rules behind the gate: what a class's cut would be from released numbers alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.quality import Flags
from models.thresholds import (
    MODEL_STEP,
    Released,
    fixed_window,
    published,
    released_cut,
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
)
from pipelines.policy import load_policy


def gated_sign(bench: BenchCity, rule: Judged, followers: Sequence[str], seed: int) -> Flags:
    """(classes,): the count is at or above its cut, and its band is shown."""
    policy, last = load_policy(), bench.counted[-1]
    cut = released_cut(released(bench, rule, followers), NOMINAL, seed)
    first = np.maximum(cut, int(policy["class_signal.first_cut_min"]))
    shown = last["sound"] >= first + int(policy["class_signal.band_width"])
    return np.asarray((last[CARRIER] >= first) & shown & is_concluded(bench))


def released(bench: BenchCity, rule: Judged, followers: Sequence[str] = FOLLOWERS) -> Released:
    """What of the city a release tells: windows, rounded answers, the rounded model."""
    rounded = [round_answers(wave["sound"]) for wave in bench.counted]
    windows = [
        {code: window_of(counted[code], asked) for code in (CARRIER, *followers)}
        for counted, asked in zip(bench.counted, rounded, strict=True)
    ]
    history = [
        {code: fixed_window(number, asked) for code, number in of_wave.items()}
        for of_wave, asked in zip(windows[:-1], rounded[:-1], strict=True)
    ]
    others = {code: windows[-1][code] for code in followers}
    model, power = published(rule.fit), MODEL_STEP * round(rule.signals.power / MODEL_STEP)
    return Released(bench.band, bench.school, CARRIER, rounded, history, others, model, power)


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
