"""A wave from opening to wipe, as the commands see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_wave import CLASSES, PEPPER, SCHOOLS, WAVE, SmallWave, hand_in_all, open_small_wave, sheet_of, term

from survey.instrument import Instrument
from survey.intake import (
    Outcome,
    close_intake,
    close_wave,
    code_counts,
    compact,
    final_counts,
    issue_codes,
    mark_exported,
    open_intake,
    open_wave,
    read_classes,
    read_meter,
    read_schools,
    read_sealed,
    read_sealed_apart,
    read_wave,
    void_unspent,
    wipe_wave,
)
from survey.intake.meter import ORDER, STEP, final_state, meter_state
from survey.problems import StoreFault, WaveFault
from survey.sealing import new_key

CLASS = "s1-3-1"


@pytest.fixture
def wave(place: str | Path) -> Iterator[SmallWave]:
    opened = open_small_wave(place)
    yield opened
    close_intake(opened.intake)


def hand_in_some(wave: SmallWave, class_id: str, number: int) -> None:
    codes = issue_codes(wave.intake, WAVE, class_id, number)
    assert hand_in_all(wave.intake, [sheet_of(class_id, code) for code in codes]) == [Outcome.STORED] * number


def test_what_was_opened_is_what_is_read(wave: SmallWave) -> None:
    state = read_wave(wave.intake, WAVE)
    assert (state.state, state.public_key, state.opens) == ("open", wave.key.public, date(2026, 4, 1))
    assert Instrument.from_json(state.instrument_json).hash == state.instrument_hash == term().hash
    assert read_schools(wave.intake, WAVE) == SCHOOLS
    assert set(read_classes(wave.intake, WAVE)) == set(CLASSES)
    assert {label.class_id for label in read_classes(wave.intake, WAVE, "s2")} == {"s2-7-1", "s2-10-1"}


def test_a_wave_is_opened_once(wave: SmallWave, place: str | Path) -> None:
    with pytest.raises(WaveFault, match="opened already"):
        open_small_wave(place)
    with pytest.raises(WaveFault, match="no such wave"):
        read_wave(wave.intake, "2027-1")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"wave": "../2026"}, "letters"),
        ({"closes": date(2026, 3, 1)}, "before"),
        ({"public_key": b"short"}, "32 bytes"),
        ({"classes": []}, "stands once"),
        ({"classes": [*CLASSES, CLASSES[0]]}, "stands once"),
        ({"schools": SCHOOLS[:2]}, "belongs to a school"),
        ({"classes": [replace(CLASSES[0], band="g12")]}, "band"),
        ({"classes": [replace(CLASSES[0], grade=300)]}, "grade"),
        ({"classes": [replace(CLASSES[0], class_id="a/b")]}, "letters"),
    ],
)
def test_labels_that_do_not_fit_open_nothing(tmp_path: Path, fault: dict[str, object], words: str) -> None:
    intake = open_intake(tmp_path / "intake", PEPPER)
    given = {
        "wave": WAVE,
        "public_key": new_key().public,
        "opens": date(2026, 4, 1),
        "closes": date(2026, 4, 2),
        "instrument": term(),
        "schools": SCHOOLS,
        "classes": CLASSES,
    }
    with pytest.raises(WaveFault, match=words):
        open_wave(intake, **{**given, **fault})  # type: ignore[arg-type]
    assert intake.store.waves() == []


def test_an_opening_that_was_cut_short_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails after the shelves were made: there is no wave yet, and no half of one afterwards."""
    from survey.intake.sqlite import SqliteStore

    def fail(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as cut:
        cut.setattr(SqliteStore, "book", fail)
        with pytest.raises(OSError):
            open_small_wave(tmp_path)
    with pytest.raises(WaveFault):
        read_wave(open_intake(tmp_path, PEPPER), WAVE)
    wave = open_small_wave(tmp_path)
    hand_in_some(wave, CLASS, 1)
    close_intake(wave.intake)


def test_nothing_is_counted_or_read_while_a_wave_is_open(wave: SmallWave) -> None:
    hand_in_some(wave, CLASS, 3)
    for early in (final_counts, read_sealed, read_sealed_apart, mark_exported, wipe_wave):
        with pytest.raises(WaveFault):
            early(wave.intake, WAVE)
    with pytest.raises(WaveFault):
        code_counts(wave.intake, WAVE, CLASS)


def test_codes_are_counted_after_close(wave: SmallWave) -> None:
    hand_in_some(wave, CLASS, 5)
    issue_codes(wave.intake, WAVE, CLASS, 7)  # a reprint
    assert void_unspent(wave.intake, WAVE, CLASS) == 7
    issue_codes(wave.intake, WAVE, CLASS, 2)
    close_wave(wave.intake, WAVE)
    assert code_counts(wave.intake, WAVE, CLASS) == (14, 5, 7)
    assert final_counts(wave.intake, WAVE) == {label.class_id: 5 * (label.class_id == CLASS) for label in CLASSES}


def test_reprinting_voids_this_class_and_no_other(wave: SmallWave) -> None:
    old, other = issue_codes(wave.intake, WAVE, CLASS, 2), issue_codes(wave.intake, WAVE, "s1-5-1", 1)
    assert hand_in_all(wave.intake, [sheet_of(CLASS, old[0], b"a")]) == [Outcome.STORED]
    new = issue_codes(wave.intake, WAVE, CLASS, 2)
    sheets = [
        sheet_of(CLASS, old[0], b"a"),
        sheet_of(CLASS, old[1]),
        sheet_of(CLASS, new[0]),
        sheet_of("s1-5-1", other[0]),
    ]
    assert [outcome.value for outcome in hand_in_all(wave.intake, sheets)] == [
        "repeated",
        "refused",
        "stored",
        "stored",
    ]


def test_codes_are_issued_for_classes_of_an_open_wave_only(wave: SmallWave) -> None:
    with pytest.raises(WaveFault, match="class"):
        issue_codes(wave.intake, WAVE, "s9-1-1", 1)
    assert issue_codes(wave.intake, WAVE, CLASS, 0) == []
    close_wave(wave.intake, WAVE)
    for late in (lambda: issue_codes(wave.intake, WAVE, CLASS, 1), lambda: void_unspent(wave.intake, WAVE, CLASS)):
        with pytest.raises(WaveFault, match="open"):
            late()


def test_states_go_one_way(wave: SmallWave) -> None:
    hand_in_some(wave, CLASS, 2)
    close_wave(wave.intake, WAVE)
    close_wave(wave.intake, WAVE)  # cut short, it is run again
    assert read_wave(wave.intake, WAVE).state == "closed"
    mark_exported(wave.intake, WAVE)
    assert read_wave(wave.intake, WAVE).state == "exported"
    assert len(list(read_sealed(wave.intake, WAVE))) == len(list(read_sealed_apart(wave.intake, WAVE))) == 2
    assert wipe_wave(wave.intake, WAVE).is_clean
    state = read_wave(wave.intake, WAVE)
    assert (state.state, state.instrument_json) == ("wiped", "")
    assert read_classes(wave.intake, WAVE) == ()
    for late in (close_wave, wipe_wave, read_sealed, final_counts, mark_exported):
        with pytest.raises(WaveFault):
            late(wave.intake, WAVE)


def test_the_meter_moves_by_ten_and_at_close(wave: SmallWave) -> None:
    seen = []
    for number in (12, 1, 24, 1):
        hand_in_some(wave, CLASS, number)
        compact(wave.intake, WAVE)
        seen.append(dict(read_meter(wave.intake, WAVE))[CLASS])
    assert seen == ["not_begun", "under_way", "under_way", "nearly_complete"]  # 38 of 40, said as 40
    hand_in_some(wave, "s1-5-1", 3)
    hand_in_some(wave, "s2-10-1", 2)
    assert dict(read_meter(wave.intake, WAVE))["s1-5-1"] == "not_begun"
    close_wave(wave.intake, WAVE)
    meter = dict(read_meter(wave.intake, WAVE))
    assert (meter[CLASS], meter["s1-5-1"]) == ("nearly_complete", "under_way")
    assert (meter["s2-10-1"], meter["s2-7-1"]) == ("not_begun", "not_begun")


@given(st.integers(1, 80))
def test_a_meter_never_says_more_than_tens(enrolled: int) -> None:
    """Whatever the class's size, each change needs ten more sheets, so one child's sheet is never seen to arrive."""
    states = [meter_state(number, enrolled) for number in range(enrolled + 1)]
    moves = [number for number in range(1, len(states)) if states[number] != states[number - 1]]
    assert [ORDER.index(state) for state in states] == sorted(ORDER.index(state) for state in states)
    assert all(later - earlier >= STEP for earlier, later in zip([0, *moves], moves, strict=False))
    assert final_state(0, enrolled) == "not_begun"
    for said in range(5, enrolled, 5):  # what is said as one number has one state, open or closed
        same = range(said - 2, said + 3)
        assert len({meter_state(number, enrolled) for number in same}) == 1
        assert len({final_state(number, enrolled) for number in same}) == 1


def test_sealed_envelopes_come_in_another_order_each_time(wave: SmallWave) -> None:
    hand_in_some(wave, CLASS, 20)
    hand_in_some(wave, "s2-7-1", 20)
    close_wave(wave.intake, WAVE)
    first, second = (list(read_sealed(wave.intake, WAVE)) for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)
    assert len(set(first)) == 40


def test_a_wave_does_not_close_over_a_sheet_that_is_missing(wave: SmallWave) -> None:
    from survey.intake import schema

    hand_in_some(wave, CLASS, 3)
    with wave.intake.store.shelf(WAVE, wave.intake.store.shelf_of("s1")) as connection:
        connection.execute(schema.apart.delete())
    with pytest.raises(StoreFault, match="differ"):
        close_wave(wave.intake, WAVE)
    assert read_wave(wave.intake, WAVE).state == "open"
