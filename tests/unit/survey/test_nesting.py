"""Indicators that count nothing, everything, or claim of each other what isn't so are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from survey.instrument import Instrument, build_instrument, load_instrument
from survey.problems import InstrumentError

MINI = Path(__file__).parents[2] / "instruments" / "mini_scoring.yml"
TOLD_BETTER = {"items": ["told"], "one_of": [2]}
ALL = ["a", "b", "c", "d", "e", "f"]


def with_indicator(code: str, **changes: Any) -> Instrument:
    content = yaml.safe_load(MINI.read_text(encoding="utf-8"))
    content["indicators"][code] = content["indicators"][code] | changes
    return build_instrument(content, "mini")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"numerator": {"items": ["z"], "at_least": 2}}, "there is none named z"),
        ({"numerator": {"items": ["z__*"], "one_of": [1]}}, "there is none named z__*"),
        ({"numerator": {"items": ["a"], "at_least": 2, "one_of": [3]}}, "exactly one of at_least, at_most, one_of"),
        ({"numerator": {"items": ["a"]}}, "exactly one of at_least, at_most, one_of"),
        ({"numerator": {"any": []}}, "at least 1 item"),
        ({"numerator": {"items": ["a"], "at_least": 4}}, "some are counted and some are not"),
        ({"numerator": {"items": ["a"], "at_least": 0}}, "some are counted and some are not"),
        ({"numerator": {"items": ["f"], "one_of": [3, 8]}}, "none that is missing"),
        ({"numerator": {"items": ["a", "a"], "at_least": 2}}, "names an item once"),
        ({"numerator": {"items": ["a", "b"], "at_least": 2, "count": 3}}, "count is at most"),
        ({"numerator": {"items": ["a", "f"], "at_least": 2, "count": 2}}, "in band low there are fewer items"),
        ({"class_level": True}, "a sign exactly when"),
        ({"sign": "banded"}, "a sign exactly when"),
        ({"class_level": True, "sign": "banded", "lowest_level": "school"}, "lowest level is the class"),
        ({"reference_ratio": 0}, "greater than 0"),
        ({"direction": "up"}, "higher_is_worse"),
        ({"within": ["nowhere"]}, "no other indicator nowhere"),
        ({"within": ["several"]}, "within several: some sheets count here and not there"),
        ({"within": ["better"]}, "within better: some sheets"),
        ({"numerator": TOLD_BETTER, "within": ["better"]}, "within better: some sheets"),
        ({"numerator": TOLD_BETTER, "within": [], "covered_by": ["better"]}, "in none of the parts"),
        ({"covered_by": ["often_first"]}, "in none of the parts"),
        ({"covered_by": ["often_first", "often_rest", "ever"]}, "covered_by ever: some sheets count there"),
    ],
)
def test_a_false_claim_is_refused_with_the_indicator(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        with_indicator("often", **changes)
    assert rule in caught.value.rule
    assert str(caught.value.where).startswith("mini, item indicator")
    assert "often" in str(caught.value.where)


def test_true_claims_stand() -> None:
    """The rule refuses what is false, not everything: three weekly forms lie within often and within several."""
    three_weekly = {"items": ALL, "at_least": 3, "count": 3}
    made = with_indicator("f_often", numerator=three_weekly, within=["often", "several", "ever"])
    assert made.indicators["f_often"].within == ("often", "several", "ever")


def test_an_indicator_of_apart_items_is_refused() -> None:
    """What is kept apart can't be counted in a class: there is no column for it beside the answers."""
    content = yaml.safe_load(MINI.with_name("mini_apart.yml").read_text(encoding="utf-8"))
    content["indicators"]["feels_safe"]["numerator"] = {"items": ["sex"], "one_of": [1]}
    with pytest.raises(InstrumentError, match="there is none named sex"):
        build_instrument(content, "mini")


def test_the_least_number_of_answers_is_four_fifths_rounded_up() -> None:
    indicators = load_instrument(MINI).indicators
    assert indicators["often"].least_answered("low") == 4
    assert indicators["often"].least_answered("high") == 5
    assert indicators["f_often"].least_answered("high") == 1
    assert load_instrument().indicators["frequent"].least_answered("jr") == 8


def test_an_indicator_declared_twice_is_refused() -> None:
    """In a list, where YAML itself can't notice: the second would silently replace the first."""
    content = yaml.safe_load(MINI.read_text(encoding="utf-8"))
    content["indicators"] = [{"code": "calm", **content["indicators"]["calm"]}] * 2
    with pytest.raises(InstrumentError, match="indicator calm: an indicator code stands once"):
        build_instrument(content, "mini")
