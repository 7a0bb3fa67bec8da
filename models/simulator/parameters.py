"""Every number of the generative model, and the scenarios that change a few of them.

Rates, odds ratios and effects are on the population-averaged logit scale; sources stand beside them.
"Assumption" means that no published figure was found for Chinese schools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType


def _fixed(**numbers: float) -> Mapping[str, float]:
    return MappingProxyType(numbers)


@dataclass(frozen=True)
class Parameters:
    # --- the city (design) ---
    schools_per_district: int = 10
    kind_share: Mapping[str, float] = field(
        default_factory=lambda: _fixed(primary=0.35, small_rural=0.15, junior=0.33, senior=0.12, vocational=0.05)
    )
    classes_per_grade: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: MappingProxyType(
            {"primary": (7.0, 1.4), "junior": (10.0, 2.2), "senior": (11.0, 2.5), "vocational": (8.0, 2.0)}
        )
    )
    class_size: Mapping[str, float] = field(
        default_factory=lambda: _fixed(primary=38, junior=43, senior=45, vocational=45)
    )
    class_size_sd: float = 6.0
    rural_share: Mapping[str, float] = field(
        default_factory=lambda: _fixed(primary=0.10, small_rural=1.0, junior=0.30, senior=0.10, vocational=0.20)
    )
    boarding_town: Mapping[str, float] = field(
        default_factory=lambda: _fixed(primary=0.0, small_rural=0.0, junior=0.10, senior=0.55, vocational=0.65)
    )
    boarding_rural: Mapping[str, float] = field(
        default_factory=lambda: _fixed(primary=0.15, small_rural=0.10, junior=0.55, senior=0.80, vocational=0.80)
    )
    boys: float = 0.53
    left_behind_town: float = 0.08
    left_behind_rural: float = 0.35
    on_placement: float = 0.50  # of the third year of vocational schools

    # --- risk: true share of students who meet some form 2–3 times a month or more ---
    victim_rate: Mapping[str, float] = field(
        default_factory=lambda: _fixed(g34=0.13, g56=0.13, jr=0.09, sr=0.05, voc=0.08)
    )
    odds_boy: float = 1.4
    odds_boarder: float = 1.3
    odds_rural: float = 1.2
    odds_left_behind: float = 1.4
    sd_school: float = 0.25
    sd_class: float = 0.35
    sd_class_wave: float = 0.25
    ar_class_wave: float = 0.20  # makes the true correlation of a class between terms .8
    sd_term: float = 0.05
    sd_liability: float = 1.2  # lasting differences between students of one class; assumption
    rise_from_second_wave: float = 1.0  # factor on the city's rate

    # --- from risk to report ---
    sensitivity: float = 0.85
    false_positive: float = 0.01
    occasional_exponent: float = 1.7  # once or twice: 1 − (1 − p)^1.7 of the others; assumption
    witness_exponent: float = 2.5
    witness_once_exponent: float = 6.0
    perpetration_ratio: float = 0.45
    perpetration_of_victims: float = 0.30
    mentions_extra: float = 0.65

    # --- who answers, and how carefully ---
    response_beta: tuple[float, float] = (18.0, 2.0)
    absent_odds_victim: float = 1.3
    blank_share: float = 0.015
    low_response_share: float = 0.0
    low_response_factor: float = 0.6
    careless: float = 0.05
    careless_straight: float = 0.40
    careless_late: float = 0.50
    mischief: float = 0.015
    mischief_shape: float = 0.5  # gamma shape between classes: the smaller, the more clustered
    prank_class_share: float = 0.0
    prank_cluster: tuple[int, int] = (4, 6)
    refusal: float = 0.010
    left_out: float = 0.005
    break_off: float = 0.005

    # --- planted patterns ---
    outbreak_share: float = 0.03
    outbreak_targets: tuple[float, ...] = (0.20, 0.30, 0.40)  # share that careful answers show; the true one is higher
    school_wide_share: float = 0.02
    school_wide_factor: float = 1.5
    hotspot_share: float = 0.20
    hotspot_ratios: tuple[float, ...] = (3.0, 5.0)
    new_boarder_schools: float = 0.0  # schools that open a dormitory in the second wave
    new_boarders: float = 0.5  # of their day students


SCENARIOS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "default": {},
        "calm": {"outbreak_share": 0.0, "school_wide_share": 0.0, "hotspot_share": 0.0},
        "low_response": {"low_response_share": 0.15},
        "pranksters": {"prank_class_share": 0.03},
        "term_rise": {"rise_from_second_wave": 1.2},
        "new_boarders": {"new_boarder_schools": 0.25},
    }
)


def parameters(scenario: str = "default") -> Parameters:
    """The parameters of a scenario. KeyError for an unknown name."""
    return replace(Parameters(), **SCENARIOS[scenario])  # type: ignore[arg-type]
