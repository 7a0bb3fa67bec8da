"""The student card: one page back to the students of a school or a grade. What you told us, what we do, by when.

Only released windows of a whole school or of a grade that the release shows, rounded to tenths; never a class.
"""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.casework.measures import list_measures
from dashboard.casework.values import Measure
from dashboard.contacts import find_adults
from dashboard.exports import NotForYou
from dashboard.reading.places import build_grid, build_places, groups_of
from dashboard.reading.pool import build_pool
from dashboard.reading.series import build_series
from dashboard.reading.units import build_units
from dashboard.reading.windows import HIDDEN, Window, build_window
from dashboard.reports.blocks import Block, Gap, Heading, Lines, Report, Text
from dashboard.reports.done import is_done
from dashboard.reports.paper import Paper, check_released, check_role, make_report, term_name
from dashboard.reports.shown import place_name

SEEN = "witness"
MOST = 2  # places and times named
PROMISED = 5  # lines of what is done
FOR_ALL = ("place", "school", "grade", "grade_place")  # a measure for one class stays out: it would point there


def build_card(paper: Paper) -> Report:
    """For the school, or for the grade that is asked for."""
    check_role(paper, "counselor")
    check_released(paper)
    grade = paper.asked.get("grade", "")
    names = {unit.id: unit.name for unit in build_units(paper.desk, "grade").values()}
    if grade and grade not in names:
        raise NotForYou("no_grade")
    blocks: list[Block] = [Heading(paper.t("paper_card.told")), *told_blocks(paper, grade)]
    blocks += promise_blocks(paper)
    blocks += [Heading(paper.t("paper_card.you")), Lines(tuple(paper.desk.t("paper_card.you_lines").splitlines()))]
    blocks += [Heading(paper.t("paper_card.who")), *contact_blocks(paper)]
    blocks.append(Text(paper.t("paper_card.next"), "note"))
    about = paper.t("paper_card.about", school=paper.place, grade=names.get(grade, ""), term=term_name(paper))
    return make_report(paper, "card", paper.t("paper_title.card"), blocks, about)


def told_blocks(paper: Paper, grade: str) -> list[Block]:
    """How many often see it, places avoided, times; or that too few took part to write numbers."""
    seen = _seen(paper, grade)
    lines = [seen_words(paper, seen)] if seen.is_shown else []
    if places := avoided(paper, grade):
        lines.append(paper.t("paper_card.avoided", places=paper.t("paper.list").join(places)))
    if not grade and (times := often(paper)):
        lines.append(paper.t("paper_card.often", times=paper.t("paper.list").join(times)))
    if not lines:
        return [Text(paper.t("paper_card.too_few"))]
    return [Text(line) for line in lines]


def _seen(paper: Paper, grade: str) -> Window:
    kind, unit = ("grade", grade) if grade else ("school", paper.viewer.scope)
    return build_series(paper.desk, kind, SEEN).get(unit, {}).get(paper.desk.wave, HIDDEN)


def seen_words(paper: Paper, window: Window) -> str:
    """The middle of the released share, to one in ten."""
    tenths = round((window.share_middle or 0) / 10)
    return paper.t("paper_card.seen", n=tenths) if tenths else paper.t("paper_card.seen_few")


def avoided(paper: Paper, grade: str) -> list[str]:
    """Places avoided most, of the grade, the school, or a small school's areas over two waves."""
    school = paper.viewer.scope
    windows = _grade_places(paper, grade) if grade else build_places(paper.desk, school, "avoided")
    if any(window.is_shown for window in windows.values()):
        return [place_name(paper, school, code) for code in most(windows)]
    pool = None if grade else build_pool(paper.desk, school)
    if pool is None or pool.waves[1] != paper.desk.wave:
        return []
    return [paper.desk.label("place_area", area) for area in most(pool.places.get("avoided", {}))]


def _grade_places(paper: Paper, grade: str) -> dict[str, Window]:
    mine = paper.desk.rows("pub_grade_wave_place", grade_id=grade, wave=paper.desk.wave, measure="avoided")
    return {row["place_group"]: build_window(row) for row in mine}


def most(windows: Mapping[str, Window]) -> list[str]:
    """The codes with the largest windows; none of those that may be nobody."""
    held = {code: window.share_middle for code, window in windows.items() if window.lo}
    return sorted(held, key=lambda code: -(held[code] or 0))[:MOST]


def often(paper: Paper) -> list[str]:
    """Times with the largest windows, added over the places of the school's map."""
    grid = build_grid(paper.desk, paper.viewer.scope)
    if not any(window.is_shown for window in grid.values()):
        return []
    weight = {
        time: sum(w.share_middle or 0 for (_, at), w in grid.items() if at == time) for time in groups_of("times")
    }
    first = sorted((time for time in weight if weight[time]), key=lambda time: -weight[time])[:MOST]
    return [paper.desk.label("time_group", time) for time in first]


def promise_blocks(paper: Paper) -> list[Block]:
    """What we do, from when, by whose office; what was promised before: done, or not yet and why."""
    held = [one for one in list_measures(paper.viewer) if is_for_all(one) and one.begun_on <= paper.as_of]
    now = [one for one in held if one.wave == paper.desk.wave][:PROMISED]
    before = [one for one in held if one.wave < paper.desk.wave]
    lines = tuple(_promise(paper, one) for one in now)
    blocks: list[Block] = [Heading(paper.t("paper_card.do"))]
    blocks.append(Lines(lines, numbered=True) if lines else Gap(paper.t("paper_gap.promise")))
    if done := [one for one in before if is_done(paper, one)][:PROMISED]:
        blocks += [Heading(paper.t("paper_card.kept")), Lines(tuple(_kept(paper, one) for one in done))]
    blocks.append(Heading(paper.t("paper_card.not_yet")))
    late = [one for one in before if not is_done(paper, one)][:PROMISED]
    if not before:
        return [*blocks, Text(paper.t("paper_card.first"))]
    if not late:
        return [*blocks, Text(paper.t("paper_card.all_done"))]
    return [*blocks, *(Gap(paper.t("paper_gap.why_not_yet", what=one.what)) for one in late)]


def is_for_all(measure: Measure) -> bool:
    """Whether a measure may be told to everybody: no case's, and for no single class."""
    return not measure.case_id and measure.moves_kind in FOR_ALL


def _promise(paper: Paper, one: Measure) -> str:
    if is_done(paper, one) and one.done_on:
        return paper.t("paper_card.kept_line", what=one.what, day=paper.day(one.done_on))
    return paper.t("paper_card.promise", what=one.what, day=paper.day(one.begun_on), by=one.decided_by)


def _kept(paper: Paper, one: Measure) -> str:
    return paper.t("paper_card.kept_line", what=one.what, day=paper.day(one.done_on or paper.as_of))


def contact_blocks(paper: Paper) -> list[Block]:
    """The adults of the school's help slips; where they can be found is for the school to write."""
    adults = find_adults(paper.viewer.scope)
    lines = tuple(paper.t("paper_card.adult", name=adult.name, office=adult.office) for adult in adults)
    held: list[Block] = [Lines(lines)] if lines else []
    return [*held, Gap(paper.t("paper_gap.contacts")), Text(paper.t("paper_card.lines"))]
