"""Who acted: each school's coverage, letter, clocks and daily work beside one another. Counts only, order of names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.casework.counts import actions_by_school, counts_by_school
from dashboard.casework.grading import read_seats
from dashboard.casework.values import ClockCount, SchoolActions, SchoolCounts, add_clocks
from dashboard.desk import Desk
from dashboard.reading.coverage import Coverage, build_school_coverage
from dashboard.reading.credibility import build_credibility
from dashboard.reading.units import Unit
from dashboard.reports.terms import term_days

LEGAL = ("inquiry", "review", "incident_first", "incident_followup")


@dataclass(frozen=True)
class Acted:
    """One school of the action board. `counts` and `actions` are None where casework knows no such school yet."""

    coverage: Coverage
    letter: str
    counts: SchoolCounts | None
    actions: SchoolActions | None

    @property
    def unit(self) -> Unit:
        return self.coverage.unit

    def clock(self, *names: str) -> ClockCount:
        """How these clocks were kept, added up."""
        return add_clocks(names[0], (one for one in (self.counts.clocks if self.counts else ()) if one.clock in names))

    def number(self, subject: str, *statuses: str) -> int:
        """How many signs, cases or incidents (in these states)."""
        return self.counts.number(subject, *statuses) if self.counts else 0

    def times(self, kind: str) -> int:
        return self.actions.activities.get(kind, 0) if self.actions else 0

    @property
    def committee(self) -> str:
        """complete, incomplete, or none where nobody is written down."""
        if self.actions is None or not self.actions.seats:
            return "none"
        asked = [seat for seat in read_seats() if not seat.levels or self.unit.level in seat.levels]
        filled = all(self.actions.seats.get(seat.code, 0) >= seat.least for seat in asked)
        return "complete" if filled else "incomplete"


def build_board(desk: Desk, today: date) -> list[Acted]:
    """The schools of this file in order of their names. Raises CaseworkGone."""
    since, until = term_days(desk.wave)
    letters = build_credibility(desk, "school")
    counts = {one.school_id: one for one in counts_by_school(desk.viewer, desk.wave, today)}
    actions = {one.school_id: one for one in actions_by_school(desk.viewer, desk.wave, since, min(until, today))}
    return [
        Acted(one, letters[school].letter if school in letters else "", counts.get(school), actions.get(school))
        for one in build_school_coverage(desk)
        for school in (one.unit.id,)
    ]
