"""The same rules behind the gate: what a class's cut would be from released numbers alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.quality import Flags
from models.thresholds import Released, published, released_cut, round_answers, window_of
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
    waves = len(rounded)
    window = [
        {code: window_of(counted[code], asked) for code in ((CARRIER, *followers) if number < waves - 1 else followers)}
        for number, (counted, asked) in enumerate(zip(bench.counted, rounded, strict=True))
    ]
    power = 0.05 * round(rule.signals.power / 0.05)
    return Released(bench.band, bench.school, CARRIER, rounded, window, published(rule.fit), power)


def tally_gate(bench: BenchCity, name: str, rule: Judged, followers: Sequence[str], seed: int) -> Tally:
    """Sums of the rule behind the gate, and of the full one at the same share of false signs."""
    sign = gated_sign(bench, rule, followers, seed)
    false_share = float(sign[bench.clean].mean())
    limit = np.quantile(rule.signals.odds[bench.clean], 1 - false_share, method="higher")
    before = (rule.signals.odds > limit) & is_concluded(bench)
    return {
        **sensitivity_of(bench, f"{name}_gate", sign),
        **sensitivity_of(bench, f"{name}_before", before),
        **false_signs(bench, f"{name}_gate", sign),
    }
