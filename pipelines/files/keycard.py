"""The public file of a wave, with what the survey host needs besides: the key of its receipts, and the mark of a trial.

Receipts are signed with a key that is made from the wave's private key, so that one file and one passphrase are all
that has to be kept safe: who can open the wave can sign its receipt, nobody else. The mark is a signature of the same
kind, given only after an envelope sealed with the public file was opened with the private one.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from pipelines.problems import BadInput, Where
from pipelines.words import say
from survey.problems import KeyFault
from survey.sealing import (
    PUBLIC_TITLE,
    KeyPair,
    check_of,
    from_text,
    in_text,
    read_fields,
    read_public_key,
    render_fields,
    write_new,
)


@dataclass(frozen=True)
class KeyCard:
    """public: X25519, seals the wave's envelopes; receipts: Ed25519, verifies its receipts. 32 bytes each."""

    wave: str
    public: bytes
    receipts: bytes


def signing_key(private: bytes) -> SigningKey:
    """The key that signs a wave's receipts: a keyed hash of its private key, under a name of its own."""
    return SigningKey(hashlib.blake2b(key=private, digest_size=32, person=b"anxin receipt").digest())


def write_card(path: Path, key: KeyPair, wave: str) -> None:
    """Write a new public file, as yet without the mark. KeyFault where there is such a file."""
    fields = {"wave": wave, "public": in_text(key.public), "check": check_of(key.public, wave)}
    fields["receipts"] = in_text(bytes(signing_key(key.private).verify_key))
    write_new(path, render_fields(PUBLIC_TITLE, fields))


def mark_card(path: Path, key: KeyPair, wave: str) -> None:
    """Add the mark, as the last line; only for a key that has just opened an envelope sealed with this file."""
    signer = signing_key(key.private)
    mark = signer.sign(_claim(KeyCard(wave, key.public, bytes(signer.verify_key)))).signature
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"tested: {in_text(mark)}\n")
        file.flush()
        os.fsync(file.fileno())


def read_card(path: Path, wave: str) -> KeyCard:
    """Read a public file. BadInput: missing, no such file, another wave's, or without the mark of a trial opening."""
    where = Where(path.name)
    try:
        public, fields = read_public_key(path, wave), read_fields(path, PUBLIC_TITLE)
    except KeyFault as fault:
        raise BadInput(fault.rule, where=where, next_step=say("key.public_step")) from None
    try:
        card = KeyCard(wave, public, from_text(fields["receipts"]))
        VerifyKey(card.receipts).verify(_claim(card), from_text(fields["tested"]))
    except (KeyError, ValueError, BadSignatureError):
        raise BadInput(say("key.untested"), where=where, next_step=say("key.untested_step", wave=wave)) from None
    return card


def _claim(card: KeyCard) -> bytes:
    return b"anxin: a test envelope was opened\n" + card.wave.encode() + b"\n" + card.public + card.receipts
