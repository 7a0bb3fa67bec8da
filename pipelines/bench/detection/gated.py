"""The same rules behind the gate: the release's own cuts (`pipelines.cuts`) over what a release tells of the city.

Counts are the release's: every opened answer, careless ones too (docs/adr/0012).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.cuts import signal_cut
from models.latent import Ints
from models.quality import Flags
from models.thresholds import ROUNDED_TO, edge_above, round_answers, window_of
from pipelines.bench.detection.cities import CARRIER, FOLLOWERS, OTHERS_OF_RULES, BenchCity, instruments
from pipelines.bench.detection.tallies import (
    BAND_NAMES,
    Judged,
    Tally,
    false_signs,
    is_concluded,
    sensitivity_of,
    the_policy,
)
from pipelines.cuts import Cuts, Told, class_cuts, rate_of, school_year, waves_between, windows_of
from pipelines.policy import Policy
from pipelines.release.windows import Bands, cut_bands
from pipelines.rules import load_rules

# Any names of waves will do, as long as grades move up with the years.
FIRST_WAVE = "2023-2"
# Every indicator that the rules look at; the carrying one first.
CODES = (CARRIER, *FOLLOWERS, "unsafe", *OTHERS_OF_RULES)


@dataclass(frozen=True)
class ToldWave:
    """One wave as released: the carrying indicator's cuts; bands (classes, CODES); rounded answers."""

    cuts: Cuts
    bands: Bands
    about: Ints

    @property
    def shown(self) -> Flags:
        """(classes,): the level's band is released."""
        return np.asarray(self.bands.number[:, 0] > 0)

    @property
    def seen(self) -> Flags:
        """(classes,): what others saw is a sign of its own."""
        return self.shown & False if self.cuts.seen is None else self.cuts.seen

    @property
    def rises(self) -> Flags:
        """(classes,): the band lies above what the class's own history leaves open."""
        return np.asarray(self.shown & self.cuts.has_history & (self.bands.low[:, 0] >= self.cuts.rise))


def gated_sign(bench: BenchCity, last: ToldWave) -> Flags:
    """(classes,): the count is at or above its cut, or what others saw says enough; a band is shown."""
    return np.asarray(((last.bands.band[:, 0] > 0) | last.seen) & last.shown & is_concluded(bench))


def told_waves(bench: BenchCity, followers: Sequence[str] = FOLLOWERS) -> Iterator[ToldWave]:
    """Wave by wave, what a release says; each rests on the ones before."""
    units = class_units(bench)
    names = wave_names(len(bench.counted))
    told: list[Told] = []
    for wave, name in enumerate(names):
        about = round_answers(bench.counted[wave]["r"])
        rates = rates_of(bench, wave)
        plain = [plain_cut(bench, code, about, rates) for code in CODES]
        bands = wave_bands(bench, wave, plain)
        windows = {code: window_rows(bench, wave, code, bands, units) for code in followers}
        classes = pd.DataFrame({"grade": school_year(name), "r_about": about}, units["class_id"])
        now = Told(name, "one", classes, rates, windows)
        cuts = class_cuts(units, [*told, now], CARRIER, tuple(followers), the_policy())
        bands = wave_bands(bench, wave, [cuts.first, *plain[1:]])
        yield ToldWave(cuts, bands, about)
        told.append(replace(now, windows=windows | {CARRIER: level_rows(bands, about, units)}))


def wave_names(waves: int) -> list[str]:
    """So many waves, two a year."""
    year = int(FIRST_WAVE[:4])
    return waves_between(FIRST_WAVE, f"{year + waves // 2 + 1}-2")[:waves]


def class_units(bench: BenchCity) -> pd.DataFrame:
    """class_id, band, school_id and make-up of each class, by whole points of its school, as pub_unit has them."""
    enrolled = bench.counted[-1]["enrolled"]
    school = np.bincount(bench.school, weights=enrolled)

    def points(share: np.ndarray) -> np.ndarray:
        of_school = np.bincount(bench.school, weights=enrolled * share) / np.maximum(school, 1)
        return np.asarray(np.round(of_school, 2)[bench.school])

    return pd.DataFrame(
        {
            "class_id": [f"{row:06d}" for row in range(len(bench.band))],
            "band": np.array(BAND_NAMES)[bench.band],
            "school_id": [f"{number:05d}" for number in bench.school],
            "rural": bench.rural,
            "boarding": points(bench.counted[-1]["boarders"]),
            "boys": points(bench.boys),
        }
    )


