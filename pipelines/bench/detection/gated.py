"""The same rules behind the gate: what a class's cut would be from released numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from pipelines.release.windows import cut_bands


def gated_sign(bench: BenchCity, rule: Judged, followers: Sequence[str], seed: int) -> Flags:
    """(classes,): the count is at or above its cut and its band is shown, or the windows of the others say enough."""
    policy, last = the_policy(), bench.counted[-1]
    known = released(bench, rule, followers, seed)
    first = first_cut(known, policy, seed)
    own = (last[CARRIER] >= first) & (last["sound"] >= first + band_widths(policy)[2] - 1)
    seen = np.zeros_like(own)
    if followers:
        rare = float(policy["class_signal.false_alarm.first_signs"])
        seen = released_first_signs(known, first, rare, seed)
    return np.asarray((own | seen) & is_concluded(bench))


def first_cut(known: Released, policy: Policy, seed: int) -> Ints:
    return np.maximum(released_cut(known, NOMINAL, seed), int(policy["class_signal.first_cut_min"]))


def released(bench: BenchCity, rule: Judged, followers: Sequence[str] = FOLLOWERS, seed: int = 0) -> Released:
    """What of the city the releases of all its waves tell."""
    return list(releases(bench, rule, followers, seed))[-1]


def releases(bench: BenchCity, rule: Judged, followers: Sequence[str], seed: int) -> Iterator[Released]:
    """Wave by wave, what is known: bands of earlier levels, windows, rounded answers, the rounded model."""
    rounded = [round_answers(wave["sound"]) for wave in bench.counted]
    model, power = published(rule.fit), MODEL_STEP * round(rule.signals.power / MODEL_STEP)
    history: list[Mapping[str, Window]] = []
    for wave, counted in enumerate(bench.counted):
        windows = {code: window_of(counted[code], rounded[wave]) for code in followers}
        seen, until = rounded[: wave + 1], until_wave(model, wave)
        known = Released(bench.band, bench.school, CARRIER, seen, tuple(history), windows, until, power)
        yield known
        if wave + 1 < len(bench.counted):
            first = first_cut(known, the_policy(), seed)
            level = level_band(counted[CARRIER], counted["sound"], first, rounded[wave])
            shown = {code: fixed_window(number, rounded[wave]) for code, number in windows.items()}
            history.append({CARRIER: level, **shown})


def until_wave(model: Fit, wave: int) -> Fit:
    """The same model, as it knew the waves up to that one."""
    return replace(model, level=model.level[: wave + 1], mix=model.mix[: wave + 1])


def level_band(yes: Ints, r: Ints, first: Ints, rounded: Ints) -> Window:
    """The band of the level that a class was given, as far as rounded answers tell; all of it where none is shown."""
    column = [part[:, None] for part in (r, yes, first)]
    bands = cut_bands(column[0], column[1], column[2], r[:, None] > 0, band_widths(the_policy()))
    low, high = bands.low[:, 0], np.where(bands.high[:, 0] == r, rounded, bands.high[:, 0])
    return Window(low, np.maximum(high, low))


def band_widths(policy: Policy) -> tuple[int, int, int]:
    names = ("first_cut_min", "band_width", "top_width")
    first, width, top = (policy.count(f"class_signal.{name}") for name in names)
    return first, width, top


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
