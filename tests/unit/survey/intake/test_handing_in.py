"""One sheet handed in: stored once, repeated safely, refused without a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_wave import CLASSES, WAVE, SmallWave, hand_in_all, open_small_wave, sheet_of

from survey.codes import new_code, printed
from survey.intake import (
    HandIn,
    Outcome,
    close_intake,
    close_wave,
    final_counts,
    issue_codes,
    read_sealed,
    read_sealed_apart,
    void_unspent,
    wipe_wave,
)
from survey.intake.batch import Code, Envelope, decide, stored
from survey.sealing import decode_apart, decode_sheet, unseal

CLASS, OTHER_CLASS = "s1-3-1", "s1-5-1"
STORED, REPEATED, REFUSED = Outcome.STORED, Outcome.REPEATED, Outcome.REFUSED


@pytest.fixture
def wave(place: str | Path) -> Iterator[SmallWave]:
    opened = open_small_wave(place)
    yield opened
    close_intake(opened.intake)


def post(wave: SmallWave, *sheets: HandIn) -> list[Outcome]:
    return hand_in_all(wave.intake, sheets)


def opened_sheets(wave: SmallWave) -> list[dict[str, Any]]:
    close_wave(wave.intake, WAVE)
    sheets = (decode_sheet(unseal(wave.key, c), wave.instrument) for c in read_sealed(wave.intake, WAVE))
    return [{"class_id": sheet.class_id, **sheet.answers} for sheet in sheets]


def test_every_class_hands_in_and_what_the_key_opens_is_what_was_answered(wave: SmallWave) -> None:
    for number, label in enumerate(CLASSES):
        codes = issue_codes(wave.intake, WAVE, label.class_id, 3)
        forms = [replace(sheet_of(label.class_id, code, phy_freq=number), apart={"about_sex": 1}) for code in codes]
        assert post(wave, *forms) == [STORED] * 3
    sheets = opened_sheets(wave)
    assert sorted((s["class_id"], s["phy_freq"]) for s in sheets) == sorted(
        (label.class_id, number) for number, label in enumerate(CLASSES) for _ in range(3)
    )
    aparts = [decode_apart(unseal(wave.key, c), wave.instrument) for c in read_sealed_apart(wave.intake, WAVE)]
    assert sorted((a.school_id, a.grade) for a in aparts) == sorted(
        (c.school_id, c.grade) for c in CLASSES for _ in "123"
    )
    assert all(apart.answers["about_sex"] == 1 for apart in aparts)


def test_a_code_is_taken_however_it_was_typed(wave: SmallWave) -> None:
    code = issue_codes(wave.intake, WAVE, CLASS, 1)[0]
    assert post(wave, sheet_of(CLASS, f" {printed(code).lower()} ")) == [STORED]


def test_the_same_form_again_is_success_and_one_row(wave: SmallWave) -> None:
    code = issue_codes(wave.intake, WAVE, CLASS, 1)[0]
    form = sheet_of(CLASS, code, b"form", phy_freq=1)
    assert post(wave, form) == [STORED]
    assert post(wave, form, form) == [REPEATED, REPEATED]
    assert len(opened_sheets(wave)) == 1
    assert post(wave, form) == [REPEATED]  # the reply was lost, and meanwhile the wave closed


def test_another_form_with_a_used_code_is_refused_and_changes_nothing(wave: SmallWave) -> None:
    code = issue_codes(wave.intake, WAVE, CLASS, 1)[0]
    assert post(wave, sheet_of(CLASS, code, b"mine", phy_freq=1)) == [STORED]
    assert post(wave, sheet_of(CLASS, code, b"theirs", phy_freq=3)) == [REFUSED]
    assert [sheet["phy_freq"] for sheet in opened_sheets(wave)] == [1]


def test_unknown_void_and_misplaced_codes_are_refused_and_stay_what_they_were(wave: SmallWave) -> None:
    void, good = issue_codes(wave.intake, WAVE, OTHER_CLASS, 1) + issue_codes(wave.intake, WAVE, CLASS, 1)
    assert void_unspent(wave.intake, WAVE, OTHER_CLASS) == 1
    refused = [
        sheet_of(CLASS, new_code()),
        sheet_of(CLASS, ""),
        sheet_of(OTHER_CLASS, void),
        sheet_of(OTHER_CLASS, good),  # another band's form
        sheet_of("s2-7-1", good),  # another school's
        sheet_of(CLASS, good, wave="2025-2"),
        replace(sheet_of(CLASS, good), school_id="../s1"),
        sheet_of(CLASS, good, phy_freq=77),
        sheet_of(CLASS, good, no_such_item=1),
    ]
    assert post(wave, *refused) == [REFUSED] * len(refused)
    assert post(wave, sheet_of(CLASS, good)) == [STORED]
    assert [sheet["class_id"] for sheet in opened_sheets(wave)] == [CLASS]


def test_a_code_of_another_wave_in_the_same_store_is_refused(place: str | Path) -> None:
    spring = open_small_wave(place)
    autumn = open_small_wave(place, wave="2026-2")
    code = issue_codes(autumn.intake, "2026-2", CLASS, 1)[0]
    assert post(spring, sheet_of(CLASS, code)) == [REFUSED]
    assert post(autumn, sheet_of(CLASS, code, wave="2026-2")) == [STORED]
    close_intake(spring.intake)
    close_intake(autumn.intake)


def test_after_close_and_after_the_wipe_nothing_is_taken(wave: SmallWave) -> None:
    codes = issue_codes(wave.intake, WAVE, CLASS, 3)
    assert post(wave, sheet_of(CLASS, codes[0])) == [STORED]
    close_wave(wave.intake, WAVE)
    assert post(wave, sheet_of(CLASS, codes[1])) == [REFUSED]
    assert final_counts(wave.intake, WAVE)[CLASS] == 1
    wipe_wave(wave.intake, WAVE)
    assert post(wave, sheet_of(CLASS, codes[2]), sheet_of(CLASS, codes[0])) == [REFUSED, REFUSED]


def test_one_code_in_one_batch_is_good_once(wave: SmallWave) -> None:
    code = issue_codes(wave.intake, WAVE, CLASS, 1)[0]
    outcomes = post(wave, *(sheet_of(CLASS, code, bytes([number])) for number in range(20)))
    assert sorted(outcome.value for outcome in outcomes) == ["refused"] * 19 + ["stored"]


ANYTHING = st.one_of(st.none(), st.integers(), st.floats(), st.binary(), st.text(st.characters(exclude_categories=[])))
HELD = st.one_of(ANYTHING, st.lists(ANYTHING, max_size=2), st.dictionaries(st.text(), ANYTHING, max_size=2))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> SmallWave:
    return open_small_wave(tmp_path_factory.mktemp("intake"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries(dict.fromkeys(("school_id", "band", "code", "replay", "answers", "apart"), HELD)),
    st.data(),
)
def test_whatever_is_handed_over_the_answer_is_an_outcome(
    lasting: SmallWave, drawn: dict[str, Any], data: st.DataObject
) -> None:
    """An exception here would be a 5xx, and tell one input from another."""
    right = sheet_of(CLASS, new_code())
    kept = data.draw(st.sets(st.sampled_from(sorted(drawn))))
    sheet = replace(right, **{name: value for name, value in drawn.items() if name not in kept})
    assert post(lasting, sheet) == [REFUSED]
    assert post(lasting, replace(right, wave=drawn["code"])) == [REFUSED]


def test_every_refusal_costs_the_same_seals_and_statements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, used, void, another band: told apart by nothing but the database's own look-up of a missing key."""
    wave = open_small_wave(tmp_path)
    void = issue_codes(wave.intake, WAVE, CLASS, 1)[0]
    used, other = *issue_codes(wave.intake, WAVE, CLASS, 1), *issue_codes(wave.intake, WAVE, OTHER_CLASS, 1)
    assert post(wave, sheet_of(CLASS, used)) == [STORED]
    close_intake(wave.intake)
    work: list[str] = []
    watch(monkeypatch, wave, work)
    seen = []
    for code in (new_code(), used, void, other, "A"):
        work.clear()
        assert post(wave, sheet_of(CLASS, code, b"other form")) == [REFUSED]
        seen.append(list(work))
    close_intake(wave.intake)
    assert seen[0].count("seal") == 2
    assert any("BEGIN IMMEDIATE" in step for step in seen[0])
    assert all(steps == seen[0] for steps in seen)


