"""Sealing of help slips: one length, the right readers, and nothing learnt by the wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey

from dashboard import help as other_side
from survey.codes import new_code
from survey.help import keys
from survey.help.letters import (
    ANSWER,
    LETTER_LENGTH,
    NOT_FOR_YOU,
    OTHER_LIMIT,
    SLIP,
    TEXT_LIMIT,
    Letter,
    open_answer,
    open_letter,
    receipt_keys,
    seal_letter,
    seal_slip,
)
from survey.help.problems import HelpRefused

KEY, SALT = bytes(range(32)), bytes(range(16))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize("text", ["", "a", "救" * TEXT_LIMIT, "🫂" * TEXT_LIMIT])
def test_every_letter_has_one_length(text: str) -> None:
    """A length would tell a long story from a short cry."""
    sealed = seal_letter(KEY, SLIP, Letter(text, "🫂" * OTHER_LIMIT if text else ""))
    assert len(sealed) == LETTER_LENGTH
    assert open_letter(KEY, SLIP, sealed).text == text


def test_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(ValueError, match="too long"):
        seal_letter(KEY, SLIP, Letter("x" * (TEXT_LIMIT + 1)))


@given(TEXT, TEXT)
@settings(max_examples=60, deadline=None)
def test_both_islands_frame_letters_alike(text: str, other: str) -> None:
    """The dashboard may not import the survey: a change on one side alone would lock every slip."""
    here, there = Letter(text, other), other_side.Letter(text, other)
    assert other_side.open_letter(KEY, SLIP, seal_letter(KEY, SLIP, here)) == there
    assert open_letter(KEY, ANSWER, other_side.seal_letter(KEY, ANSWER, there)) == here


def test_both_islands_know_the_same_constants() -> None:
    from survey.help import letters

    for name in ("TEXT_LIMIT", "ROOM", "SLIP", "ANSWER", "NOT_FOR_YOU"):
        assert getattr(letters, name) == getattr(other_side, name), name
    assert keys.HEAD.format == other_side.KEY_HEAD.format


def test_a_slip_cannot_stand_for_an_answer() -> None:
    """Whoever can write to the store must not show a child its own words as an adult's."""
    with pytest.raises(CryptoError):
        open_letter(KEY, ANSWER, seal_letter(KEY, SLIP, Letter("x")))


def test_every_adult_gets_a_box_and_only_the_addressed_find_a_key() -> None:
    private = {name: PrivateKey.generate() for name in ("a", "b", "c")}
    public = {name: bytes(key.public_key) for name, key in private.items()}
    sealed = seal_slip(new_code(), SALT, Letter("x"), public, {"a"})
    assert {len(box) for box in sealed.boxes.values()} == {80} and set(sealed.boxes) == set(public)
    opened = {name: other_side.SealedBox(key).decrypt(sealed.boxes[name]) for name, key in private.items()}
    assert opened["b"] == opened["c"] == NOT_FOR_YOU
    assert open_letter(opened["a"], SLIP, sealed.letter) == Letter("x")


def test_only_the_receipt_code_opens_the_answer() -> None:
    code = new_code()
    adult = PrivateKey.generate()
    sealed = seal_slip(code, SALT, Letter("x"), {"a": bytes(adult.public_key)}, {"a"})
    key = other_side.SealedBox(adult).decrypt(sealed.boxes["a"])
    answer = other_side.seal_letter(key, ANSWER, other_side.Letter("here", "me"))
    slip_id, child_key = receipt_keys(code, SALT)
    assert slip_id == sealed.slip_id
    assert open_answer(child_key, sealed.child_box, answer) == Letter("here", "me")
    with pytest.raises(CryptoError):
        open_answer(receipt_keys(new_code(), SALT)[1], sealed.child_box, answer)


def test_the_same_code_at_two_schools_has_nothing_in_common() -> None:
    assert receipt_keys("X" * 13, SALT) != receipt_keys("X" * 13, SALT[::-1])


def test_a_locked_key_opens_with_its_passphrase_only() -> None:
    """With the costly parameters of real life, once."""
    pair = keys.new_pair("一句只有我知道的话，很长")
    assert bytes(PrivateKey(keys.unlock_key(pair.locked, "一句只有我知道的话，很长")).public_key) == pair.public
    assert keys.unlock_key(pair.locked, "一句只有我知道的话,很长"), "full width or not: one passphrase"
    with pytest.raises(HelpRefused, match="not the passphrase"):
        keys.unlock_key(pair.locked, "another long sentence")


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(HelpRefused, match="at least"):
        keys.new_pair("too short")
