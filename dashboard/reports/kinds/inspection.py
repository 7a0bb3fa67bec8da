"""The inspection list on paper: drawn again from the same seed, in order of names, with room for what was seen."""

from __future__ import annotations

from dashboard.exports import NotForYou
from dashboard.reading.inspection import Visit, build_reasons, draw_visits
from dashboard.reading.units import Unit, build_units
from dashboard.reports.blocks import Block, Report, Table, Text
from dashboard.reports.paper import Paper, check_released, check_role, make_report, release_facts, sign_here, term_name

FIRST = "5"  # schools, where nobody says how many


def build_inspection(paper: Paper) -> Report:
    """`n` schools drawn with `seed`; NotForYou where either is no number."""
    check_role(paper, "bureau", "district")
    check_released(paper)
    number, seed = _number(paper, "n", FIRST), _number(paper, "seed")
    drawn = {visit.school: visit for visit in draw_visits(build_reasons(paper.desk, paper.as_of), number, seed)}
    units = [unit for unit in build_units(paper.desk, "school").values() if unit.id in drawn]
    districts = {unit.id: unit.name for unit in build_units(paper.desk, "district").values()}
    head = tuple(paper.t(key) for key in ("bureau.school", "inspection.why", "inspection.seen"))
    rows = tuple((school_words(unit, districts), reason_words(paper, drawn[unit.id]), "") for unit in units)
    blocks: list[Block] = [Text(paper.t("bureau.creed"), "creed")]
    if not units:
        blocks += [Text(paper.t("empty.no_wave")), Text(paper.t("empty.no_wave_help"))]
    else:
        blocks.append(Text(paper.t("inspection.drawn", n=len(units), seed=seed)))
        blocks.append(Table("", head, rows, paper.t("inspection.how_help"), to_write=True))
        blocks.append(sign_here(paper, "paper.inspectors"))
    return make_report(
        paper,
        "inspection",
        paper.t("inspection.list"),
        blocks,
        paper.t("patrol.page_for", school=paper.place, wave=term_name(paper)),
        release_facts(paper),
    )


def school_words(unit: Unit, districts: dict[str, str]) -> str:
    """The school's name and its district's."""
    return f"{unit.name}\n{districts.get(unit.parent, '')}".strip()


def reason_words(paper: Paper, visit: Visit) -> str:
    """How it was drawn, and all that speaks for a visit."""
    reasons = [paper.t(f"visit.{code}") for code in visit.reasons] or [paper.t("inspection.no_reason")]
    return "\n".join([paper.t(f"drawn_by.{visit.by}"), *reasons])


def _number(paper: Paper, name: str, usual: str = "") -> int:
    asked = paper.asked.get(name, usual)
    if not asked.isdecimal() or len(asked) > 9:
        raise NotForYou("no_plan")
    return int(asked)