def watch(monkeypatch: pytest.MonkeyPatch, wave: SmallWave, work: list[str]) -> None:
    """Note every seal, and every statement of the hot connection without its values."""
    from survey.intake import batch

    connection = wave.intake.store.connect(WAVE, "s1")
    connection.set_trace_callback(lambda statement: work.append(statement.split("WHERE")[0]))
    monkeypatch.setattr(batch, "seal", lambda *a, seal=batch.seal: (work.append("seal"), seal(*a))[1])
    monkeypatch.setattr(type(wave.intake.store), "connect", lambda *_: connection)


def test_a_code_that_is_void_is_never_repeated() -> None:
    """Void has no replay; a form whose own MAC were all zeros must not match it."""
    envelope = Envelope(b"m", bytes(16), True, b"", b"")
    assert decide([envelope], {b"m": Code(spent=True, replay_mac=None)}, is_open=True) == [REFUSED]


def test_sheets_that_arrive_together_are_written_in_another_order() -> None:
    """The order within a batch is the order of arrival, and a log would keep it."""
    envelopes = [Envelope(bytes([number]), b"", True, b"", b"") for number in range(60)]
    written = stored(envelopes, [STORED] * 30 + [REFUSED] + [STORED] * 29)
    assert sorted(e.mac for e in written) == sorted(e.mac for e in envelopes if e.mac != bytes([30]))
    assert [e.mac for e in written] != sorted(e.mac for e in written)
