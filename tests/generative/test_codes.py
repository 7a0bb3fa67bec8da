"""The check character against slow, obvious arithmetic, and against every slip of the finger."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from survey.codes import ALPHABET, LENGTH, VALUE, checksum, is_wellformed, normalise, printed, times_x

CODES = st.lists(st.sampled_from(ALPHABET), min_size=12, max_size=12).map(
    lambda drawn: "".join(drawn) + ALPHABET[times_x(checksum("".join(drawn)))]
)
FULL_WIDTH = {character: chr(ord(character) + 0xFEE0) for character in ALPHABET}


def product(left: int, right: int) -> int:
    """In GF(32) = GF(2)[x] / (x⁵ + x² + 1), by the school method: multiply, then divide."""
    total = 0
    for bit in range(5):
        total ^= (left << bit) * (right >> bit & 1)
    for bit in range(9, 4, -1):
        total ^= (0b100101 << bit - 5) * (total >> bit & 1)
    return total


def power_of_x(exponent: int) -> int:
    value = 1
    for _ in range(exponent):
        value = product(value, 2)
    return value


def test_weights_are_not_zero_and_all_different() -> None:
    """Which proves it: a changed character moves the sum by weight × change, two exchanged ones by the product of the
    weights' difference and the characters' difference; in a field neither is zero."""
    weights = [power_of_x(place) for place in range(LENGTH)]
    assert len(set(weights)) == LENGTH
    assert 0 not in weights
    assert all(product(a, b) for a in range(1, 32) for b in range(1, 32))


@given(st.text(ALPHABET, max_size=20))
def test_the_sum_is_the_weighted_sum(text: str) -> None:
    slow = 0
    for place, character in enumerate(reversed(text)):
        slow ^= product(VALUE[character], power_of_x(place))
    assert checksum(text) == slow


@given(CODES)
def test_every_single_substitution_is_caught(code: str) -> None:
    assert is_wellformed(code)
    for place in range(LENGTH):
        wrong = [code[:place] + c + code[place + 1 :] for c in ALPHABET if c != code[place]]
        assert len(wrong) == 31
        assert not any(map(is_wellformed, wrong))


@given(CODES)
def test_every_exchange_of_two_characters_is_caught(code: str) -> None:
    for left, right in combinations(range(LENGTH), 2):
        if code[left] == code[right]:
            continue
        swapped = list(code)
        swapped[left], swapped[right] = code[right], code[left]
        assert not is_wellformed("".join(swapped))


@given(CODES, st.data())
def test_typing_habits_do_not_change_a_code(code: str, data: st.DataObject) -> None:
    habits = st.sampled_from([str.lower, str.upper, FULL_WIDTH.__getitem__, "-".__add__, " ".__add__, "－".__add__])
    typed = "".join(data.draw(habits)(character) for character in printed(code).replace("-", ""))
    assert normalise(typed) == code


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_text_at_all_can_be_asked_about(text: str) -> None:
    read = normalise(text)
    assert not is_wellformed(read) or set(read) <= set(ALPHABET)
