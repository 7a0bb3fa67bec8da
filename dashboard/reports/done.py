"""What the school did, as blocks: signs and clocks as counts, measures and what became of them, lessons, committee.

No class stands beside a sign or a measure, no account, no text of a history. What people typed of a measure stands in
the term's report alone, which says that it is for the school.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from dashboard.casework.activities import list_activities
from dashboard.casework.counts import counts_by_school
from dashboard.casework.evidence import read_evidence
from dashboard.casework.lookback import look_back
from dashboard.casework.measures import list_measures
from dashboard.casework.roster import list_members, missing_seats
from dashboard.casework.signs import list_signs
from dashboard.casework.values import ACTIVITY_KINDS, SIGN_STATUSES, Activity, ClockCount, Measure, Turn
from dashboard.reading.targets import target_words
from dashboard.reading.units import build_units, wave_name
from dashboard.reports.blocks import Block, Gap, Lines, Picture, Table, Text
from dashboard.reports.paper import Paper
from dashboard.reports.terms import is_within, term_days

LEVELS = ("urgent", "warning", "watch", "no_conclusion")
CLOCKS = ("first_check", "inquiry", "review", "incident_first", "incident_followup")
PICTURES = 6  # in one report


def sign_blocks(paper: Paper) -> list[Block]:
    """This wave's signs by level and state; which class they are of stays in the school."""
    held = [sign for sign in list_signs(paper.viewer, paper.desk.wave) if sign.noticed_on <= paper.as_of]
    if not held:
        return [Text(paper.t("paper.no_signs")), Text(paper.t("signs.count_none_help"), "note")]
    counts = Counter((sign.level, sign.status) for sign in held)
    shown = [status for status in SIGN_STATUSES if any((level, status) in counts for level in LEVELS)]
    head = (paper.t("classes.level"), paper.t("paper.in_all"), *(paper.t(f"status.{status}") for status in shown))
    rows = tuple(
        (paper.t(f"level.{level}"), *map(str, (sum(numbers), *numbers)))
        for level in LEVELS
        if sum(numbers := [counts[level, status] for status in shown])
    )
    outcomes = Counter(sign.outcome for sign in held if sign.level != "no_conclusion" and sign.outcome)
    words = [paper.t("paper.n_signs", name=paper.t(f"outcome.{code}"), n=n) for code, n in sorted(outcomes.items())]
    told = [Text(paper.t("paper.outcomes", outcomes=paper.t("signs.comma").join(words)))] if words else []
    return [Table(paper.t("paper.signs"), head, rows, paper.t("paper.signs_note")), *told]


def clock_blocks(paper: Paper, clocks: Iterable[ClockCount]) -> list[Block]:
    """How each clock was kept; nothing where none has started."""
    held = {clock.clock: clock for clock in clocks}
    head = (paper.t("paper.clock"), *(paper.t(f"clock_state.{state}") for state in ("met", "missed", "running")))
    head = (*head, paper.t("clock_state.overdue"))
    rows = tuple(
        (paper.t(f"paper_clock.{name}"), *map(str, (one.met, one.missed, one.running, one.overdue)))
        for name in CLOCKS
        if (one := held.get(name))
    )
    return [Table(paper.t("paper.clocks"), head, rows, paper.t("paper.clocks_note"))] if rows else []


def count_blocks(paper: Paper, wave: str | None = None) -> list[Block]:
    """Cases, reports and clocks of the school, exactly as the bureau sees them."""
    held = counts_by_school(paper.viewer, wave, paper.as_of)
    mine = next((one for one in held if one.school_id == paper.viewer.scope), None)
    if mine is None:
        return []
    numbers = {subject: mine.number(subject) for subject in ("case", "incident")}
    return [Text(paper.t("paper.cases_line", **numbers)), *clock_blocks(paper, mine.clocks)]


def measures_in(paper: Paper, span: tuple[date, date]) -> list[Measure]:
    """Measures begun in a span of days, and those that answer a wave of it, however late."""
    held = [one for one in list_measures(paper.viewer) if one.begun_on <= paper.as_of]
    return [one for one in held if is_within(one.begun_on, span, paper.as_of) or answers(one, span)]


def answers(measure: Measure, span: tuple[date, date]) -> bool:
    """Whether a measure was decided after a wave of these days."""
    first, last = term_days(measure.wave)
    return span[0] <= first and last <= span[1]


def is_done(paper: Paper, measure: Measure) -> bool:
    return measure.done_on is not None and measure.done_on <= paper.as_of


