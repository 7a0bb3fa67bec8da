"""Indicator rules → Ibis columns. `survey.scoring` is the slow, obvious twin that a test holds this against.

1 where the numerator is met by what was answered; 0 where at least 80 % of the band's items were answered; else
missing. Two booleans carry that: `met` (1) and `told` (1 or 0), either possibly NULL, which counts as false.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from survey.indicators import AnyOf, Clause, Indicator


def met(indicator: Indicator, table: Any, *, has_bands: bool) -> Any:
    """Boolean column: the indicator is 1."""

    def yes(band: str) -> Any:
        return in_base(indicator, table, band, any_met(indicator.numerator, table, band))

    return by_band(indicator, table, yes, has_bands)


def told(indicator: Indicator, table: Any, *, has_bands: bool) -> Any:
    """Boolean column: the indicator is 1 or 0."""

    def known(band: str) -> Any:
        answered = any_met(indicator.numerator, table, band) | enough_answered(indicator, table, band)
        return in_base(indicator, table, band, answered)

    return by_band(indicator, table, known, has_bands)


def in_base(indicator: Indicator, table: Any, band: str, condition: Any) -> Any:
    if indicator.denominator is None:
        return condition
    return condition & any_met(indicator.denominator, table, band)


def any_met(rule: AnyOf, table: Any, band: str) -> Any:
    import ibis

    parts = [clause_met(clause, table, band) for clause in rule.clauses]
    return ibis.or_(*[part for part in parts if part is not None])


def clause_met(clause: Clause, table: Any, band: str) -> Any | None:
    """None where the band has too few of the clause's items ever to meet it."""
    import ibis

    hits = [is_one_of(table[column.name], clause.counted(column)) for column in clause.columns if band in column.bands]
    if len(hits) < clause.count:
        return None
    return ibis.or_(*hits) if clause.count == 1 else how_many(hits) >= clause.count


def enough_answered(indicator: Indicator, table: Any, band: str) -> Any:
    columns = [column for column in indicator.numerator.columns if band in column.bands]
    answered = [is_one_of(table[column.name], column.answers) for column in columns]
    least = indicator.least_answered(band)
    return answered[0] if len(answered) == 1 else how_many(answered) >= least


def how_many(conditions: list[Any]) -> Any:
    """How many hold; NULL counts as not."""
    return reduce(add, [condition.ifelse(1, 0) for condition in conditions])


def is_one_of(value: Any, codes: tuple[int | str, ...]) -> Any:
    """Boolean column; a run of whole numbers is compared by its ends."""
    import ibis

    if not codes:
        return ibis.literal(False)
    numbers = sorted(code for code in codes if isinstance(code, int))
    if len(numbers) == len(codes) and numbers[-1] - numbers[0] == len(numbers) - 1:
        return value == numbers[0] if len(numbers) == 1 else value.between(numbers[0], numbers[-1])
    return value.isin(codes)


def by_band(indicator: Indicator, table: Any, condition: Callable[[str], Any], has_bands: bool) -> Any:
    """The condition of each band, written once for bands that have the same items."""
    import ibis

    if not has_bands:
        return condition(indicator.bands[0])
    same: dict[tuple[str, ...], list[str]] = {}
    for band in indicator.bands:
        same.setdefault(columns_in(indicator, band), []).append(band)
    return ibis.cases(*[(table.band.isin(bands), condition(bands[0])) for bands in same.values()], else_=False)


def columns_in(indicator: Indicator, band: str) -> tuple[str, ...]:
    """The columns the rule can read in this band."""
    rules = [indicator.numerator, *([indicator.denominator] if indicator.denominator else [])]
    return tuple(column.name for rule in rules for column in rule.columns if band in column.bands)
