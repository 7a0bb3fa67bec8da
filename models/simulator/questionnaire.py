"""The instrument as the simulator sees it: columns, their codes in each band, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

BANDS = ("g34", "g56", "jr", "sr", "voc")
NOT_SUBSTANTIVE = frozenset({8, 9, "none", "9"})
"""Does not apply, rather not answer, nothing met: no answer that a prankster or a hasty hand would look for."""


@dataclass(frozen=True)
class Question:
    """One column of the answers. `codes` holds the allowed values of every band that is asked."""

    name: str
    item: str
    option: str | None
    kind: Literal["code", "flag", "text"]
    codes: Mapping[str, tuple[int | str, ...]]

    def substantive(self, band: str) -> tuple[int | str, ...]:
        """The codes that say something, in the order of the form."""
        return tuple(code for code in self.codes[band] if code not in NOT_SUBSTANTIVE)

    def refusal(self, band: str) -> int | str | None:
        """The code of "rather not answer", where the item has one."""
        return next((code for code in self.codes[band] if str(code) == "9"), None)


@dataclass(frozen=True)
class Questionnaire:
    """Columns in the order of the form: those beside the class, and those that are stored apart."""

    answers: tuple[Question, ...]
    apart: tuple[Question, ...]

    @property
    def items(self) -> frozenset[str]:
        return frozenset(question.item for question in self.answers + self.apart)

    def asked(self, band: str) -> tuple[Question, ...]:
        return tuple(question for question in self.answers if band in question.codes)


def options_of(questions: tuple[Question, ...]) -> dict[str, tuple[Question, ...]]:
    """Multiple-answer item → its option columns, in the order of the form."""
    flags = (question for question in questions if question.kind == "flag")
    return {item: tuple(columns) for item, columns in groupby(flags, key=lambda question: question.item)}