def measure_blocks(
    paper: Paper, measures: list[Measure], *, typed: bool = False, title: str = "paper.measures"
) -> list[Block]:
    """What each measure should move, and what the next wave said. `typed`: with what people wrote, for the school."""
    if not measures:
        return [Text(paper.t("paper.no_measures"))]
    head = tuple(paper.t(f"paper.{key}") for key in (*(("what",) if typed else ()), "moves", "begun", "done", "turn"))
    rows = tuple((*((one.what,) if typed else ()), *_measure_row(paper, one)) for one in measures)
    note = [Text(paper.t("paper.school_only"), "creed")] if typed else []
    return [*note, Table(paper.t(title), head, rows, paper.t("paper.measures_note"))]


def _measure_row(paper: Paper, one: Measure) -> tuple[str, ...]:
    return moved_words(paper, one), paper.day(one.begun_on), _done_words(paper, one), turn_words(paper, one)


def moved_words(paper: Paper, measure: Measure) -> str:
    """What a measure should move; of a class only that it is one."""
    if measure.moves_kind == "class":
        return paper.t("moves.class")
    return target_words(paper.desk, measure)


def _done_words(paper: Paper, measure: Measure) -> str:
    if measure.done_on and measure.done_on <= paper.as_of:
        return paper.day(measure.done_on)
    if measure.due_on is None:
        return paper.t("paper.not_done")
    key = "paper.not_done_late" if measure.due_on < paper.as_of else "paper.not_done_by"
    return paper.t(key, day=paper.day(measure.due_on))


def turn_of(paper: Paper, measure: Measure) -> Turn:
    return look_back(paper.viewer, measure, paper.desk.release)


def turn_words(paper: Paper, measure: Measure) -> str:
    """Rose, stayed, fell in which wave; or that the next wave isn't out."""
    turn = turn_of(paper, measure)
    if not turn.wave:
        return paper.t("paper.not_out")
    return paper.t("paper.turned", wave=wave_name(paper.desk, turn.wave), turn=paper.t(f"turn.{turn.direction}"))


def activities_in(paper: Paper, span: tuple[date, date]) -> list[Activity]:
    return list_activities(paper.viewer, span[0], min(span[1], paper.as_of))


def activity_blocks(paper: Paper, activities: list[Activity]) -> list[Block]:
    """Every kind, done or not; then the pictures."""
    head = tuple(paper.t(f"paper.{key}") for key in ("work", "times_head", "people", "last"))
    rows = tuple(_activity_row(paper, kind, [one for one in activities if one.kind == kind]) for kind in ACTIVITY_KINDS)
    return [Table(paper.t("paper.activities"), head, rows), *picture_blocks(paper, activities)]


def _activity_row(paper: Paper, kind: str, held: list[Activity]) -> tuple[str, ...]:
    name = paper.t(f"activity_kind.{kind}")
    if not held:
        return name, paper.t("paper.none_noted"), "", ""
    last = max(one.on for one in held)
    return name, str(len(held)), str(sum(one.people for one in held)), paper.day(last)


def picture_blocks(paper: Paper, activities: list[Activity]) -> list[Block]:
    """Evidence pictures, cleaned when they were kept; who uploaded them confirmed that nobody can be recognised."""
    pairs = [(one, picture) for one in activities for picture in one.evidence]
    blocks: list[Block] = [Text(paper.t("paper.no_faces"), "note")] if pairs else []
    for one, picture in pairs[:PICTURES]:
        content, media = read_evidence(paper.viewer, picture)
        name = paper.t("paper.on_day", name=paper.t(f"activity_kind.{one.kind}"), day=paper.day(one.on))
        blocks.append(Picture(content, media, name, name))
    if len(pairs) > PICTURES:
        blocks.append(Text(paper.t("paper.more_pictures", n=len(pairs) - PICTURES), "note"))
    return blocks


def seat_blocks(paper: Paper) -> list[Block]:
    """Seats of the committee: how many sit, which are empty. Nobody is named."""
    members = list_members(paper.viewer, paper.as_of)
    missing = missing_seats(members, school_level(paper))
    if not members:
        return [Gap(paper.t("paper_gap.committee"))]
    line = paper.t("paper.seats", n=len(members))
    if missing:
        seats = paper.t("signs.comma").join(seat.name[paper.lang] for seat in missing)
        return [Lines((line, paper.t("roster.missing", seats=seats)))]
    return [Text(f"{line}{paper.t('roster.complete')}")]


def school_level(paper: Paper) -> str:
    school = build_units(paper.desk, "school").get(paper.viewer.scope)
    return school.level if school else "other"
