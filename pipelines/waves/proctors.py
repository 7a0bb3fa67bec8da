"""The proctors' slips against the sheets that came in: compared at close, told per class, never in the way.

What may be said: coverage is published rounded to five, so that nobody can tell whether exactly one child of a class
handed in nothing. A difference of exact numbers would undo that, for the proctor knows the slips; and so would a
rounded difference, for two roundings of one count leave few numbers that fit both. So the slips are held against the
*rounded* number of sheets, the very one that coverage shows: whoever reads this learns nothing that coverage doesn't
tell. Differences of one or two stay unseen, and that is the price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.policy import load_policy
from pipelines.problems import BadInput, Where
from pipelines.registry import check_unique, given
from pipelines.settings import settings
from pipelines.words import say
from survey.intake import ClassLabel


@dataclass(frozen=True)
class Slips:
    """A proctor's numbers of one class; `absent` None where nobody counted."""

    class_id: str
    handed_out: int
    left_over: int
    absent: int | None

    @property
    def used(self) -> int:
        return self.handed_out - self.left_over


@dataclass(frozen=True)
class Difference:
    """slips used beside what they should be: `sheets` (about so many came in) or `students` (who were there)."""

    class_id: str
    kind: str
    slips: int
    beside: int


def read_slips(path: Path, classes: Sequence[ClassLabel]) -> list[Slips]:
    """Read proctor.csv. BadInput names row, column and rule; also for a class that isn't of the wave."""
    if not path.is_file():
        raise BadInput(say("file.missing"), where=Where(path.name), next_step=say("file.missing_step"))
    with duckdb.connect() as connection:
        given(connection, path, "proctor")
        check_unique(connection, "proctor", ("class_id",))
        rows = connection.execute(
            'SELECT "#row", class_id, handed_out, left_over, absent FROM given_proctor'
        ).fetchall()
    known = {label.class_id for label in classes}
    for row, class_id, *_ in rows:
        if class_id not in known:
            where = Where(path.name, row, "class_id")
            raise BadInput(say("rule.class_unknown"), where=where, next_step=say("registry.correct_step"))
    return [Slips(*cells) for _, *cells in rows]


def compare_slips(
    slips: Sequence[Slips], classes: Sequence[ClassLabel], counts: Mapping[str, int], step: int
) -> list[Difference]:
    """Classes whose slips don't fit the sheets, as rounded to `step`, or the students who were there; by class."""
    enrolled = {label.class_id: label.enrolled for label in classes}
    found = []
    for one in slips:
        about = rounded(counts[one.class_id], step)
        if abs(one.used - about) > step // 2:
            found.append(Difference(one.class_id, "sheets", one.used, about))
        if one.absent is not None and one.used != enrolled[one.class_id] - one.absent:
            found.append(Difference(one.class_id, "students", one.used, enrolled[one.class_id] - one.absent))
    return sorted(found, key=lambda difference: (difference.class_id, difference.kind))


def rounded(count: int, step: int) -> int:
    """As coverage rounds: to the nearest multiple of `step`."""
    return (count + step // 2) // step * step


def coverage_step() -> int:
    return load_policy(settings().home / "policy.yml").count("show.coverage_step")
