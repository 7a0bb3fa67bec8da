"""What an indicator says of one answered sheet: the definition every faster path is tested against."""

from __future__ import annotations

from collections.abc import Mapping

from survey.columns import Column
from survey.indicators import AnyOf, Clause, Indicator

Answer = int | str | None


def score(indicator: Indicator, answers: Mapping[str, Answer], band: str) -> int | None:
    """1, 0 or None for one sheet.

    None where the band isn't asked, or the sheet is outside the denominator. Then: 1 if what was answered
    meets the numerator; 0 if at least 80 % of the band's items were answered; else None (missing).
    An empty answer is None or absent, never NaN. A sheet may hold columns of other bands: they are not looked at.
    """
    if band not in indicator.bands:
        return None
    if indicator.denominator and not is_met(indicator.denominator, answers, band):
        return None
    if is_met(indicator.numerator, answers, band):
        return 1
    asked = [column for column in indicator.numerator.columns if band in column.bands]
    answered = sum(is_answered(column, answers) for column in asked)
    return 0 if answered >= indicator.least_answered(band) else None


def is_met(condition: AnyOf, answers: Mapping[str, Answer], band: str) -> bool:
    return any(is_clause_met(clause, answers, band) for clause in condition.clauses)


def is_clause_met(clause: Clause, answers: Mapping[str, Answer], band: str) -> bool:
    hits = [c for c in clause.columns if band in c.bands and answers.get(c.name) in clause.counted(c)]
    return len(hits) >= clause.count


def is_answered(column: Column, answers: Mapping[str, Answer]) -> bool:
    """Neither empty nor a code that means missing (9, or 8 where it stands for not applicable)."""
    answer = answers.get(column.name)
    return answer is not None and answer not in column.missing
