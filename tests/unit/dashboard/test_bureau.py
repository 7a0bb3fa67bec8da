"""The bureau's pure parts: the draw of an inspection list, the fields, the funnel's picture."""

from __future__ import annotations

import pytest

from dashboard.casework.values import ClockCount, Count, SchoolActions, SchoolCounts
from dashboard.figures import interval_bars
from dashboard.funnel import Dot, funnel
from dashboard.look import DARK, LIGHT
from dashboard.reading.board import Acted
from dashboard.reading.coverage import Coverage
from dashboard.reading.fields import Field, read_fields, state_of
from dashboard.reading.inspection import CHANCE, WEIGHTS, draw_visits, find_reasons
from dashboard.reading.units import Unit

SCHOOL = Unit("school", "S1", "One", "D1", "", "primary", False, False, None, 400, 1)
SEATS = dict.fromkeys(("head", "legal_deputy", "teacher", "youth_leader", "community", "parent", "expert"), 1)
CITY = {f"S{n:02d}": ("committee",) for n in range(10)} | {"S99": ("no_conclusion", "coverage", "clocks_late")}
LOOKED = {"places": frozenset({"S1"}), "times": frozenset[str]()}


def acted(
    state: str = "complete",
    letter: str = "A",
    clocks: tuple[ClockCount, ...] = (),
    work: dict[str, int] | None = None,
    seats: dict[str, int] | None = None,
) -> Acted:
    counts = SchoolCounts("S1", "One", "D1", (Count("sign", "", "new", 2), Count("sign", "happened", "new", 1)), clocks)
    held = SchoolActions("S1", work or {}, seats or {}, 3, 1, 1, 0)
    return Acted(Coverage(SCHOOL, 400, 380, state), letter, counts, held)


def test_the_same_seed_draws_the_same_schools_in_any_order_of_rows() -> None:
    """Else nobody could check a list that was drawn."""
    backwards = dict(reversed(CITY.items()))
    assert draw_visits(CITY, 5, 42) == draw_visits(backwards, 5, 42) != draw_visits(CITY, 5, 43)


@pytest.mark.parametrize("number", [1, 2, 5, 11, 40])
def test_half_by_weight_and_half_by_chance_and_never_twice(number: int) -> None:
    drawn = draw_visits(CITY, number, 1)
    assert len({visit.school for visit in drawn}) == len(drawn) == min(number, len(CITY))
    assert sum(visit.by == CHANCE for visit in drawn) == len(drawn) - min((number + 1) // 2, len(CITY))
    assert [visit.school for visit in drawn] == sorted(visit.school for visit in drawn)


def test_weight_makes_a_visit_likely_and_never_certain() -> None:
    """A school of weight 6 among ten of weight 1 is the first of two by weight in 6 of 16 draws; n=1 takes one."""
    hits = sum(draw_visits(CITY, 1, seed)[0].school == "S99" for seed in range(2000)) / 2000
    assert hits == pytest.approx(sum(WEIGHTS[code] for code in CITY["S99"]) / 15, abs=0.04)


def test_a_school_with_nothing_against_it_is_drawn_by_chance_only() -> None:
    clean = {"A": (), "B": ("committee",), "C": ()}
    drawn = [visit for seed in range(40) for visit in draw_visits(clean, 2, seed)]
    assert {visit.by for visit in drawn if visit.school in "AC"} == {CHANCE}
    assert {visit.school for visit in drawn} == set(clean)


def test_far_below_weighs_as_much_as_far_above_and_a_rate_inside_nothing() -> None:
    """A low rate earns no peace, a high one no blame."""
    done = acted(work={"lesson": 1, "training": 1}, seats=SEATS)
    assert WEIGHTS["far_below"] == WEIGHTS["far_above"]
    assert find_reasons(done, ("usual", "no"), "inside") == find_reasons(done, None, "above_95") == ()
    assert find_reasons(done, None, "below_998") == ("far_below",)


def test_reasons_name_what_was_left_undone() -> None:
    late = (ClockCount("first_check", 1, 0, 0, 1), ClockCount("inquiry", 0, 1, 0, 0))
    held = find_reasons(acted("low", "D", late), ("more", "clearly"), "")
    expected = {"no_conclusion", "coverage", "reported_clearly", "witness", "checks_late", "clocks_late"}
    assert set(held) == expected | {"committee", "no_lesson", "no_training"}


def test_a_class_without_conclusion_is_no_sign() -> None:
    assert acted().number("sign") == 1


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        (("committee",), "not_done"),
        (("coverage",), "done"),
        (("lesson",), "done"),
        (("training",), "not_done"),
        (("lesson", "training"), "partly"),
        (("inquiry",), "not_done"),
        (("first_check",), "done"),
        (("review",), "no_record"),
        (("cases",), "no_record"),
        (("measures",), "done"),
        (("places",), "done"),
        (("times",), "no_record"),
        ((), "no_record"),
    ],
)
def test_fields_by_their_evidence(evidence: tuple[str, ...], state: str) -> None:
    clocks = (ClockCount("inquiry", 1, 0, 0, 1), ClockCount("first_check", 1, 0, 0, 0))
    one = acted(clocks=clocks, work={"lesson": 2}, seats={"head": 1})
    assert state_of(Field("x", {}, evidence), one, LOOKED) == state


def test_an_empty_log_says_nothing() -> None:
    """Nothing written down is not the same as nothing done."""
    assert state_of(Field("x", {}, ("lesson",)), acted(), LOOKED) == "no_record"


def test_the_reference_list_has_six_and_seven_with_evidence_that_is_known() -> None:
    held = read_fields()
    assert (len(held["six"]), len(held["seven"])) == (6, 7)
    for field in (*held["six"], *held["seven"]):
        assert state_of(field, acted(), LOOKED) in ("done", "partly", "not_done", "no_record")


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_the_funnel_marks_only_what_lies_outside(look: object) -> None:
    """A diamond for a school that can be told apart, before limits drawn as they were released."""
    inside = Dot(400, -2.0, 1.0, (-6.0, 7.0), (-8.0, 11.0), False, "One")
    outside = Dot(90, 12.0, 20.0, (-9.0, 10.0), (-10.0, 11.0), True, "Two")
    widest, usual, alike, apart = funnel([inside, outside], look, "across", "up").data  # type: ignore[arg-type]
    assert list(widest.base) == [-8.0, -10.0] and list(usual.y) == [13.0, 19.0]
    assert (alike.marker.symbol, list(alike.customdata)) == ("circle", ["One"])
    assert (apart.marker.symbol, list(apart.customdata)) == ("diamond", ["Two"])
    assert list(apart.y) == [16.0] and list(apart.error_y.array) == [4.0]


def test_no_school_is_no_error() -> None:
    assert funnel([], LIGHT, "a", "b").data[0].width is not None and interval_bars([], LIGHT, "a")
