"""The small foreign instrument: the same schema without classes, and nothing of the term survey in it."""

from __future__ import annotations

from survey.instrument import load_instrument
from survey.scoring import score
from survey.settings import INSTRUMENTS

YRBS = load_instrument(INSTRUMENTS / "yrbs.yml")
ITEMS = ["bullied_school", "bullied_electronic", "missed_unsafe", "threatened_weapon"]


def test_it_has_no_classes_and_one_band() -> None:
    assert (YRBS.units, YRBS.bands, YRBS.form, YRBS.apart_columns) == ("none", ("all",), None, {})


def test_its_columns_are_its_items_with_codes_zero_and_one() -> None:
    assert list(YRBS.columns) == list(YRBS.indicators) == ITEMS
    assert {(column.codes, column.missing) for column in YRBS.columns.values()} == {((0, 1), ())}


def test_a_blank_is_missing_and_not_a_no() -> None:
    electronic = YRBS.indicators["bullied_electronic"]
    assert [score(electronic, {"bullied_electronic": answer}, "all") for answer in (1, 0, None)] == [1, 0, None]
