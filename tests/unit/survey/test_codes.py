"""Codes as a child types them."""

from __future__ import annotations

import pytest

from survey.codes import ALPHABET, LENGTH, code_mac, is_wellformed, new_code, normalise, printed

CODE = "HE50CQZAXYDFF"


def test_a_code_has_sixty_random_bits_and_one_check_character() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert LENGTH == 13
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(is_wellformed(code) for code in codes)
    assert all({code[place] for code in codes} == set(ALPHABET) for place in range(LENGTH))  # no place is fixed


@pytest.mark.parametrize(
    "typed",
    [
        "HE50-CQZA-XYDF-F",
        "he50 cqza xydf f",
        "ｈｅ５０－ｃｑｚａ－ｘｙｄｆ－ｆ",
        "HE5O—CQZA–XYDF−F",
        "\u200bhe5o\u3000cqza\tXYDF\r\nf\ufeff",
        "HE50ーCQZA_XYDF~F",
    ],
)
def test_however_it_was_typed_it_is_read_as_printed(typed: str) -> None:
    assert normalise(typed) == CODE


def test_letters_no_slip_has_are_read_as_what_they_look_like() -> None:
    assert normalise("ilouILOU") == "110V110V"


def test_what_no_slip_has_is_kept_so_that_the_check_refuses_it() -> None:
    assert normalise("安心!") == "安心!"
    assert not is_wellformed("安心!")


@pytest.mark.parametrize("text", ["", "F", CODE[:-1], CODE + "0", CODE[:-1] + "U", CODE.lower(), "\ud800" * 13])
def test_anything_but_a_whole_code_is_not_wellformed(text: str) -> None:
    assert is_wellformed(CODE)
    assert not is_wellformed(text)


def test_a_code_is_printed_in_groups_and_read_back() -> None:
    assert printed(CODE) == "HE50-CQZA-XYDF-F"
    assert normalise(printed(CODE)) == CODE


def test_a_mac_tells_codes_waves_and_hosts_apart_and_takes_any_text() -> None:
    pepper = bytes(32)
    mac = code_mac(pepper, "2026-1", CODE)
    others = [
        code_mac(pepper, "2026-2", CODE),
        code_mac(bytes(31) + b"\1", "2026-1", CODE),
        code_mac(pepper, "2026-1", CODE[:-1]),
        code_mac(pepper, "2026-1", "\ud800"),
    ]
    assert len(mac) == 16
    assert mac not in others
    assert code_mac(pepper, "2026-1", printed(CODE).lower()) == mac
