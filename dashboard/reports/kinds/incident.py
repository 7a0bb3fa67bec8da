"""Reports of one incident (M12): all versions, or the newest and what it changed. Reference numbers and counts."""

from __future__ import annotations

from datetime import date

from dashboard.casework.incidents import list_versions
from dashboard.casework.values import Incident
from dashboard.exports import NotForYou
from dashboard.reports.blocks import Block, Heading, Report, Signature, Table, Text
from dashboard.reports.paper import Paper, check_role, make_report

TEXTS = ("place", "cause", "course", "measures")
PEOPLE = ("people_hurt", "people_acting", "people_seeing")


def build_incident(paper: Paper) -> Report:
    """Every version in full, the first one first."""
    versions = read_versions(paper)
    blocks: list[Block] = [chain_table(paper, versions)]
    for one in versions:
        blocks += [Heading(version_name(paper, one)), version_table(paper, one)]
    return _report(paper, "incident", versions, blocks)


def build_followup(paper: Paper) -> Report:
    """The newest version in full, what it changed, and the chain it ends; NotForYou before there is one."""
    versions = read_versions(paper)
    if len(versions) < 2:
        raise NotForYou("no_followup")
    before, newest = versions[-2:]
    blocks: list[Block] = [Heading(version_name(paper, newest)), version_table(paper, newest)]
    blocks += [Heading(paper.t("paper.changed")), *change_blocks(paper, before, newest)]
    blocks.append(chain_table(paper, versions))
    return _report(paper, "followup", versions, blocks)


def read_versions(paper: Paper) -> list[Incident]:
    """The versions reported by the report's day; of an incident that isn't this school's there are none."""
    check_role(paper, "counselor")
    held = list_versions(paper.viewer, paper.asked.get("incident", ""))
    versions = [one for one in held if one.reported_on <= paper.as_of]
    if not versions:
        raise NotForYou("no_incident")
    return versions


def version_name(paper: Paper, one: Incident) -> str:
    kind = paper.t(f"incident_kind.{one.kind}")
    return paper.t("paper.version", n=one.version_no, kind=kind, day=paper.day(one.reported_on))


def fields_of(paper: Paper, one: Incident) -> list[tuple[str, str]]:
    """Time, place, cause, course, people as counts, measures."""
    rows = [(paper.t("incident.happened"), paper.day(one.happened_on))]
    rows += [(paper.t(f"incident.{name}"), getattr(one, name)) for name in TEXTS[:3]]
    rows += [(paper.t(f"incident.{name}"), str(getattr(one, name))) for name in PEOPLE]
    return [*rows, (paper.t("incident.measures"), one.measures)]


def version_table(paper: Paper, one: Incident) -> Table:
    return Table("", (paper.t("paper.field"), paper.t("paper.said")), tuple(fields_of(paper, one)))


def change_blocks(paper: Paper, before: Incident, newest: Incident) -> list[Block]:
    """Fields that differ, before and now."""
    pairs = zip(fields_of(paper, before), fields_of(paper, newest), strict=True)
    rows = tuple((name, old, new) for (name, old), (_, new) in pairs if old != new)
    if not rows:
        return [Text(paper.t("paper.unchanged"))]
    return [Table("", (paper.t("paper.field"), paper.t("paper.was"), paper.t("paper.now")), rows)]


def chain_table(paper: Paper, versions: list[Incident]) -> Table:
    """One line per version: its day, its deadline, the next one's."""
    head = tuple(paper.t(f"paper.{key}") for key in ("version_head", "reported", "report_due", "next_due"))
    rows = tuple(
        (
            paper.t("paper.version_short", n=one.version_no, kind=paper.t(f"incident_kind.{one.kind}")),
            paper.day(one.reported_on),
            paper.day(due_of(versions, one)),
            paper.day(one.next_due) if one.next_due else paper.t("paper.ended"),
        )
        for one in versions
    )
    return Table(paper.t("paper.chain"), head, rows, paper.t("paper.house_clock"))


def due_of(versions: list[Incident], one: Incident) -> date:
    """The first report's own deadline; a follow-up's is the one that the version before it set."""
    before = next((held for held in versions if held.version_no == one.supersedes), None)
    return (before.next_due if before else None) or one.report_due


def _report(paper: Paper, kind: str, versions: list[Incident], blocks: list[Block]) -> Report:
    ref = versions[-1].ref
    facts = [(paper.t("paper.about"), paper.place), (paper.t("paper.ref"), ref)]
    if versions[-1].case_id:
        facts.append((paper.t("paper.of_case"), versions[-1].case_id.rpartition(".c")[2]))
    note = [Text(paper.t("paper.nobody_named"), "note")]
    end = [Signature((paper.t("paper.head_teacher"), paper.t("paper.signed_on")))]
    title = paper.t(f"paper_title.{kind}", ref=ref)
    return make_report(paper, kind, title, [*note, *blocks, *end], "", tuple(facts))
