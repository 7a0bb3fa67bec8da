"""Signs as the release raises them: the project's rules read over bands that are cut from released numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.change import change_cut
from models.cuts import signal_cut
from models.latent import Floats, Ints
from models.thresholds import FIRST_WINDOW, WINDOW, Released
from pipelines.bench.detection.cities import CARRIER, FOLLOWERS, BenchCity, instruments
from pipelines.bench.detection.gated import band_widths, first_cut, releases
from pipelines.bench.detection.tallies import Judged, Tally, is_concluded, the_policy
from pipelines.release.signs import read_sign
from pipelines.release.windows import Bands, cut_bands
from pipelines.rules import Rules, load_rules

SCHOOL_LEVELS = ("primary", "primary", "junior", "senior", "vocational")  # of each band
FIRST_WAVE = 1  # signs of a first survey, without any history, aren't typical


@dataclass(frozen=True)
class Sign:
    """A class's sign in one wave: rule, level; the class's answers, rounded, and its school's level."""

    rule: str
    level: str
    about: int
    school_level: str
    is_right: bool


def tally_chances(bench: BenchCity, rule: Judged, sizes: list[int], seed: int) -> Tally:
    """Signs, and right ones among them, by rule, level, size and school level, as chances.yml has them."""
    tally: Tally = {}
    for sign in signs_of(bench, rule, seed):
        size = str(max((least for least in sizes if least <= sign.about), default=sizes[0]))
        for parts in ((size, sign.school_level), ("", sign.school_level), (size, ""), ("", "")):
            key = "|".join((sign.rule, sign.level, *parts))
            tally[f"{key}|signs"] = tally.get(f"{key}|signs", 0) + 1
            tally[f"{key}|right"] = tally.get(f"{key}|right", 0) + sign.is_right
    return tally


def signs_of(bench: BenchCity, rule: Judged, seed: int) -> Iterator[Sign]:
    """Every sign from the second wave on; right if the class itself had an outbreak under way."""
    rules = load_rules()
    codes = sorted({code for one in rules.rules for code in one["if"]})
    for wave, known in enumerate(releases(bench, rule, FOLLOWERS, seed)):
        if wave < FIRST_WAVE:
            continue
        bands = wave_bands(bench, wave, known, codes, rules, seed)
        rises = bands.low[:, codes.index(CARRIER)] >= change_cut(known)
        for row in np.flatnonzero((bands.band > 0).any(axis=1) & is_concluded(bench, wave)):
            raised = dict(zip(codes, np.maximum(bands.band[row], 0).tolist(), strict=True))
            read = read_sign(raised, rules, (CARRIER,) if rises[row] else ())
            if read["rule_id"]:
                right = bench.truth[wave]["outbreak"][row] != "none"
                school = SCHOOL_LEVELS[bench.band[row]]
                yield Sign(str(read["rule_id"]), str(read["level"]), int(known.r[-1][row]), school, bool(right))


def wave_bands(bench: BenchCity, wave: int, known: Released, codes: list[str], rules: Rules, seed: int) -> Bands:
    """(classes, codes): the carrier's cut as history and windows move it, the others' by size and published rate."""
    counted, policy = bench.counted[wave], the_policy()
    moved = {CARRIER: first_cut(known, policy, seed)}
    cuts = [moved[code] if code in moved else plain_cut(bench, wave, code, known.r[-1], rules) for code in codes]
    r = np.column_stack([np.where(counted[f"asked_{code}"], counted["sound"], 0) for code in codes])
    yes = np.column_stack([counted[code] for code in codes])
    return cut_bands(r, yes, np.column_stack(cuts), r > 0, band_widths(policy))


def plain_cut(bench: BenchCity, wave: int, code: str, about: Ints, rules: Rules) -> Ints:
    """(classes,): the count that an ordinary class of that size and band rarely reaches; at an edge of its window."""
    fact, policy = instruments()[0].indicators[code], the_policy()
    alarm = policy[f"class_signal.false_alarm.{rules.alarm(code, fact.sign)}"]
    rate = published_rate(bench, wave, code)[bench.band]
    cut = signal_cut(about, rate, policy["class_signal.class_sd"], alarm)
    if code not in rules.moved_by:
        return np.asarray(cut)
    return np.asarray(FIRST_WINDOW + WINDOW * np.maximum(-(-(cut - FIRST_WINDOW) // WINDOW), 0))


def published_rate(bench: BenchCity, wave: int, code: str) -> Floats:
    """(bands,): share of the band's answers, to one point."""
    counted = bench.counted[wave]
    yes, r = (np.bincount(bench.band, weights=counted[name]) for name in (code, "sound"))
    return np.asarray(np.round(yes / np.maximum(r, 1), 2))
