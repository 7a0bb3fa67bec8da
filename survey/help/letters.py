"""Sealing: what a child writes is readable by the adults it is meant for, the answer by the child; by nobody else.

A slip has a key of its own. Each reader gets that key in a box: adults in a sealed box (X25519), the child in a
secret box under a key made from the receipt code (Argon2id). Every adult of the school gets a box, and those who
were not ticked find zeros in it, so that the store does not tell whom a child trusts or avoids.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random

TEXT_LIMIT, OTHER_LIMIT = 1000, 100  # characters
ROOM = 4608  # bytes: two length marks and four bytes for every character, rounded up
LETTER_LENGTH = 1 + ROOM + SecretBox.NONCE_SIZE + SecretBox.MACBYTES
NOT_FOR_YOU = bytes(SecretBox.KEY_SIZE)
SLIP, ANSWER = b"S", b"A"  # so that a slip can't be put in an answer's place
# A receipt code has 60 random bits: these settings only make each guess dearer. 16 MiB keeps a small server standing.
CODE_PASSES, CODE_MEMORY = 3, 16 * 2**20
ID_LENGTH = 16


@dataclass(frozen=True)
class Letter:
    """A text and one short line beside it: how the child can be reached, or which adult answers."""

    text: str
    other: str = ""


@dataclass(frozen=True)
class SealedSlip:
    """A slip as it is stored. `boxes` has one box for every adult of the school with a key, by adult_id."""

    slip_id: bytes
    letter: bytes
    child_box: bytes
    boxes: Mapping[str, bytes]


def seal_letter(key: bytes, kind: bytes, letter: Letter) -> bytes:
    """A letter under a slip's key, always LETTER_LENGTH bytes; ValueError beyond the limits."""
    if len(letter.text) > TEXT_LIMIT or len(letter.other) > OTHER_LIMIT:
        raise ValueError("a letter is too long")
    parts = [part.encode("utf-8") for part in (letter.text, letter.other)]
    framed = kind + b"".join(struct.pack(">H", len(part)) + part for part in parts)
    return bytes(SecretBox(key).encrypt(framed.ljust(1 + ROOM, b"\0")))


def open_letter(key: bytes, kind: bytes, sealed: bytes) -> Letter:
    """The letter again; CryptoError if it was touched or is of another kind."""
    framed = SecretBox(key).decrypt(sealed)
    if framed[:1] != kind:
        raise CryptoError("a letter of another kind")
    (length,) = struct.unpack_from(">H", framed, 1)
    (other,) = struct.unpack_from(">H", framed, 3 + length)
    return Letter(framed[3 : 3 + length].decode("utf-8"), framed[5 + length : 5 + length + other].decode("utf-8"))


def receipt_keys(code: str, salt: bytes) -> tuple[bytes, bytes]:
    """(slip_id, key of the child's box) of a normalised receipt code at one school."""
    made = argon2id.kdf(
        ID_LENGTH + SecretBox.KEY_SIZE, code.encode("utf-8"), salt, opslimit=CODE_PASSES, memlimit=CODE_MEMORY
    )
    return made[:ID_LENGTH], made[ID_LENGTH:]


def seal_slip(
    code: str, salt: bytes, letter: Letter, keys: Mapping[str, bytes], addressed: Collection[str]
) -> SealedSlip:
    """Seal a slip for the child (`code`) and for the addressed adults; `keys` are all public keys, by adult_id."""
    key = random(SecretBox.KEY_SIZE)
    slip_id, child_key = receipt_keys(code, salt)
    boxes = {
        adult: bytes(SealedBox(PublicKey(public)).encrypt(key if adult in addressed else NOT_FOR_YOU))
        for adult, public in keys.items()
    }
    return SealedSlip(slip_id, seal_letter(key, SLIP, letter), bytes(SecretBox(child_key).encrypt(key)), boxes)


def open_answer(child_key: bytes, child_box: bytes, sealed: bytes) -> Letter:
    """An adult's answer, opened with the key made from the receipt code."""
    return open_letter(SecretBox(child_key).decrypt(child_box), ANSWER, sealed)
