"""Envelopes of one size, and the keys that open them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from intake_wave import term

from survey.problems import KeyFault, SheetFault
from survey.sealing import (
    APART_LENGTH,
    LEAST,
    SHEET_LENGTH,
    Apart,
    KeyPair,
    Sheet,
    decode_apart,
    decode_sheet,
    encode_apart,
    encode_sheet,
    new_key,
    read_private_key,
    read_public_key,
    seal,
    unseal,
    write_private_key,
    write_public_key,
)
from survey.sheets import FLAGS

WAVE = "2026-1"
PASSPHRASE = "三只小熊 过河"


def sheet(class_id: str = "s1-3-1", **answers: int | str | None) -> Sheet:
    return Sheet(class_id, term().hash, answers)


def test_a_sheet_comes_back_as_it_was_handed_in() -> None:
    key, given = new_key(), {"take_part": 1, "too_fast": 0, "phy_freq": 3, "place_top": "toilet"}
    ciphertext = seal(key.public, encode_sheet(sheet(**given), term()), SHEET_LENGTH)
    opened = decode_sheet(unseal(key, ciphertext), term())
    assert opened.class_id == "s1-3-1"
    assert {name: answer for name, answer in opened.answers.items() if answer is not None} == given
    assert set(opened.answers) == {*FLAGS, *term().columns}


def test_self_descriptions_know_a_school_and_a_grade_and_no_class() -> None:
    apart = Apart("s1", 3, dict.fromkeys(term().apart_columns))
    assert decode_apart(encode_apart(apart, term()), term()) == apart
    assert not any("class" in name for name in vars(apart))


@pytest.mark.parametrize("band", ["g34", "g56", "jr", "sr", "voc", "blank"])
def test_every_band_and_a_blank_give_envelopes_of_one_length(band: str) -> None:
    columns = [column for column in term().columns.values() if band in column.bands]
    answers = {"take_part": int(band != "blank"), **{column.name: column.codes[-1] for column in columns}}
    aparts = {c.name: c.codes[-1] for c in term().apart_columns.values() if band in c.bands}
    public = new_key().public
    for class_id in ("a", "x" * 40):
        payload = encode_sheet(sheet(class_id, **answers), term())
        assert len(seal(public, payload, SHEET_LENGTH)) == SHEET_LENGTH
        apart = encode_apart(Apart(class_id, 6, aparts), term())
        assert len(seal(public, apart, APART_LENGTH)) == APART_LENGTH


def test_the_same_sheet_never_looks_the_same() -> None:
    public = new_key().public
    assert seal(public, b"sheet", 128) != seal(public, b"sheet", 128)


def test_an_envelope_opens_with_its_own_key_only_and_only_whole() -> None:
    key = new_key()
    ciphertext = seal(key.public, b"sheet", 128)
    assert unseal(key, ciphertext) == unseal(key.private, ciphertext) == b"sheet"
    changed = bytes([ciphertext[0]]) + bytes([ciphertext[1] ^ 1]) + ciphertext[2:]
    for private, envelope in [(new_key(), ciphertext), (key, changed), (key, ciphertext[:-1]), (key, b"")]:
        with pytest.raises(SheetFault):
            unseal(private, envelope)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\x80\0\0", bytes(79)])
def test_padding_takes_nothing_away(payload: bytes) -> None:
    key = new_key()
    assert unseal(key, seal(key.public, payload, 128)) == payload


def test_a_sheet_that_does_not_fit_is_refused_rather_than_cut() -> None:
    with pytest.raises(SheetFault, match="doesn't fit"):
        seal(new_key().public, bytes(80), 128)


@pytest.mark.parametrize("answers", [{"phy_freq": 99}, {"phy_freq": [1]}, {"no_such_item": 1}, {"uses__bus": 1}])
def test_a_column_or_code_of_another_form_is_refused_without_being_named(answers: dict[str, int]) -> None:
    with pytest.raises(SheetFault) as refused:
        encode_sheet(sheet(**answers), term())
    assert "99" not in str(refused.value)


def test_a_payload_that_encoding_never_wrote_is_refused() -> None:
    payload = encode_sheet(sheet(phy_freq=1), term())
    wrong = [b"", b"\2" + payload[1:], payload[:-1], payload + b"\0", payload[:1] + bytes(32) + payload[33:]]
    wrong += [payload[:-1] + b"\xff", payload[:34] + b"\xff\xff" + payload[36:], payload[:33]]
    for each in wrong:
        with pytest.raises(SheetFault):
            decode_sheet(each, term())


def test_a_private_key_file_opens_with_its_passphrase(tmp_path: Path) -> None:
    key, path = new_key(), tmp_path / "key.txt"
    write_private_key(path, key, PASSPHRASE, WAVE, LEAST)
    assert read_private_key(path, PASSPHRASE, WAVE) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text(encoding="utf-8")
    assert "wave: 2026-1" in text
    assert PASSPHRASE not in text
    assert key.private not in path.read_bytes()


def test_a_private_key_file_is_refused_when_anything_is_off(tmp_path: Path) -> None:
    key, path = new_key(), tmp_path / "key.txt"
    write_private_key(path, key, PASSPHRASE, WAVE, LEAST)
    whole = path.read_text(encoding="utf-8")
    line = {text.partition(":")[0]: text for text in whole.splitlines()}
    other = tmp_path / "other.txt"
    write_private_key(other, new_key(), PASSPHRASE, "2026-2", LEAST)
    changed = {
        "another wave": whole.replace("2026-1", "2026-2"),
        "another public key": whole.replace(line["public"], other.read_text(encoding="utf-8").splitlines()[2]),
        "a byte of the box": whole[:-6] + ("A" if whole[-6] != "A" else "B") + whole[-5:],
        "cut short": whole[: len(whole) // 2],
        "too much memory": whole.replace(line["memory"], f"memory: {2**31}"),
        "no number": whole.replace(line["passes"], "passes: many"),
        "another title": whole.replace("anxin", "axnin"),
        "empty": "",
    }
    for name, text in changed.items():
        path.write_text(text, encoding="utf-8")
        with pytest.raises(KeyFault):
            read_private_key(path, PASSPHRASE)
            pytest.fail(name)
    path.write_text(whole, encoding="utf-8")
    for passphrase, wave in [("wrong", None), ("", None), (PASSPHRASE, "2026-2")]:
        with pytest.raises(KeyFault):
            read_private_key(path, passphrase, wave)
    with pytest.raises(KeyFault):
        read_private_key(tmp_path / "nowhere", PASSPHRASE)


def test_a_key_is_never_overwritten_and_never_without_a_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key.txt"
    with pytest.raises(KeyFault, match="passphrase"):
        write_private_key(path, new_key(), "", WAVE, LEAST)
    path.write_text("the only copy", encoding="utf-8")
    for write in (
        lambda: write_private_key(path, new_key(), "x", WAVE, LEAST),
        lambda: write_public_key(path, new_key(), WAVE),
    ):
        with pytest.raises(KeyFault, match="never overwritten"):
            write()
    assert path.read_text(encoding="utf-8") == "the only copy"


def test_a_public_key_file_survives_retyping_and_notices_a_slip(tmp_path: Path) -> None:
    key, path = new_key(), tmp_path / "public.txt"
    write_public_key(path, key, WAVE)
    assert read_public_key(path, WAVE) == key.public
    whole = path.read_text(encoding="utf-8")
    path.write_text("\ufeff" + whole.replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert read_public_key(path) == key.public
    start = whole.index("public: ") + 8
    slip = "A" if whole[start] != "A" else "B"
    for text in (whole[:start] + slip + whole[start + 1 :], whole.replace("2026-1", "2026-2"), whole[:40]):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(KeyFault):
            read_public_key(path)
    path.write_text(whole, encoding="utf-8")
    with pytest.raises(KeyFault, match="2026-2"):
        read_public_key(path, "2026-2")


def test_a_key_never_reaches_a_log() -> None:
    key = KeyPair(b"secret" * 6, b"public")
    assert "secret" not in repr(key)
    assert "secret" not in f"{key}"
