"""Rules for indicators: what they count exists, and what they say of each other follows from what they count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.indicators import AnyOf, Clause, Indicator
from survey.problems import InstrumentError, Where

if TYPE_CHECKING:
    from survey.instrument import Instrument


def check_indicators(instrument: Instrument) -> None:
    codes = [text.code for text in instrument.declarations]
    for code in codes:
        if codes.count(code) > 1:
            raise broken(code, "an indicator code stands once")
    for indicator in instrument.indicators.values():
        check_clauses(indicator)
        check_asked(indicator)
        check_sign(indicator)
        check_relations(indicator, instrument.indicators)


def broken(indicator: str, rule: str) -> InstrumentError:
    return InstrumentError(rule, where=Where(item=f"indicator {indicator}"))


def check_asked(indicator: Indicator) -> None:
    if not indicator.bands:
        raise broken(indicator.code, "no band is asked both for the numerator and for the denominator")
    for band in indicator.bands:
        if not any(can_be_met(clause, band) for clause in indicator.numerator.clauses):
            raise broken(indicator.code, f"in band {band} there are fewer items than count asks for")


def can_be_met(clause: Clause, band: str) -> bool:
    return sum(band in column.bands for column in clause.columns) >= clause.count


def check_clauses(indicator: Indicator) -> None:
    """A clause that every answer meets, or none can, measures nothing."""
    for condition in filter(None, (indicator.numerator, indicator.denominator)):
        for clause in condition.clauses:
            check_clause(indicator.code, clause)


def check_clause(indicator: str, clause: Clause) -> None:
    if len({column.name for column in clause.columns}) < len(clause.columns):
        raise broken(indicator, "a clause names an item once")
    if clause.count > len(clause.columns):
        raise broken(indicator, "count is at most the number of items")
    for column in clause.columns:
        if not 0 < len(clause.counted(column)) < len(column.answers):
            raise broken(indicator, f"of the answers to {column.name} some are counted and some are not")
        if clause.one_of is not None and not set(clause.one_of) <= set(column.answers):
            raise broken(indicator, f"one_of names answers of {column.name}, none that is missing or unknown")


def check_sign(indicator: Indicator) -> None:
    if indicator.class_level != (indicator.sign is not None):
        raise broken(indicator.code, "an indicator has a sign exactly when it is class_level")
    if indicator.class_level and indicator.lowest_level != "class":
        raise broken(indicator.code, "a class_level indicator's lowest level is the class")


def check_relations(indicator: Indicator, indicators: dict[str, Indicator]) -> None:
    """`within` and `covered_by` are used to audit releases, so they must be true of every sheet."""
    for name in (*indicator.within, *indicator.covered_by):
        if name not in indicators or name == indicator.code:
            raise broken(indicator.code, f"there is no other indicator {name}")
    for name in indicator.within:
        if not is_nested(indicator, indicators[name]):
            raise broken(indicator.code, f"within {name}: some sheets count here and not there")
    parts = [indicators[name] for name in indicator.covered_by]
    for part in parts:
        if not is_nested(part, indicator):
            raise broken(indicator.code, f"covered_by {part.code}: some sheets count there and not here")
    if parts and not is_union(indicator, parts):
        raise broken(indicator.code, "covered_by: some sheets count here and in none of the parts")


def is_union(whole: Indicator, parts: list[Indicator]) -> bool:
    same_base = all(part.denominator == whole.denominator for part in parts)
    return same_base and implies(whole.numerator, AnyOf(tuple(c for part in parts for c in part.numerator.clauses)))


def is_nested(inner: Indicator, outer: Indicator) -> bool:
    """Whether each sheet that counts for `inner` counts for `outer`: sufficient, read off the declarations."""
    same_base = outer.denominator is None or outer.denominator == inner.denominator
    return same_base and implies(inner.numerator, outer.numerator)


def implies(narrow: AnyOf, wide: AnyOf) -> bool:
    atoms = [atom for clause in narrow.clauses for atom in atoms_of(clause)]
    return all(any(is_stricter(atom, clause) for clause in wide.clauses) for atom in atoms)


def atoms_of(clause: Clause) -> list[Clause]:
    """A clause that needs one hit is met exactly when one of its items alone meets it."""
    if clause.count > 1:
        return [clause]
    return [Clause((column,), 1, clause.at_least, clause.at_most, clause.one_of) for column in clause.columns]


def is_stricter(narrow: Clause, wide: Clause) -> bool:
    """Hits of `narrow` that can't count for `wide` are fewer than the hits it has to spare."""
    strays = sum(
        column not in wide.columns or not set(narrow.counted(column)) <= set(wide.counted(column))
        for column in narrow.columns
    )
    return narrow.count - strays >= wide.count
