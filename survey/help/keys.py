"""An adult's key pair, the private half locked by the adult's own passphrase.

Layout of the locked key: salt (16), Argon2id passes (4) and memory in bytes (4), big-endian, secret box (72).
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random

from survey.help.problems import HelpRefused

PASSES, MEMORY = 4, 128 * 2**20  # a quarter of a second: the passphrase is all that guards a stolen store
SHORTEST = 10
HEAD = struct.Struct(">16sII")


@dataclass(frozen=True)
class LockedPair:
    public: bytes
    locked: bytes


def new_pair(passphrase: str) -> LockedPair:
    """A fresh key pair; HelpRefused if the passphrase is too short."""
    private = PrivateKey.generate()
    return LockedPair(bytes(private.public_key), lock_key(bytes(private), passphrase))


def lock_key(private: bytes, passphrase: str) -> bytes:
    """A private key locked by a passphrase; HelpRefused if that is too short."""
    if len(passphrase) < SHORTEST:
        raise HelpRefused(
            f"a passphrase has at least {SHORTEST} characters", next_step="choose a sentence that is easy to keep"
        )
    salt = random(argon2id.SALTBYTES)
    return HEAD.pack(salt, PASSES, MEMORY) + bytes(
        SecretBox(_stretch(passphrase, salt, PASSES, MEMORY)).encrypt(private)
    )


def unlock_key(locked: bytes, passphrase: str) -> bytes:
    """The private key again; HelpRefused if the passphrase is not the one it was locked with."""
    salt, passes, memory = HEAD.unpack_from(locked)
    try:
        return SecretBox(_stretch(passphrase, salt, passes, memory)).decrypt(locked[HEAD.size :])
    except CryptoError as error:
        raise HelpRefused("this is not the passphrase") from error


def _stretch(passphrase: str, salt: bytes, passes: int, memory: int) -> bytes:
    # NFKC: the same sentence from two input methods is the same passphrase.
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return argon2id.kdf(SecretBox.KEY_SIZE, typed, salt, opslimit=passes, memlimit=memory)
