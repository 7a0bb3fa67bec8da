"""The annual report (M15): the plan's chapters; spring and autumn side by side, never added up."""

from __future__ import annotations

from dataclasses import replace

from dashboard.casework.counts import counts_by_school
from dashboard.casework.values import Measure
from dashboard.exports import NotForYou
from dashboard.look import MARKS
from dashboard.reading.coverage import build_school_coverage
from dashboard.reading.series import build_indicators, build_series
from dashboard.reading.units import wave_name
from dashboard.reading.windows import HIDDEN, Window
from dashboard.reports.blocks import Block, Heading, Report, Table, Text
from dashboard.reports.done import (
    activities_in,
    activity_blocks,
    clock_blocks,
    is_done,
    measure_blocks,
    measures_in,
    turn_of,
)
from dashboard.reports.fields import field_blocks
from dashboard.reports.kinds.board import acted_blocks
from dashboard.reports.paper import (
    Paper,
    chapters,
    check_released,
    check_role,
    gaps,
    make_report,
    release_facts,
    sign_here,
)
from dashboard.reports.reached import count_states
from dashboard.reports.shown import cell, is_asked, none_shown, noted, own_area
from dashboard.reports.terms import year_days


def build_annual(paper: Paper) -> Report:
    """One year of a school, a district or the city."""
    check_role(paper, "counselor", "district", "bureau")
    check_released(paper)
    year = year_of(paper)
    is_school = paper.viewer.role == "counselor"
    measures = measures_in(paper, year_days(year)) if is_school else []
    held: dict[str, list[Block]] = {
        "paper_annual.governed": governed_blocks(paper, year),
        "paper_annual.worked": [*worked_blocks(paper, measures), *gaps(paper, "paper_gap.worked")],
        "paper_annual.bright": gaps(paper, "paper_gap.bright"),
        "paper_annual.problems": [*problem_blocks(paper, year), *gaps(paper, "paper_gap.roots")],
        "paper_annual.better": [*better_blocks(paper, measures), *gaps(paper, "paper_gap.better")],
    }
    blocks: list[Block] = [
        Text(paper.t("bureau.creed"), "creed"),
        Text(paper.t("paper.never_added")),
        *chapters(paper, held),
        sign_here(paper, "paper.head_teacher" if is_school else "paper.in_charge"),
    ]
    facts = ((paper.t("paper.about"), paper.place), (paper.t("paper.year"), str(year)))
    title = paper.t("paper_title.annual", year=year)
    return make_report(paper, "annual", title, blocks, paper.place, (*facts, *release_facts(paper)))


def year_of(paper: Paper) -> int:
    """The year that was asked for, or the one of the wave."""
    asked = paper.asked.get("year") or paper.desk.wave.partition("-")[0]
    if not (asked.isdecimal() and len(asked) == 4):
        raise NotForYou("no_year")
    waves = paper.desk.waves
    if paper.asked.get("year") and waves and not any(wave.startswith(f"{asked}-") for wave in waves):
        raise NotForYou("no_year")
    return int(asked)


def waves_of(year: int) -> tuple[str, str]:
    return f"{year}-1", f"{year}-2"


def governed_blocks(paper: Paper, year: int) -> list[Block]:
    """Coverage, six implementations, seven fields, findings and clocks."""
    blocks: list[Block] = [coverage_table(paper, year), *field_blocks(paper, year)]
    if paper.viewer.role == "counselor":
        span = year_days(year)
        blocks += [*activity_blocks(paper, activities_in(paper, span))]
        blocks += [
            clock
            for one in counts_by_school(paper.viewer, None, paper.as_of)
            for clock in clock_blocks(paper, one.clocks)
        ]
        return blocks
    return [*blocks, Heading(paper.t("paper_annual.acted"), 2), *acted_blocks(paper)]


def coverage_table(paper: Paper, year: int) -> Table:
    """Spring and autumn: enrolled, sheets, and how many schools are complete."""
    head = (paper.t("paper.term"), paper.t("paper.enrolled"), paper.t("paper.submitted"), paper.t("coverage.state"))
    table = tuple(_coverage_row(paper, wave) for wave in waves_of(year))
    return Table(paper.t("page.coverage"), head, table, paper.t("coverage.lede"))


def _coverage_row(paper: Paper, wave: str) -> tuple[str, ...]:
    covered = build_school_coverage(replace(paper.desk, asked_wave=wave)) if wave in paper.desk.waves else []
    if not covered:
        return wave_name(paper.desk, wave), MARKS["hidden"], MARKS["hidden"], paper.t("reason.no_row")
    tally = count_states(covered)
    words = [paper.t("paper.n_schools", name=paper.t(f"state.{state}"), n=n) for state, n in tally.items()]
    states = (
        paper.t(f"state.{covered[0].state}") if paper.viewer.role == "counselor" else paper.t("signs.comma").join(words)
    )
    enrolled, sheets = (sum(getattr(one, name) for one in covered) for name in ("enrolled", "submitted_about"))
    return wave_name(paper.desk, wave), str(enrolled), str(sheets), states


def worked_blocks(paper: Paper, measures: list[Measure]) -> list[Block]:
    """Measures after which the next wave fell: what may be told as worked."""
    fell = [one for one in measures if turn_of(paper, one).direction == "fell"]
    return measure_blocks(paper, fell) if fell else [Text(paper.t("paper.none_fell"), "note")]


def problem_blocks(paper: Paper, year: int) -> list[Block]:
    """Spring and autumn of each indicator, side by side."""
    waves = waves_of(year)
    kind, unit = own_area(paper)
    lines = [
        (
            indicator.name,
            [build_series(paper.desk, kind, indicator.code).get(unit, {}).get(wave, HIDDEN) for wave in waves],
        )
        for indicator in build_indicators(paper.desk, kind)
    ]
    lines = [(name, held) for name, held in lines if any(is_asked(window) for window in held)]
    if not any(window.is_shown for _, held in lines for window in held):
        return [none_shown(paper)]
    head = (paper.t("paper.indicator"), *(wave_name(paper.desk, wave) for wave in waves), paper.t("paper.autumn_trend"))
    table = tuple((name, *(cell(paper, window) for window in held), _trend(paper, held[1])) for name, held in lines)
    note = noted(paper, paper.t("window.help"), [window for _, held in lines for window in held])
    return [Table(paper.t("paper.found_year"), head, table, note)]


def _trend(paper: Paper, window: Window) -> str:
    return paper.t(f"trend.{window.trend}") if window.trend in MARKS else paper.t("trend.none")


def better_blocks(paper: Paper, measures: list[Measure]) -> list[Block]:
    """Measures that are still under way."""
    under_way = [one for one in measures if not is_done(paper, one)]
    return measure_blocks(paper, under_way, title="paper.under_way") if under_way else []
