"""The survey island's refusals in the words and exit codes of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.problems import BadInput, CannotDo, Where
from survey.problems import NotSaved, StoreFault, SurveyProblem


@contextmanager
def survey_faults() -> Iterator[None]:
    """A store that refuses to write or to start could not do its work; anything else was wrong use."""
    try:
        yield
    except SurveyProblem as problem:
        kind = CannotDo if isinstance(problem, (NotSaved, StoreFault)) else BadInput
        raise kind(problem.rule, where=Where(problem.where), next_step=problem.next_step) from None
