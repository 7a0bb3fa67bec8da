"""The fast path against the slow one: score_wave's core tables == survey.scoring, one sheet at a time."""

from __future__ import annotations

from typing import Any

import duckdb
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from pipelines.score import score_wave
from survey.columns import Column
from survey.instrument import Instrument
from survey.problems import InstrumentError
from tests.small_wave import (
    WAVE,
    SchoolClass,
    Sheet,
    core_rows,
    indicator_counts,
    slow_indicator,
    slow_places,
    slow_response,
    small_instrument,
    store_wave,
    words,
)

BANDS = ("g34", "jr", "voc")
WEIGHTS = (0.25, 1.0, 1.5, 3.0)  # sums of these are exact in binary, so that == is fair
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def instruments(draw: st.DrawFn, bands: tuple[str, ...] = BANDS, units: str = "class") -> Instrument:
    """Two to six single choices in some bands (some with 'not applicable'), place lists, one to four indicators."""
    asked = st.lists(st.sampled_from(bands), min_size=1, unique=True)
    items: dict[str, dict[str, Any]] = {"base": {"bands": list(bands), "scale": "freq"}}
    for number in range(draw(st.integers(1, 5))):
        items[f"item{number}"] = {"bands": draw(asked), "scale": "freq"}
        if draw(st.booleans()):
            items[f"item{number}"]["na"] = words("not me")
    if units == "class" and draw(st.booleans()):
        for item, kind, code_list in (("place_top", "single", "places"), ("time", "multi", "times")):
            items[item] = {"bands": draw(asked), "type": kind, "list": code_list, "none": words("none")}
        for item in draw(st.lists(st.sampled_from(["place", "avoid"]), unique=True)):
            items[item] = {"bands": draw(asked), "type": "multi", "list": "places", "none": words("none")}
    countable = [code for code in items if code == "base" or code.startswith("item")]
    if "avoid" in items:
        countable += ["avoid__toilet", "avoid__gate"]
    rules = draw(st.lists(indicator_rules(countable), min_size=1, max_size=4))
    try:
        return small_instrument(bands, items, {f"ind{number}": rule for number, rule in enumerate(rules)}, units)
    except InstrumentError:  # a rule that a band could never meet
        reject()


@st.composite
def indicator_rules(draw: st.DrawFn, items: list[str]) -> dict[str, Any]:
    numerator = draw(st.lists(clauses(items), min_size=1, max_size=2))
    rule: dict[str, Any] = {"numerator": {"any": numerator}}
    if draw(st.booleans()):
        rule["denominator"] = draw(clauses(items))
    return rule


@st.composite
def clauses(draw: st.DrawFn, items: list[str]) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(items), min_size=1, max_size=5, unique=True))
    condition = draw(
        st.one_of(
            st.fixed_dictionaries({"at_least": st.integers(1, 4)}),
            st.fixed_dictionaries({"at_most": st.integers(0, 3)}),
            st.fixed_dictionaries({"one_of": st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True)}),
        )
    )
    if any("__" in item for item in chosen):
        condition = {"one_of": [1]}
    return {"items": chosen, "count": draw(st.integers(1, min(2, len(chosen)))), **condition}


def answers_of(draw: st.DrawFn, instrument: Instrument, band: str) -> dict[str, int | str | None]:
    """Any code or nothing in every column of numbers, also those of other bands; places as the band is offered them."""
    found: dict[str, int | str | None] = {}
    for column in instrument.columns.values():
        if column.item in ("place_top", "place", "avoid", "time"):
            if band in column.bands:
                found[column.name] = draw(st.sampled_from([None, *place_codes(instrument, column, band)]))
        else:
            found[column.name] = draw(st.sampled_from([None, *column.codes]))
    return found


def place_codes(instrument: Instrument, column: Column, band: str) -> list[int | str]:
    if column.kind == "flag":
        return list(column.codes)
    return [option.code for option in instrument.options_of(column.item, band)]


