"""Which schools to visit: half of them drawn by weight, half by plain chance, from a seed that anybody can use again.

A weight adds up released levels and action figures. It is no rate and no order: a school with a higher weight is more
likely to be drawn, and the list stands in the order of names. A rate far below schools like it weighs as much as one
far above: students may have said less than there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from dashboard.desk import Desk
from dashboard.reading.board import LEGAL, Acted, build_board
from dashboard.reading.comparison import build_compared, build_gaps

WEIGHTS = {
    "no_conclusion": 2,
    "doubts": 1,
    "coverage": 2,
    "classes_missing": 1,
    "reported_clearly": 2,
    "reported_perhaps": 1,
    "witness": 1,
    "far_above": 1,
    "far_below": 1,
    "checks_late": 1,
    "clocks_late": 2,
    "committee": 1,
    "no_lesson": 1,
    "no_training": 1,
}
CHANCE = "chance"
HEADLINE = "frequent"  # what students say of themselves


@dataclass(frozen=True)
class Visit:
    """A school that was drawn, by weight or by chance, and all that speaks for a visit to it."""

    school: str
    by: str
    reasons: tuple[str, ...]


def find_reasons(acted: Acted, gap: tuple[str, str] | None, place: str) -> tuple[str, ...]:
    """Codes of WEIGHTS that hold for a school: from its letter, coverage, gaps, place in the funnel, and actions."""
    witness, reported = gap or ("", "")
    checks, legal = acted.clock("first_check"), acted.clock(*LEGAL)
    held = {
        "no_conclusion": acted.letter == "D",
        "doubts": acted.letter == "C",
        "coverage": acted.coverage.state in ("missing", "low", "over"),
        "classes_missing": acted.coverage.classes_missing > 0,
        "reported_clearly": reported == "clearly",
        "reported_perhaps": reported == "perhaps",
        "witness": witness == "more",
        "far_above": place == "above_998",
        "far_below": place == "below_998",
        "checks_late": checks.missed + checks.overdue > 0,
        "clocks_late": legal.missed + legal.overdue > 0,
        "committee": acted.committee != "complete",
        "no_lesson": not acted.times("lesson"),
        "no_training": not acted.times("training"),
    }
    return tuple(code for code in WEIGHTS if held[code])


def build_reasons(desk: Desk, day: date) -> dict[str, tuple[str, ...]]:
    """School → codes of what speaks for a visit, with clocks as they stand on a day. Raises CaseworkGone."""
    gaps = build_gaps(desk)
    places = {one.unit.id: one.place for one in build_compared(desk, HEADLINE)}
    return {
        one.unit.id: find_reasons(one, gaps.get(one.unit.id), places.get(one.unit.id, ""))
        for one in build_board(desk, day)
    }


def draw_visits(reasons: Mapping[str, Sequence[str]], number: int, seed: int) -> list[Visit]:
    """`number` schools (all, if there are fewer): the larger half by weight, the rest by chance among those left.

    Drawn by weight without replacement: the largest u^(1/w), u uniform (Efraimidis and Spirakis 2006). The same seed,
    schools and reasons give the same list; the order of `reasons` plays no part, and the list is in order of ids.
    """
    random = Random(seed)
    weights = {school: sum(WEIGHTS[code] for code in held) for school, held in sorted(reasons.items())}
    keys = {school: random.random() ** (1 / weight) for school, weight in weights.items() if weight}
    by_weight = sorted(keys, key=lambda school: -keys[school])[: (number + 1) // 2]
    rest = [school for school in weights if school not in by_weight]
    by_chance = random.sample(rest, min(number - len(by_weight), len(rest)))
    drawn = dict.fromkeys(by_weight, "weight") | dict.fromkeys(by_chance, CHANCE)
    return [Visit(school, drawn[school], tuple(reasons[school])) for school in sorted(drawn)]
