"""Who was reached and how far the answers can be trusted, as blocks."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.look import MARKS
from dashboard.reading.coverage import STATES, Coverage, build_class_coverage, build_school_coverage
from dashboard.reading.credibility import PARTS, Credibility, build_credibility
from dashboard.reports.blocks import Block, Table, Text
from dashboard.reports.paper import Paper
from dashboard.reports.shown import joined


def school_coverage(paper: Paper) -> Coverage | None:
    held = build_school_coverage(paper.desk)
    return next((one for one in held if one.unit.id == paper.viewer.scope), None)


def coverage_blocks(paper: Paper) -> list[Block]:
    """The school's line, its classes that aren't complete, and the letter of its answers."""
    school = school_coverage(paper)
    if school is None:
        return [Text(paper.t("coverage.none"))]
    state = paper.t(f"state.{school.state}")
    line = paper.t("coverage.school_line", enrolled=school.enrolled, submitted=school.submitted_about, state=state)
    classes = build_class_coverage(paper.desk).get(paper.viewer.scope, [])
    head = (paper.t("coverage.class"), paper.t("paper.enrolled"), paper.t("paper.submitted"), paper.t("coverage.state"))
    rows = tuple(
        (one.unit.name, str(one.enrolled), str(one.submitted_about), paper.t(f"state.{one.state}"))
        for one in classes
        if one.state != "complete"
    )
    rest = paper.t("paper.others_complete", n=len(classes) - len(rows)) if len(rows) < len(classes) else ""
    table = Table(paper.t("paper.classes"), head, rows, joined(paper, rest, paper.t("coverage.lede")))
    return [
        Text(line),
        table if rows else Text(paper.t("paper.all_complete")),
        *credibility_blocks(paper, build_credibility(paper.desk, "school")),
    ]


def credibility_blocks(paper: Paper, letters: dict[str, Credibility]) -> list[Block]:
    """The school's letter and its parts; said where the release is older than the letters."""
    held = letters.get(paper.viewer.scope)
    if held is None:
        return [Text(paper.t("sign.letter_none"), "note")]
    head = (paper.t("paper.letter"), *(paper.t(f"part.{part}") for part in PARTS))
    row = (held.letter, *(paper.t(f"quality.{held.parts[part]}") for part in PARTS))
    return [Table(paper.t("paper.credibility"), head, (row,), paper.t("sign.letter_help"))]


def count_states(covered: Iterable[Coverage]) -> dict[str, int]:
    """State → number of schools, in the order of the states; absent where there is none."""
    held = [one.state for one in covered]
    return {state: held.count(state) for state in STATES if state in held}


def letter_of(letters: dict[str, Credibility], school: str) -> str:
    held = letters.get(school)
    return held.letter if held else MARKS["hidden"]
