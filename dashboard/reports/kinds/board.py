"""The term in a district or the city: who was reached, what differs beyond chance, who acted. Schools go by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from dashboard.casework.counts import counts_by_school, outcomes_by_rule
from dashboard.casework.values import ClockCount, RuleOutcome, SchoolCounts
from dashboard.look import MARKS
from dashboard.reading.advice import sentence
from dashboard.reading.coverage import Coverage, build_school_coverage
from dashboard.reading.credibility import build_credibility
from dashboard.reading.series import build_indicators, build_series
from dashboard.reading.units import Unit, build_units
from dashboard.reading.windows import HIDDEN, Window, rows
from dashboard.reports.blocks import Block, Gap, Heading, Signature, Table, Text
from dashboard.reports.done import CLOCKS, clock_blocks, count
from dashboard.reports.paper import Paper
from dashboard.reports.reached import count_states, letter_of
from dashboard.reports.shown import cell, indicator_blocks, is_asked, own_area, reasons

HEADLINE = "frequent"  # what students say of themselves
PLACES = ("below_998", "below_95", "inside", "above_95", "above_998")


def build_board(paper: Paper) -> list[Block]:
    """The chapters of a term, without class, sign or text."""
    covered = build_school_coverage(paper.desk)
    return [
        Heading(paper.t("paper_chapter.reached")),
        *reached_blocks(paper, covered),
        Heading(paper.t("paper_chapter.found")),
        *area_blocks(paper),
        Heading(paper.t("paper_board.schools")),
        *school_blocks(paper),
        Heading(paper.t("paper_board.acted")),
        *acted_blocks(paper),
        Heading(paper.t("paper_board.next")),
        Gap(paper.t("paper_gap.inspection")),
        Gap(paper.t("paper_gap.problems")),
        Gap(paper.t("paper_gap.next")),
        Signature((paper.t("paper.in_charge"), paper.t("paper.signed_on"))),
    ]


def reached_blocks(paper: Paper, covered: list[Coverage]) -> list[Block]:
    """How many schools are complete, and the board of all of them, by district and name."""
    if not covered:
        return [Text(paper.t("coverage.none"))]
    tally = count_states(covered)
    words = [paper.t("paper.times", name=paper.t(f"state.{state}"), n=number) for state, number in tally.items()]
    line = paper.t("paper.schools_line", n=len(covered), states=paper.t("signs.comma").join(words))
    letters = build_credibility(paper.desk, "school")
    head = ("bureau.school", "paper.enrolled", "paper.submitted", "coverage.state", "paper.no_class", "paper.letter")
    table = tuple(
        (
            one.unit.name,
            str(one.enrolled),
            str(one.submitted_about),
            paper.t(f"state.{one.state}"),
            str(one.classes_missing),
            letter_of(letters, one.unit.id),
        )
        for one in covered
    )
    note = f"{paper.t('coverage.lede')} {paper.t('sign.letter_help')}"
    return [Text(line), Table(paper.t("paper.board"), tuple(map(paper.t, head)), table, note)]


def area_blocks(paper: Paper) -> list[Block]:
    """Indicators of the city, and of the districts beside one another in the order of their names."""
    blocks: list[Block] = [Text(paper.t("window.help"), "note")]
    units = [(kind, unit) for kind in ("city", "district") for unit in build_units(paper.desk, kind).values()]
    lines = [
        (indicator.name, [_window(paper, kind, unit.id, indicator.code) for kind, unit in units])
        for indicator in build_indicators(paper.desk, "city")
    ]
    lines = [(name, windows) for name, windows in lines if any(is_asked(window) for window in windows)]
    if not any(window.is_shown for _, windows in lines for window in windows):
        return [*blocks, Text(paper.t("hidden_all.text"))]
    head = (paper.t("paper.indicator"), *(unit.name for _, unit in units))
    table = tuple((name, *(cell(paper, window) for window in windows)) for name, windows in lines)
    note = " ".join((paper.t("bureau.districts_lede"), reasons(paper, [w for _, held in lines for w in held])))
    return [
        *blocks,
        *indicator_blocks(paper, *own_area(paper)),
        Table(paper.t("bureau.districts_title"), head, table, note),
    ]


def _window(paper: Paper, kind: str, unit: str, indicator: str) -> Window:
    return build_series(paper.desk, kind, indicator).get(unit, {}).get(paper.desk.wave, HIDDEN)


def school_blocks(paper: Paper) -> list[Block]:
    """Like with like: how many schools can be told apart at all, and each school's own window beside what is usual."""
    places = _comparisons(paper)
    series = build_series(paper.desk, "school", HEADLINE)
    gaps = _gaps(paper)
    windows = {unit.id: series.get(unit.id, {}).get(paper.desk.wave, HIDDEN) for unit in _schools(paper)}
    head = (
        "bureau.school",
        "paper.frequent",
        "paper.usual",
        "bureau.compared",
        "paper.witness_gap",
        "paper.reported_gap",
    )
    table = tuple(
        (
            unit.name,
            cell(paper, windows[unit.id]),
            _usual(paper, places.get(unit.id, {})),
            paper.t(f"paper_place.{places.get(unit.id, {}).get('place') or 'none'}"),
            *(
                paper.t(f"paper_word.{gaps.get(unit.id, {}).get(kind) or 'none'}")
                for kind in ("witness_gap", "reported_gap")
            ),
        )
        for unit in _schools(paper)
    )
    note = " ".join((paper.t("paper.schools_note"), reasons(paper, windows.values())))
    return [
        Text(_told_apart(paper, places)),
        Table(paper.t("paper.like_with_like"), tuple(map(paper.t, head)), table, note),
    ]


