"""A school's report on one term: who was reached, what was released, what was done, what is still to be written."""

from __future__ import annotations

from dashboard.reports.blocks import Block, Report, Text
from dashboard.reports.done import (
    activities_in,
    activity_blocks,
    count_blocks,
    measure_blocks,
    measures_in,
    seat_blocks,
    sign_blocks,
)
from dashboard.reports.kinds.board import build_chapters
from dashboard.reports.paper import (
    Paper,
    chapters,
    check_released,
    check_role,
    gaps,
    make_report,
    release_facts,
    sign_here,
    term_name,
)
from dashboard.reports.reached import coverage_blocks
from dashboard.reports.shown import found_blocks
from dashboard.reports.terms import term_days


def build_term(paper: Paper) -> Report:
    """A school's own term; of a district and the city, the board of their schools."""
    check_role(paper, "counselor", "district", "bureau")
    check_released(paper)
    blocks: list[Block] = [Text(paper.t("bureau.creed"), "creed")]
    if not paper.desk.waves:
        blocks += [Text(paper.t("empty.no_wave")), Text(paper.t("empty.no_wave_help"))]
    elif paper.viewer.role == "counselor":
        blocks += school_chapters(paper)
    else:
        blocks += build_chapters(paper)
    title = "paper_title.term" if paper.viewer.role == "counselor" else "paper_title.term_board"
    facts = ((paper.t("paper.about"), paper.place), (paper.t("paper.term"), term_name(paper)))
    return make_report(paper, "term", paper.t(title), blocks, term_name(paper), (*facts, *release_facts(paper)))


def school_chapters(paper: Paper) -> list[Block]:
    """In the order in which a school works: reached, found, signs, measures, daily work, committee, next."""
    span = term_days(paper.desk.wave)
    held: dict[str, list[Block]] = {
        "paper_chapter.reached": coverage_blocks(paper),
        "paper_chapter.found": found_blocks(paper, paper.viewer.scope),
        "paper_chapter.signs": [*sign_blocks(paper), *count_blocks(paper, paper.desk.wave)],
        "paper_chapter.measures": measure_blocks(paper, measures_in(paper, span), typed=True),
        "paper_chapter.work": activity_blocks(paper, activities_in(paper, span)),
        "paper_chapter.committee": seat_blocks(paper),
        "paper_chapter.next": gaps(paper, "paper_gap.problems", "paper_gap.next"),
    }
    return [*chapters(paper, held), sign_here(paper, "paper.head_teacher")]
