"""The file of one case (M11): where it stands, clocks with their articles, the grading aid, measures, every step."""

from __future__ import annotations

from datetime import date

from dashboard.casework.cases import find_case
from dashboard.casework.clocks import read_clocks, state_of
from dashboard.casework.grading import read_grading
from dashboard.casework.history import list_steps
from dashboard.casework.incidents import list_incidents
from dashboard.casework.measures import list_measures
from dashboard.casework.values import Case, Step
from dashboard.exports import NotForYou
from dashboard.reports.blocks import Block, Heading, Lines, Report, Signature, Table, Text
from dashboard.reports.done import measure_blocks
from dashboard.reports.paper import Paper, check_role, make_report


def build_case(paper: Paper) -> Report:
    """One case of the viewer's school, by its id or reference number."""
    check_role(paper, "counselor")
    case = find_case(paper.viewer, paper.asked.get("case", ""))
    if case is None or case.opened_on > paper.as_of:
        raise NotForYou("no_case")
    blocks: list[Block] = [Text(paper.t("case.help"), "note")]
    blocks += [Heading(paper.t("paper_case.stands")), *state_blocks(paper, case)]
    blocks += [Heading(paper.t("paper_case.clocks")), *clock_blocks(paper, case)]
    blocks += [Heading(paper.t("paper_case.grading")), *grading_blocks(paper, case)]
    measures = [one for one in list_measures(paper.viewer, case_id=case.case_id) if one.begun_on <= paper.as_of]
    blocks += [Heading(paper.t("paper_case.measures")), *measure_blocks(paper, measures)]
    blocks += [Heading(paper.t("paper_case.steps")), step_table(paper, case), *report_blocks(paper, case)]
    blocks.append(Signature((paper.t("paper.chair"), paper.t("paper.recorder"), paper.t("paper.signed_on"))))
    title = paper.t("paper_title.case", ref=case.ref)
    facts = ((paper.t("paper.about"), paper.place), (paper.t("paper.ref"), case.ref))
    return make_report(paper, "case", title, blocks, "", facts)


def state_blocks(paper: Paper, case: Case) -> list[Block]:
    """What the committee found so far, and what set the file off."""
    rows = [(paper.t("paper.state"), paper.t(f"case_status.{case.status}"))]
    rows.append((paper.t("paper.opened"), paper.day(case.opened_on)))
    rows.append((paper.t("paper.origin"), paper.t("case.from_sign" if case.sign_id else "paper.no_sign")))
    if case.judgement:
        rows.append((paper.t("case.judgement"), paper.t(f"judgement.{case.judgement}")))
    grade = next((grade for grade in read_grading().grades if grade.code == case.severity), None)
    if grade:
        rows.append((paper.t("case.severity"), grade.name[paper.lang]))
    if case.closed_on:
        rows.append((paper.t("paper.closed"), paper.day(case.closed_on)))
    return [Table("", (paper.t("paper.field"), paper.t("paper.said")), tuple(rows))]


def clock_blocks(paper: Paper, case: Case) -> list[Block]:
    """Clock, last day, done on, how it was kept; each with its article and whether a lawyer checked it."""
    running = [("inquiry", case.inquiry_due, case.judged_on)]
    if case.review_due:
        running.append(("review", case.review_due, case.review_answered_on))
    head = tuple(paper.t(f"paper.{key}") for key in ("clock", "due", "done", "kept"))
    rows = tuple(_clock_row(paper, *one) for one in running)
    return [
        Table("", head, rows, paper.t("paper.clock_basis")),
        Lines(tuple(_article(paper, name) for name, *_ in running)),
    ]


def _clock_row(paper: Paper, name: str, due: date, done: date | None) -> tuple[str, ...]:
    state = paper.t(f"clock_state.{state_of(due, done, paper.as_of)}")
    return paper.t(f"clock.{name}"), paper.day(due), paper.day(done) if done else paper.t("paper.not_done"), state


def _article(paper: Paper, name: str) -> str:
    rule = read_clocks()[name]
    checked = rule.checked_by_counsel
    counsel = paper.t("clock.checked", day=paper.day(checked)) if checked else paper.t("clock.unchecked")
    return paper.t("paper.in_term", term=paper.t(f"clock.{name}"), what=f"{rule.article[paper.lang]} · {counsel}")


def grading_blocks(paper: Paper, case: Case) -> list[Block]:
    """The text of the rule beside each grade; the one that the committee gave is marked."""
    held = read_grading()
    mark = paper.t("paper.given")
    rows = tuple(
        (grade.name[paper.lang], grade.rule[paper.lang], mark if grade.code == case.severity else "")
        for grade in held.grades
    )
    checked = held.checked_by_counsel
    counsel = paper.t("clock.checked", day=paper.day(checked)) if checked else paper.t("clock.unchecked")
    head = (paper.t("paper.grade"), paper.t("paper.rule"), paper.t("paper.committee"))
    return [Table("", head, rows, f"{paper.t('case.grading', source=held.source[paper.lang])} {counsel}")]


def step_table(paper: Paper, case: Case) -> Table:
    """Every step up to the report's day, the first one first."""
    steps = [step for step in list_steps(paper.viewer, "case", case.case_id) if step.at.date() <= paper.as_of]
    head = tuple(paper.t(f"paper.{key}") for key in ("when", "step", "reason"))
    return Table("", head, tuple(_step_row(paper, step) for step in steps), paper.t("paper.steps_note"))


def _step_row(paper: Paper, step: Step) -> tuple[str, ...]:
    key = f"step.{step.action}"
    name = paper.t(key if key in paper.known else "step.other")
    told = [paper.day(step.on)] if step.on else []
    told += [step.role] if step.role else []
    return paper.day(step.at.date()), " · ".join((name, *told)), step.text


def report_blocks(paper: Paper, case: Case) -> list[Block]:
    """Incident reports that belong to the case, by reference number."""
    mine = [one for one in list_incidents(paper.viewer) if one.case_id == case.case_id]
    if not mine:
        return []
    lines = tuple(
        paper.t("paper.report_line", ref=one.ref, n=one.version_no, kind=paper.t(f"incident_kind.{one.kind}"))
        for one in mine
    )
    return [Heading(paper.t("paper.reports"), 2), Lines(lines)]
