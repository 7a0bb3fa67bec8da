"""The term in a district or the city: who was reached, what differs beyond chance, who acted. Schools go by name."""

from __future__ import annotations

from dashboard.casework.counts import outcomes_by_rule
from dashboard.casework.values import RuleOutcome, add_clocks
from dashboard.look import MARKS
from dashboard.reading.advice import sentence
from dashboard.reading.board import Acted, build_board
from dashboard.reading.comparison import Compared, build_compared, build_gaps, told_apart
from dashboard.reading.coverage import Coverage, build_school_coverage
from dashboard.reading.credibility import build_credibility
from dashboard.reading.series import build_indicators, build_series
from dashboard.reading.units import build_units
from dashboard.reading.windows import HIDDEN, Window
from dashboard.reports.blocks import Block, Table, Text
from dashboard.reports.done import CLOCKS, clock_blocks
from dashboard.reports.paper import Paper, chapters, gaps, sign_here
from dashboard.reports.reached import count_states, letter_of
from dashboard.reports.shown import cell, indicator_blocks, is_asked, joined, none_shown, noted, own_area

HEADLINE = "frequent"  # what students say of themselves
SAID = ("more", "usual")  # a gap between seeing and telling that can be told


def build_chapters(paper: Paper) -> list[Block]:
    """The chapters of a term, without class, sign or text."""
    held: dict[str, list[Block]] = {
        "paper_chapter.reached": reached_blocks(paper, build_school_coverage(paper.desk)),
        "paper_chapter.found": area_blocks(paper),
        "paper_board.schools": school_blocks(paper),
        "paper_board.acted": acted_blocks(paper),
        "paper_board.next": gaps(paper, "paper_gap.inspection", "paper_gap.problems", "paper_gap.next"),
    }
    return [*chapters(paper, held), sign_here(paper, "paper.in_charge")]


def reached_blocks(paper: Paper, covered: list[Coverage]) -> list[Block]:
    """How many schools are complete, and the board of all of them, by district and name."""
    if not covered:
        return [Text(paper.t("coverage.none"))]
    tally = count_states(covered)
    words = [paper.t("paper.n_schools", name=paper.t(f"state.{state}"), n=number) for state, number in tally.items()]
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
    note = joined(paper, paper.t("coverage.lede"), paper.t("sign.letter_help"))
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
        return [*blocks, none_shown(paper)]
    head = (paper.t("paper.indicator"), *(unit.name for _, unit in units))
    table = tuple((name, *(cell(paper, window) for window in windows)) for name, windows in lines)
    note = noted(paper, paper.t("bureau.districts_lede"), [window for _, held in lines for window in held])
    return [
        *blocks,
        *indicator_blocks(paper, *own_area(paper)),
        Table(paper.t("bureau.districts_title"), head, table, note),
    ]


def _window(paper: Paper, kind: str, unit: str, indicator: str) -> Window:
    return build_series(paper.desk, kind, indicator).get(unit, {}).get(paper.desk.wave, HIDDEN)


def school_blocks(paper: Paper) -> list[Block]:
    """Like with like: how many schools can be told apart at all, and each school's own window beside what is usual."""
    compared, gaps = build_compared(paper.desk, HEADLINE), build_gaps(paper.desk)
    if not any(one.window.is_shown for one in compared) and not any(seen in SAID for seen, _ in gaps.values()):
        return [Text(paper.t("funnel.none"))]
    head = ["bureau.school", "paper.frequent", "paper.usual", "bureau.compared", "paper.witness_gap"]
    has_reported = any(reported not in ("", "not_known") for _, reported in gaps.values())
    head += ["paper.reported_gap"] * has_reported
    lines = [_compared_row(paper, one, gaps.get(one.unit.id, ("", ""))) for one in compared]
    table = tuple(line[: len(head)] for line in lines)
    number, apart = told_apart(compared)
    usual = paper.t("paper.schools_note" if has_reported else "paper.schools_note_unreported")
    note = noted(paper, usual, (one.window for one in compared))
    said = paper.t("funnel.none")
    if number:
        said = paper.t("paper.told_apart", n=number, inside=number - apart, apart=apart)
    return [
        Text(said),
        Table(paper.t("paper.like_with_like"), tuple(map(paper.t, head)), table, note),
    ]


def _compared_row(paper: Paper, one: Compared, gaps: tuple[str, str]) -> tuple[str, ...]:
    usual = MARKS["hidden"]
    if one.usual:
        usual = paper.t("window.share", lo=f"{one.usual[0]:.0f}", hi=f"{one.usual[1]:.0f}")
    place = paper.t(f"paper_place.{one.place or 'none'}")
    return (
        one.unit.name,
        cell(paper, one.window),
        usual,
        place,
        *(paper.t(f"paper_word.{gap or 'none'}") for gap in gaps),
    )


def acted_blocks(paper: Paper) -> list[Block]:
    """What each school did, as counts and clocks; clocks of all; how signs were judged, rule by rule."""
    board = build_board(paper.desk, paper.as_of)
    if not any(one.counts for one in board):
        return [Text(paper.t("paper.no_counts"))]
    head = (
        "bureau.school",
        "paper.signs_n",
        "paper.checked_in_time",
        "paper.late",
        "paper.closed",
        "paper.cases_n",
        "paper.reports_n",
    )
    rows = tuple((one.unit.name, *map(str, _acted(one))) for one in board)
    kept = [one.clock(name) for one in board for name in CLOCKS]
    together = [add_clocks(name, (clock for clock in kept if clock.clock == name)) for name in CLOCKS]
    return [
        Table(paper.t("paper.acted"), tuple(map(paper.t, head)), rows, paper.t("paper.acted_note")),
        *clock_blocks(paper, [clock for clock in together if clock.is_begun]),
        *ledger_blocks(paper, outcomes_by_rule(paper.viewer)),
    ]


def _acted(one: Acted) -> tuple[int, ...]:
    first = one.clock("first_check")
    checked = first.met, first.missed + first.overdue
    return one.number("sign"), *checked, one.number("sign", "closed"), one.number("case"), one.number("incident")


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
