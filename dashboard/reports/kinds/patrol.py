"""The patrol sheet on paper: looked up for so many people and times, with room to sign and to write."""

from __future__ import annotations

from dashboard.exports import NotForYou
from dashboard.reading.patrol import PEOPLE, SLOTS, TABLE, Plan, build_plan
from dashboard.reports.blocks import Block, Heading, Lines, Report, Table, Text
from dashboard.reports.paper import Paper, check_released, check_role, make_report, term_name
from dashboard.reports.shown import joined, place_name

DEFAULT = 2
BY_HAND = 6  # lines for posts that a school without a plan chooses itself


def build_patrol(paper: Paper) -> Report:
    """The plan that the release has for no more than so many; or why it has none."""
    check_role(paper, "counselor")
    check_released(paper)
    people, slots = _number(paper, "people", PEOPLE), _number(paper, "slots", SLOTS)
    plan = build_plan(paper.desk, people, slots) if paper.desk.has(TABLE) else None
    blocks = plan_blocks(paper, plan, people, slots) if plan else none_blocks(paper)
    about = paper.t("patrol.page_for", school=paper.place, wave=term_name(paper))
    return make_report(paper, "patrol", paper.t("patrol.title"), blocks, about)


def _number(paper: Paper, name: str, allowed: range) -> int:
    asked = paper.asked.get(name, str(DEFAULT))
    if not asked.isdecimal() or int(asked) not in allowed:
        raise NotForYou("no_plan")
    return int(asked)


def none_blocks(paper: Paper) -> list[Block]:
    """Whether this release has no sheets at all, or none for so few answers."""
    why = "patrol.none_few" if paper.desk.has(TABLE) else "patrol.none_old"
    blocks: list[Block] = [
        Text(paper.t("patrol.none")),
        Text(paper.t(why if paper.desk.waves else "empty.no_wave")),
        Table("", columns(paper), (("", "", "", ""),) * BY_HAND, to_write=True),
    ]
    return [*blocks, Heading(paper.t("patrol.rules")), Lines(tuple(paper.t("patrol.rules_lines").splitlines()))]


def plan_blocks(paper: Paper, plan: Plan, people: int, slots: int) -> list[Block]:
    """The share it covers, a line for each post, the rules."""
    blocks: list[Block] = [Text(paper.t("patrol.share", lo=plan.share_lo, hi=plan.share_hi))]
    if plan.people < people:
        blocks.append(Text(paper.t("patrol.most_people", n=plan.people), "note"))
    if plan.slots < slots and not plan.is_areas:
        blocks.append(Text(paper.t("patrol.most_slots", n=plan.slots), "note"))
    posts = tuple(
        (_time(paper, post.time), _place(paper, plan, code), "", "") for post in plan.posts for code in post.places
    )
    blocks.append(Table("", columns(paper), posts, to_write=True))
    blocks += [Heading(paper.t("patrol.rules")), Lines(tuple(paper.t("patrol.rules_lines").splitlines()))]
    return [*blocks, Text(joined(paper, paper.t("patrol.share_help"), paper.t("patrol.after")), "note")]


def columns(paper: Paper) -> tuple[str, ...]:
    return tuple(paper.t(f"patrol.{column}") for column in ("when", "where", "who", "seen"))


def _time(paper: Paper, code: str) -> str:
    return paper.desk.label("time_group", code) if code else paper.t("patrol.any_time")


def _place(paper: Paper, plan: Plan, code: str) -> str:
    return paper.desk.label("place_area", code) if plan.is_areas else place_name(paper, paper.viewer.scope, code)
