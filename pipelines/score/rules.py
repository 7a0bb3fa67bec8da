"""Indicator rules → Ibis columns. `survey.scoring` is the slow, obvious twin that a test holds this against.

1 where the numerator is met by what was answered; 0 where at least 80 % of the band's items were answered; else
missing. Two booleans carry that: `met` (1) and `told` (1 or 0), either possibly NULL, which counts as false. What they
say of a band that isn't asked means nothing: no row is made of it.

Measured: one condition per column with its bands beside it costs half of a CASE over the bands, and OR half of a sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from survey.columns import Column
    from survey.indicators import AnyOf, Clause, Indicator


@dataclass(frozen=True)
class Sheets:
    """The table of sheets, and the bands on it; without a band column everyone is of the one band."""

    table: Any
    bands: tuple[str, ...]
    has_bands: bool

    def holds(self, column: Column, codes: tuple[int | str, ...]) -> Any:
        """Boolean column: the sheet's band has the column, and it holds one of the codes."""
        found = is_one_of(self.table[column.name], codes)
        if not self.has_bands or set(self.bands) <= set(column.bands):
            return found
        return found & self.table.band.isin(column.bands)


def met(indicator: Indicator, sheets: Sheets) -> Any:
    """Boolean column: the indicator is 1."""
    return in_base(indicator, sheets, is_met(indicator.numerator, sheets))


def told(indicator: Indicator, sheets: Sheets) -> Any:
    """Boolean column: the indicator is 1 or 0."""
    return in_base(indicator, sheets, is_enough(indicator, sheets) | is_met(indicator.numerator, sheets))


def in_base(indicator: Indicator, sheets: Sheets, condition: Any) -> Any:
    return condition if indicator.denominator is None else condition & is_met(indicator.denominator, sheets)


def is_met(rule: AnyOf, sheets: Sheets) -> Any:
    return ibis.or_(*[is_clause_met(clause, sheets) for clause in rule.clauses])


def is_clause_met(clause: Clause, sheets: Sheets) -> Any:
    hits = [sheets.holds(column, clause.counted(column)) for column in clause.columns]
    return ibis.or_(*hits) if clause.count == 1 else how_many(hits) >= clause.count


def is_enough(indicator: Indicator, sheets: Sheets) -> Any:
    """Boolean column: at least 80 % of the band's items were answered."""
    answered = [sheets.holds(column, column.answers) for column in indicator.numerator.columns]
    return answered[0] if len(answered) == 1 else how_many(answered) >= least_answered(indicator, sheets)


def least_answered(indicator: Indicator, sheets: Sheets) -> Any:
    """How many answers that takes: a number, or one per band."""
    bands_of: dict[int, list[str]] = {}
    for band in indicator.bands:
        bands_of.setdefault(indicator.least_answered(band), []).append(band)
    if len(bands_of) == 1:
        return next(iter(bands_of))
    return ibis.cases(*[(sheets.table.band.isin(bands), least) for least, bands in bands_of.items()])


def how_many(conditions: list[Any]) -> Any:
    """How many hold; NULL counts as not. In the smallest integer: the sum is what costs."""
    one, zero = ibis.literal(1, "int8"), ibis.literal(0, "int8")
    return reduce(add, [condition.ifelse(one, zero) for condition in conditions])


def is_one_of(value: Any, codes: tuple[int | str, ...]) -> Any:
    """Boolean column; a run of whole numbers is compared by its ends."""
    numbers = sorted(code for code in codes if isinstance(code, int))
    if not numbers or len(numbers) < len(codes) or numbers[-1] - numbers[0] >= len(numbers):
        return value.isin(codes)
    return value == numbers[0] if len(numbers) == 1 else value.between(numbers[0], numbers[-1])