@st.composite
def waves(draw: st.DrawFn) -> tuple[Instrument, list[SchoolClass], list[Sheet]]:
    """An instrument, up to four classes (one of them may not be surveyed), and up to a dozen sheets."""
    instrument = draw(instruments())
    bands = draw(st.lists(st.sampled_from([*BANDS, None]), min_size=1, max_size=4))
    classes = [SchoolClass(f"c{number}", band, f"s{number % 2}") for number, band in enumerate(bands)]
    weighted = draw(st.booleans())
    sheets = []
    for one in draw(st.lists(st.sampled_from(classes), max_size=12)):
        weight = draw(st.sampled_from(WEIGHTS)) if weighted else 1.0
        answers = answers_of(draw, instrument, one.band or "g34")
        sheets.append(Sheet(one.class_id, answers, draw(st.sampled_from([1, 1, 1, 0])), weight))
    return instrument, classes, sheets


@QUICK
@given(waves())
def test_class_counts_equal_scoring_sheet_by_sheet(drawn: tuple[Instrument, list[SchoolClass], list[Sheet]]) -> None:
    """Bands, 9s, 8s, empties, blanks, weights, columns of other bands, denominators, places × times: all as defined."""
    instrument, classes, sheets = drawn
    with duckdb.connect() as connection:
        store_wave(connection, instrument, classes, sheets)
        score_wave(connection, WAVE)
        assert core_rows(connection, "core_class_wave_response") == slow_response(instrument, classes, sheets)
        assert core_rows(connection, "core_class_wave_indicator") == slow_indicator(instrument, classes, sheets)
        places = slow_places(instrument, classes, sheets)
        assert core_rows(connection, "core_class_wave_place") == places["place"]
        assert core_rows(connection, "core_class_wave_place_group") == places["group"]
        assert core_rows(connection, "core_class_wave_place_area") == places["area"]
        assert core_rows(connection, "core_class_wave_place_time") == places["time"]
        assert core_rows(connection, "core_class_wave_place_time_group") == places["time_group"]
        check_total(core_rows(connection, "core_group_wave_indicator"), slow_indicator(instrument, classes, sheets))


def check_total(total: dict[Any, Any], by_class: dict[Any, Any]) -> None:
    """The total is the sum of the classes."""
    expected: dict[Any, tuple[float, ...]] = {}
    for (_, indicator), counts in by_class.items():
        key = ("total", "all", indicator)
        expected[key] = tuple(map(sum, zip(expected.get(key, (0,) * 5), counts, strict=True)))
    assert total == expected


@st.composite
def surveys(draw: st.DrawFn) -> tuple[Instrument, list[Sheet]]:
    """A survey without classes: one band, weights, two group columns that may be empty."""
    instrument = draw(instruments(("all",), "none"))
    group = st.sampled_from(["a", "b", "", None])
    sheets = [
        Sheet(
            None,
            answers_of(draw, instrument, "all"),
            draw(st.sampled_from([1, 1, 0])),
            draw(st.sampled_from(WEIGHTS)),
            {"sex": draw(group), "year": draw(group)},
        )
        for _ in range(draw(st.integers(1, 10)))
    ]
    return instrument, sheets


@QUICK
@given(surveys())
def test_group_counts_equal_scoring_sheet_by_sheet(drawn: tuple[Instrument, list[Sheet]]) -> None:
    """Without classes: the total and each value of each group column, and no class table at all."""
    instrument, sheets = drawn
    with duckdb.connect() as connection:
        store_wave(connection, instrument, [], sheets)
        score_wave(connection, WAVE)
        assert core_rows(connection, "core_group_wave_indicator") == slow_groups(instrument, sheets)
        assert core_rows(connection, "core_class_wave_indicator") == {}


def slow_groups(instrument: Instrument, sheets: list[Sheet]) -> dict[Any, Any]:
    groups: dict[tuple[str, str], list[Sheet]] = {}
    for sheet in (sheet for sheet in sheets if sheet.take_part):
        groups.setdefault(("total", "all"), []).append(sheet)
        for kind, value in sheet.groups.items():
            if value:
                groups.setdefault((kind, value), []).append(sheet)
    return {
        (*group, indicator.code): indicator_counts(indicator, members, "all")
        for group, members in groups.items()
        for indicator in instrument.indicators.values()
    }
