"""The term survey keeps the rules that were agreed for it, whatever is edited in its file."""

from __future__ import annotations

import pytest

from survey.instrument import load_instrument

TERM = load_instrument()
ALL = ("g34", "g56", "jr", "sr", "voc")
LIMITS = {"g34": (18, 22, 10), "g56": (24, 28, 12), "jr": (32, 36, 15), "sr": (34, 40, 15), "voc": (34, 40, 15)}


def words_of_items() -> list[str]:
    options = [option for code in TERM.items for option in TERM.options_of(code)]
    intros = [block.intro.zh for block in TERM.blocks if block.intro]
    return [item.zh for item in TERM.items.values()] + [option.zh for option in options] + intros


@pytest.mark.parametrize("band", ALL)
def test_a_band_is_as_long_as_agreed(band: str) -> None:
    """The file holds its own limits; this holds the file to them."""
    low, high, minutes = LIMITS[band]
    declared = next(entry for entry in TERM.band_list if entry.code == band)
    assert (declared.items, declared.minutes) == ((low, high), minutes)
    assert low <= sum(item.counted for item in TERM.items_in(band)) <= high


def test_the_word_for_bullying_is_not_in_the_items() -> None:
    """A definition up front changes the answers; concrete acts come first."""
    assert [text for text in words_of_items() if "欺凌" in text] == []


def test_picked_on_comes_after_the_concrete_acts() -> None:
    codes = list(TERM.items)
    forms = next(block for block in TERM.blocks if block.code == "forms")
    first = next(code for code in codes if "欺负" in TERM.items[code].zh)
    assert codes.index(first) > max(codes.index(item.code) for item in forms.items)


@pytest.mark.parametrize("band", ALL)
def test_every_single_choice_ends_with_rather_not_answer(band: str) -> None:
    for item in TERM.items_in(band):
        last = TERM.options_of(item.code, band)[-1]
        if item.type == "single":
            assert str(last.code) == "9" and last.missing
            assert last.words(band).zh == ("不想说" if band == "g34" else "不想回答")
        else:
            assert last.code == "none"


def test_uses_and_about_never_stand_beside_the_answers() -> None:
    apart = {column.item for column in TERM.apart_columns.values()}
    assert apart == {"uses", "about_sex", "home_now"}
    assert not apart & {column.item for column in TERM.columns.values()}


def test_place_and_time_are_asked_of_every_band_as_a_pair() -> None:
    assert TERM.items["place_top"].bands == TERM.items["time"].bands == ALL


def test_the_impossible_place_is_never_a_place_to_avoid() -> None:
    assert "place__underground_pool" in TERM.columns
    assert "underground_pool" in TERM.columns["place_top"].codes
    assert "avoid__underground_pool" not in TERM.columns


def test_little_ones_have_no_fifth_step_and_the_same_codes() -> None:
    assert [option.code for option in TERM.options_of("phy_freq", "g34")] == [0, 1, 2, 3, 9]
    assert [option.code for option in TERM.options_of("phy_freq", "jr")] == [0, 1, 2, 3, 4, 9]


def test_signs_are_carried_by_the_agreed_indicators_only() -> None:
    signs = {code: indicator.sign for code, indicator in TERM.indicators.items() if indicator.sign}
    assert signs == {
        "frequent": "carrying",
        "still_now": "banded",
        "witness": "first_signs",
        "unsafe": "first_signs",
        "avoids": "banded",
        "told_worse": "banded",
        "perpetration": "banded",
    }
    assert [code for code, i in TERM.indicators.items() if i.class_level] == list(signs)


def test_severe_events_are_never_shown_below_the_district() -> None:
    district = {code for code, indicator in TERM.indicators.items() if indicator.lowest_level == "district"}
    assert district == {"severe", "danger_seen"}


def test_the_three_ways_cover_frequent() -> None:
    assert TERM.indicators["frequent"].covered_by == ("words", "body", "mind")


def test_indicators_that_bands_ask_with_other_items_say_so() -> None:
    """Bands side by side mislead where they were asked different things: such an indicator carries a caution."""
    for indicator in TERM.indicators.values():
        asked = {indicator.items_by_band(band) for band in indicator.bands}
        differs = len(asked) > 1 and indicator.code != "avoids"  # only its vocational place differs
        assert differs == (indicator.caution is not None), indicator.code


@pytest.mark.parametrize("number", ["12355", "12356", "110", "12309", "12345"])
def test_the_help_page_names_each_line(number: str) -> None:
    assert TERM.form is not None
    assert number in TERM.form.help.zh and number in TERM.form.help.en


@pytest.mark.parametrize("band", ALL)
def test_the_promise_says_what_is_recorded(band: str) -> None:
    """匿名 must be literally true: the too-fast flag is recorded, so every band is told."""
    assert TERM.form is not None
    promise = TERM.form.promise.words(band)
    assert "快" in promise.zh and "too fast" in promise.en
    assert "最后一页" in promise.zh and "last page" in promise.en


def test_little_ones_read_a_promise_in_their_own_words() -> None:
    assert TERM.form is not None
    assert TERM.form.promise.words("g34").zh.startswith("你好")
    assert {TERM.form.promise.words(band).zh for band in ALL[1:]} == {TERM.form.promise.zh}
