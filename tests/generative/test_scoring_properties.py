"""What must hold of scoring for every sheet, not only for those of the manual."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from survey.columns import Column
from survey.indicators import AnyOf, Clause
from survey.instrument import Instrument, load_instrument
from survey.nesting import implies
from survey.scoring import is_met, score

BANDS = st.sampled_from(["g34", "g56", "jr", "sr", "voc"])


@cache
def term() -> Instrument:
    return load_instrument()


@st.composite
def sheets(draw: st.DrawFn) -> dict[str, Any]:
    """A sheet of the term survey: each column empty or any of its codes, mostly quiet."""
    columns = term().columns.values()
    picks = draw(st.lists(st.integers(-3, 12), min_size=len(columns), max_size=len(columns)))
    return {
        column.name: column.codes[0] if pick < 0 else (None, *column.codes)[pick % (len(column.codes) + 1)]
        for column, pick in zip(columns, picks, strict=True)
    }


@given(sheets(), BANDS)
def test_whoever_counts_within_counts_there_too(sheet: dict[str, Any], band: str) -> None:
    """The release audit treats nested indicators as linked tables: this must be true of every sheet."""
    for indicator in term().indicators.values():
        for outer in indicator.within:
            if score(indicator, sheet, band) == 1:
                assert score(term().indicators[outer], sheet, band) == 1


@given(sheets(), BANDS)
def test_a_covered_indicator_is_the_union_of_its_parts(sheet: dict[str, Any], band: str) -> None:
    for indicator in term().indicators.values():
        parts = [score(term().indicators[part], sheet, band) == 1 for part in indicator.covered_by]
        if parts:
            assert (score(indicator, sheet, band) == 1) == any(parts)


@given(sheets(), BANDS)
def test_missing_codes_and_empty_score_alike(sheet: dict[str, Any], band: str) -> None:
    missing = {column.name: column.missing for column in term().columns.values()}
    emptied = {name: None if answer in missing[name] else answer for name, answer in sheet.items()}
    for indicator in term().indicators.values():
        assert score(indicator, sheet, band) == score(indicator, emptied, band)


@given(sheets(), BANDS)
def test_a_column_of_another_band_is_never_looked_at(sheet: dict[str, Any], band: str) -> None:
    own = {name: answer for name, answer in sheet.items() if band in term().columns[name].bands}
    for indicator in term().indicators.values():
        assert score(indicator, sheet, band) == score(indicator, own, band)


@given(sheets(), BANDS)
def test_nothing_is_scored_where_nothing_was_asked_or_answered(sheet: dict[str, Any], band: str) -> None:
    for indicator in term().indicators.values():
        assert score(indicator, dict.fromkeys(sheet), band) is None
        if not indicator.items_by_band(band):
            assert score(indicator, sheet, band) is None


CODES = (0, 1, 2, 3)
COLUMNS = tuple(Column(name, name, None, "code", CODES, (), ("one",)) for name in "xyz")
CONDITIONS = st.one_of(
    st.builds(lambda n: {"at_least": n}, st.sampled_from(CODES)),
    st.builds(lambda n: {"at_most": n}, st.sampled_from(CODES)),
    st.builds(lambda n: {"one_of": tuple(n)}, st.sets(st.sampled_from(CODES), min_size=1)),
)
CLAUSES = st.builds(
    lambda columns, count, condition: Clause(tuple(columns), count, **condition),
    st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True),
    st.integers(1, 3),
    CONDITIONS,
)
ANY_OF = st.builds(lambda clauses: AnyOf(tuple(clauses)), st.lists(CLAUSES, min_size=1, max_size=2))
EVERY_SHEET = [dict(zip("xyz", answers, strict=True)) for answers in product((None, *CODES), repeat=3)]


@settings(max_examples=300)
@given(ANY_OF, ANY_OF)
def test_nesting_that_is_accepted_is_true_of_every_sheet(narrow: AnyOf, wide: AnyOf) -> None:
    """Held against all 125 sheets of three items: a wrongly accepted `within` would make the audit unsound."""
    if implies(narrow, wide):
        assert [s for s in EVERY_SHEET if is_met(narrow, s, "one") and not is_met(wide, s, "one")] == []


@settings(max_examples=200)
@given(ANY_OF)
def test_a_condition_lies_within_itself_and_within_one_that_asks_less(condition: AnyOf) -> None:
    """The proof isn't so timid that it refuses what is plainly true."""
    assert implies(condition, condition)
    more = AnyOf((*condition.clauses, Clause(COLUMNS, 1, at_least=3)))
    assert implies(condition, more)