def _schools(paper: Paper) -> list[Unit]:
    return list(build_units(paper.desk, "school").values())


def _told_apart(paper: Paper, places: dict[str, dict[str, Any]]) -> str:
    held = Counter(row["place"] for row in places.values() if row["place"])
    apart = sum(number for place, number in held.items() if place != "inside")
    return paper.t("paper.told_apart", n=sum(held.values()), inside=held["inside"], apart=apart)


def _comparisons(paper: Paper) -> dict[str, dict[str, Any]]:
    """School → its row of the funnel; empty where the release has none."""
    if not paper.desk.has("pub_school_wave_comparison"):
        return {}
    frame = paper.desk.table("pub_school_wave_comparison")
    mine = frame[(frame["wave"] == paper.desk.wave) & (frame["indicator"] == HEADLINE)]
    return {row["school_id"]: row for row in rows(mine)}


def _usual(paper: Paper, row: dict[str, Any]) -> str:
    if row.get("low95") is None or row.get("high95") is None:
        return MARKS["hidden"]
    return paper.t("window.share", lo=f"{row['low95']:.0f}", hi=f"{row['high95']:.0f}")


def _gaps(paper: Paper) -> dict[str, dict[str, Any]]:
    if not paper.desk.has("pub_school_wave_gap"):
        return {}
    frame = paper.desk.table("pub_school_wave_gap")
    return {row["school_id"]: row for row in rows(frame[frame["wave"] == paper.desk.wave])}


def acted_blocks(paper: Paper, wave: str | None = None) -> list[Block]:
    """What each school did, as counts and clocks; clocks of all; how signs were judged, rule by rule."""
    held = counts_by_school(paper.viewer, wave or paper.desk.wave, paper.as_of)
    if not held:
        return [Text(paper.t("paper.no_counts"))]
    names = {unit.id: unit.name for unit in _schools(paper)}
    order = {school: place for place, school in enumerate(names)}
    head = (
        "bureau.school",
        "paper.signs_n",
        "paper.checked_in_time",
        "paper.late",
        "paper.closed",
        "paper.cases_n",
        "paper.reports_n",
    )
    table = tuple(
        (names.get(one.school_id, one.name), *_acted(one))
        for one in sorted(held, key=lambda one: order.get(one.school_id, len(order)))
    )
    blocks: list[Block] = [
        Table(paper.t("paper.acted"), tuple(map(paper.t, head)), table, paper.t("paper.acted_note")),
        *clock_blocks(paper, total_clocks(held)),
    ]
    return blocks + ledger_blocks(paper, outcomes_by_rule(paper.viewer))


def _acted(one: SchoolCounts) -> tuple[str, ...]:
    first = next((clock for clock in one.clocks if clock.clock == "first_check"), ClockCount("first_check", 0, 0, 0, 0))
    numbers = (count(one, "sign"), first.met, first.missed + first.overdue, count(one, "sign", "closed"))
    return tuple(map(str, (*numbers, count(one, "case"), count(one, "incident"))))


def total_clocks(held: Iterable[SchoolCounts]) -> list[ClockCount]:
    """Each clock over all schools."""
    all_of = [clock for one in held for clock in one.clocks]
    return [
        ClockCount(
            name, *(sum(getattr(one, state) for one in mine) for state in ("met", "missed", "running", "overdue"))
        )
        for name in CLOCKS
        if (mine := [one for one in all_of if one.clock == name])
    ]


def ledger_blocks(paper: Paper, outcomes: list[RuleOutcome]) -> list[Block]:
    """The false-alarm ledger; it moves no threshold."""
    if not outcomes:
        return []
    head = (paper.t("ledger.rule"), *(paper.t(f"outcome.{code}") for code in ("founded", "unfounded", "unclear")))
    table = tuple(
        (sentence(paper.desk, one.rule_id), *map(str, (one.founded, one.unfounded, one.unclear, one.unchecked)))
        for one in outcomes
    )
    return [Table(paper.t("ledger.title"), (*head, paper.t("ledger.unchecked")), table, paper.t("ledger.help"))]
