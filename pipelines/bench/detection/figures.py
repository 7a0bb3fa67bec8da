"""From sums to figures: each is a function of the sums of all cities; its standard error comes from leaving one out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.bench.detection.tallies import BAND_NAMES, BINS, GOALS, STORIES, Tally, added
from pipelines.bench.rows import Row

DECOYS = ("pranksters", "low_response", "new_boarders", "term_rise")
SIZES = (0, 20, 30, 38)


@dataclass(frozen=True)
class Figure:
    """`cases`: of a share, how many classes or sheets it is a share of; 0 for anything else."""

    value: float
    cases: float = 0.0


@dataclass(frozen=True)
class Required:
    """What a figure must reach; either end may be open."""

    low: float = float("-inf")
    high: float = float("inf")

    def missed_by(self, value: float) -> float:
        """Distance to what is required, 0 where it is reached."""
        return max(self.low - value, value - self.high, 0.0)


REQUIRED = {
    **{f"B1_se{goal}": Required(low) for goal, low in ((20, 0.25), (30, 0.58), (40, 0.86))},
    **{f"B2_se{goal}": Required(low) for goal, low in ((20, 0.35), (30, 0.75), (40, 0.94))},
    **{f"B3_se{goal}": Required(low) for goal, low in ((20, 0.30), (30, 0.75), (40, 0.95))},
    **{f"B4_se{goal}": Required(low) for goal, low in ((20, 0.22), (30, 0.65), (40, 0.92))},
    "B5_ratio": Required(0.85),
    **{f"B6_fpr{part}": Required(0.005, 0.015) for part in ("", *(f"_size_{size}" for size in SIZES))},
    **{f"B6_fpr_level_{name}": Required(0.005, 0.015) for name in BAND_NAMES},
    "B7_ppv": Required(0.63),
    "B7_ppv_all": Required(0.67),
    "kept_gate": Required(0.95),
    "B8_gap": Required(-0.05, 0.05),
    "B8_calibration": Required(high=0.03),
    "B9_coverage_1": Required(0.94, 0.96),
    "B9_coverage_2": Required(0.94, 0.96),
    "B9_width": Required(high=0.13),
    "B10_auc": Required(0.80),
    "B10_ap": Required(0.34),
    "B11_outside": Required(high=0.005),
    **{f"B12_{name}": Required(low) for name, low in (("one_n800", 0.45), ("one_n1500", 0.25))},
    **{f"B12_{name}": Required(low) for name, low in (("four_n800", 0.75), ("four_n1500", 0.55))},
    "signals_s": Required(high=10.0),
    "signals_mb": Required(high=1000.0),
    "signals_100k_s": Required(high=180.0),
    "B13_auc": Required(0.90),
    "B13_se": Required(0.50),
    "B13_honest_loss": Required(high=0.01),
    **{f"B12_one_n{size}_false": Required(high=0.1) for size in (800, 1500)},
    **{f"B12_four_n{size}_false": Required(high=0.3) for size in (800, 1500)},
    "B14_ratio": Required(high=2.0),
    "B15_signs": Required(high=1.0),
    "B16_waves": Required(high=1.0),
}
TIMED = ("signals_s", "signals_mb", "signals_100k_s")  # of the machine, not of the rules: said, never a failure
REFERENCES = {"B1": "raw", "B2": "raw", "B3": "two", "B4": "two"}


def rows_of(tallies: Sequence[Tally]) -> list[Row]:
    """One row per figure, with its standard error by the jackknife over cities (Efron and Stein 1981)."""
    whole = figures(added(tallies))
    without = [figures(added(tally for tally in tallies if tally is not left)) for left in tallies]
    rows = []
    for name, figure in whole.items():
        reference = reference_of(name)
        against = whole[reference].value if reference else 0.0
        se = standard_error(figure, [each[name].value for each in without])
        rows.append(Row(name, figure.value, unit_of(name), se, reference, figure.value / against if against else None))
    return rows


def standard_error(figure: Figure, without: Sequence[float]) -> float | None:
    """The jackknife's; of a share at least what so many independent cases would leave, so that 0 of 40 isn't exact."""
    floor = 0.0
    if figure.cases:
        share = min(max((figure.value * figure.cases + 0.5) / (figure.cases + 1), 0.0), 1.0)
        floor = (share * (1 - share) / figure.cases) ** 0.5
    if len(without) < 2:
        return floor or None
    return max(_jackknife(without), floor)


def _jackknife(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return float(((len(values) - 1) / len(values) * sum((value - mean) ** 2 for value in values)) ** 0.5)


def figures(sums: Tally) -> dict[str, Figure]:
    """Every figure by name, from the sums of any number of cities."""
    return {
        **_sensitivities(sums),
        "B5_ratio": _mean(sums["victim.sudden0.30.hit"], sums["oracle.sudden0.30.hit"]),
        **_false_shares(sums),
        "B7_ppv": _share(sums["victim.right"], sums["victim.signs"]),
        "B7_ppv_all": _share(sums["all.right"], sums["all.signs"]),
        "B7_ppv_gate": _share(sums["victim_gate.right"], sums["victim_gate.signs"]),
        "B7_ppv_all_gate": _share(sums["all_gate.right"], sums["all_gate.signs"]),
        "kept_gate": _kept(sums),
        "kept_sound": _kept(sums, against="all_sound"),
        **{f"kept_se{round(100 * goal)}_gate": _kept(sums, (goal,)) for goal in GOALS},
        "B7_ppv_plain": _share(sums["plain.right"], sums["plain.signs"]),
        "B8_gap": _mean(sums["signed.said"] - sums["signed.right"], sums["signed.of"]),
        "B8_calibration": _calibration_error(sums),
        "B9_coverage_1": _share(sums["said.covered"], sums["said.of"]),
        "B9_coverage_1_plain": _share(sums["said.covered_plain"], sums["said.of"]),
        "B9_coverage_2": _share(sums["risk.covered"], sums["risk.of"]),
        "B9_width": _mean(sums["risk.width"], sums["risk.of"]),
        **_decoys(sums),
        "B15_signs": _mean(sums["all.signs"], sums["schools"]),
        "B15_signs_plain": _mean(sums["plain.signs"], sums["schools"]),
        "B16_waves": Figure(1.0 if _share(sums["first.hit"], sums["first.of"]).value >= 0.5 else 2.0),
    }


def _sensitivities(sums: Tally) -> dict[str, Figure]:
    rules = {"B1": ("victim", "sudden"), "B2": ("all", "sudden"), "B3": ("all", "persist"), "B4": ("all", "ramp")}
    peers = {
        "B1_raw": ("raw", "sudden"),
        "B1_z": ("z", "sudden"),
        "B1_binomial": ("binomial", "sudden"),
        "B1_oracle": ("oracle", "sudden"),
        "B3_victim": ("victim", "persist"),
        "B3_two": ("two", "persist"),
        "B4_victim": ("victim", "ramp"),
        "B4_two": ("two", "ramp"),
    }
    gated = {f"{name}_gate": (f"{who}_gate", story) for name, (who, story) in rules.items()}
    found = {
        f"{name}_se{round(100 * goal)}": _share(
            sums[f"{who}.{story}{goal:.2f}.hit"], sums[f"{who}.{story}{goal:.2f}.of"]
        )
        for name, (who, story) in (rules | gated | peers).items()
        for goal in GOALS
    }
    return {
        (name.replace("_gate", "") + "_gate" if "_gate" in name else name): figure for name, figure in found.items()
    }


def _false_shares(sums: Tally) -> dict[str, Figure]:
    parts = ("overall", *(f"size_{size}" for size in SIZES), *(f"level_{name}" for name in BAND_NAMES))
    found = {}
    for rule, suffix in (("all", ""), ("victim", "_victim"), ("all_gate", "_gate"), ("plain", "_plain")):
        for part in parts if rule != "plain" else parts[:1]:
            name = f"B6_fpr{suffix}" + ("" if part == "overall" else f"_{part}")
            found[name] = _share(sums[f"{rule}.{part}.false"], sums[f"{rule}.{part}.clean"])
    return found


def _kept(sums: Tally, goals: Sequence[float] = GOALS, against: str = "all_before") -> Figure:
    """Outbreaks that the cut from released numbers finds, of those the full odds find at the same false signs.

    against: the full odds of the same answers, or of sound sheets alone.
    """
    keys = [f"{story}{goal:.2f}.hit" for story in STORIES for goal in goals]
    return _mean(sum(sums[f"all_gate.{key}"] for key in keys), sum(sums[f"{against}.{key}"] for key in keys))


def _calibration_error(sums: Tally) -> Figure:
    """Mean distance of said and realised over all classes, bin by bin."""
    numbers = range(len(BINS) - 1)
    apart = sum(abs(sums[f"bin{row}.said"] - sums[f"bin{row}.right"]) for row in numbers)
    return _mean(apart, sum(sums[f"bin{row}.of"] for row in numbers))


def _decoys(sums: Tally) -> dict[str, Figure]:
    usual = _share(sums["all.overall.false"], sums["all.overall.clean"]).value
    found = {
        f"B14_{decoy}": _mean(_share(sums[f"{decoy}.false"], sums[f"{decoy}.of"]).value, usual) for decoy in DECOYS
    }
    insufficient = _share(sums["low_response.open"], sums["low_response.of"])
    worst = Figure(max(figure.value for figure in found.values()))
    return {"B14_ratio": worst, **found, "B14_low_response_open": insufficient}


def reference_of(name: str) -> str | None:
    """The plain rule of the same run that a figure is held against."""
    bench, _, rest = name.partition("_")
    if bench in REFERENCES and rest in ("se20", "se30", "se40"):
        return f"{'B1' if bench == 'B2' else bench}_{REFERENCES[bench]}_{rest}"
    return {"B7_ppv": "B7_ppv_plain", "B7_ppv_all": "B7_ppv_plain", "B6_fpr": "B6_fpr_plain"}.get(
        name, {"B15_signs": "B15_signs_plain"}.get(name)
    )


def unit_of(name: str) -> str:
    return {"B15": "signs", "B16": "waves", "B14": "ratio", "B5": "ratio"}.get(name.partition("_")[0], "share")


def missed(rows: Sequence[Row]) -> list[str]:
    """Figures that miss what is required by more than two standard errors."""
    return [
        row.name
        for row in rows
        if row.name in REQUIRED
        and row.name not in TIMED
        and REQUIRED[row.name].missed_by(row.value) > 2 * (row.se or 0.0)
    ]


def _share(hit: float, of: float) -> Figure:
    return Figure(hit / of if of else 0.0, of)


def _mean(total: float, of: float) -> Figure:
    return Figure(total / of if of else 0.0)