def rates_of(bench: BenchCity, wave: int) -> dict[tuple[str, str], float]:
    """(band, indicator) → released share, or the policy's where too few answered."""
    policy, found = the_policy(), {}
    for code in CODES:
        counts, fact = bench.counts(wave, code), instruments()[0].indicators[code]
        yes, r = (np.bincount(bench.band, weights=part, minlength=len(BAND_NAMES)) for part in (counts.yes, counts.r))
        for row, band in enumerate(BAND_NAMES):
            enough = r[row] >= policy.count("show.rate_r")
            points = float(round(100 * yes[row] / r[row])) if enough else None
            found[band, code] = rate_of(points, band, fact.reference_ratio, policy)
    return found


def plain_cut(bench: BenchCity, code: str, about: Ints, rates: Mapping[tuple[str, str], float]) -> Ints:
    """(classes,): the count that an ordinary class of that size and band rarely reaches; at an edge of its window."""
    fact, policy, rules = instruments()[0].indicators[code], the_policy(), load_rules()
    rate = np.array([rates[band, code] for band in BAND_NAMES])[bench.band]
    alarm = policy[f"class_signal.false_alarm.{rules.alarm(code, fact.sign)}"]
    cut = signal_cut(about, rate, policy["class_signal.class_sd"], alarm)
    if code not in rules.moved_by:
        return np.asarray(cut)
    return edge_above(cut, about)


def wave_bands(bench: BenchCity, wave: int, cuts: Sequence[Ints]) -> Bands:
    """(classes, CODES): bands at these cuts."""
    counts = [bench.counts(wave, code) for code in CODES]
    yes, r = (np.column_stack(part) for part in ([one.yes for one in counts], [one.r for one in counts]))
    fewest = round_answers(r) - ROUNDED_TO // 2
    return cut_bands(r, fewest, yes, np.column_stack(cuts), r > 0, band_widths(the_policy()))


def band_widths(policy: Policy) -> tuple[int, int, int]:
    first, width, top = (policy.count(f"class_signal.{name}") for name in ("first_cut_min", "band_width", "top_width"))
    return first, width, top


def window_rows(bench: BenchCity, wave: int, code: str, bands: Bands, units: pd.DataFrame) -> pd.DataFrame:
    """low, high, window of an indicator whose fixed windows are released, of each class where they are."""
    counts, column = bench.counts(wave, code), CODES.index(code)
    about = round_answers(bench.counted[wave]["r"])
    rows = pd.DataFrame({"band": bands.band[:, column], "e1": bands.e1[:, column]}, units["class_id"])
    rows = rows.assign(e2=bands.e2[:, column], window=window_of(counts.yes, about))
    return windows_of(rows, pd.Series(about, units["class_id"]))[bands.number[:, column] > 0]


def level_rows(bands: Bands, about: Ints, units: pd.DataFrame) -> pd.DataFrame:
    """low, high of the carrying indicator, from its released band."""
    e2 = pd.Series(bands.e2[:, 0], units["class_id"]).where(bands.number[:, 0] == 3)
    rows = pd.DataFrame({"band": bands.band[:, 0], "e1": bands.e1[:, 0]}, units["class_id"])
    rows = rows.assign(e2=e2, window=np.nan)
    return windows_of(rows, pd.Series(about, units["class_id"]))[bands.number[:, 0] > 0]


def tally_gate(bench: BenchCity, name: str, full: Judged, sound: Judged, last: ToldWave) -> Tally:
    """Sums of the rule behind the gate, and of the full odds at the same share of false signs.

    The full odds twice: of the same answers, so that the gate alone lies between; of sound sheets (`sound`), which the
    release may not set aside.
    """
    sign = gated_sign(bench, last)
    sums = sensitivity_of(bench, f"{name}_gate", sign) | false_signs(bench, f"{name}_gate", sign)
    for word, rule in (("before", full), ("sound", sound)):
        sums |= sensitivity_of(bench, f"{name}_{word}", at_share(bench, rule, sign))
    return sums


def at_share(bench: BenchCity, rule: Judged, sign: Flags) -> Flags:
    """(classes,): signs of the full odds, at the share of false ones that `sign` has."""
    tail = np.where(is_concluded(bench), rule.signals.tail, 1.0)
    limit = np.quantile(tail[bench.clean], float(sign[bench.clean].mean()), method="lower")
    return np.asarray(tail <= limit)
