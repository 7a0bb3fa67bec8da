"""Sealed envelopes and the keys that open them.

A libsodium sealed box (X25519, XSalsa20-Poly1305) over a payload padded to one length for everybody makes a sheet
unreadable before it is stored. Key files are text, fit to be printed on a recovery sheet. In the private one Argon2id
turns the passphrase into a key and a SecretBox holds the private key; the wave and the public key stand inside it too,
so that a header changed by hand doesn't go unnoticed.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from nacl import bindings, pwhash, secret, utils
from nacl.exceptions import CryptoError

from survey.problems import KeyFault, SheetFault
from survey.sheets import Apart, Sheet, decode_apart, decode_sheet, encode_apart, encode_sheet

__all__ = [
    "APART_LENGTH",
    "SHEET_LENGTH",
    "Apart",
    "KeyPair",
    "Sheet",
    "decode_apart",
    "decode_sheet",
    "encode_apart",
    "encode_sheet",
    "new_key",
    "read_private_key",
    "read_public_key",
    "seal",
    "unseal",
    "write_private_key",
    "write_public_key",
]

SHEET_LENGTH = 512  # bytes of ciphertext; about twice what the term survey needs
APART_LENGTH = 256
PRIVATE_TITLE = "anxin private key 1"
PUBLIC_TITLE = "anxin public key 1"
TRY_AGAIN = "type it again; if the file itself was damaged, restore it from a recovery sheet"
MOST_MEMORY = 2**30  # bytes: a hostile file must not make us ask for more


@dataclass(frozen=True)
class Effort:
    """What one guess of the passphrase costs: passes, and bytes of memory."""

    passes: int = pwhash.argon2id.OPSLIMIT_MODERATE
    memory: int = pwhash.argon2id.MEMLIMIT_MODERATE


MODERATE = Effort()  # 256 MiB, about a second
LEAST = Effort(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)  # for tests only


@dataclass(frozen=True)
class KeyPair:
    """X25519: both 32 bytes."""

    private: bytes
    public: bytes

    def __repr__(self) -> str:
        return "KeyPair(…)"  # a key never reaches a log


def new_key() -> KeyPair:
    public, private = bindings.crypto_box_keypair()
    return KeyPair(private, public)


def seal(public: bytes, payload: bytes, length: int) -> bytes:
    """`length` bytes that only the private key opens. SheetFault if the payload doesn't fit."""
    room = length - bindings.crypto_box_SEALBYTES
    if len(payload) >= room:
        raise SheetFault(f"a sheet of {len(payload)} bytes doesn't fit an envelope of {length}")
    return bindings.crypto_box_seal(payload + b"\x80" + bytes(room - len(payload) - 1), public)


def unseal(key: KeyPair | bytes, ciphertext: bytes) -> bytes:
    """The payload. SheetFault for another key, or an envelope that was changed by a single bit."""
    private = key.private if isinstance(key, KeyPair) else key
    try:
        public = bindings.crypto_scalarmult_base(private)
        padded = bindings.crypto_box_seal_open(ciphertext, public, private)
    except (CryptoError, TypeError, ValueError):
        raise SheetFault("an envelope can't be opened with this key") from None
    return padded.rstrip(b"\0")[:-1]


def write_private_key(path: Path, key: KeyPair, passphrase: str, wave: str, effort: Effort = MODERATE) -> None:
    """A new file, for its owner only. KeyFault if the file exists or there is no passphrase."""
    if not passphrase:
        raise KeyFault("a private key needs a passphrase", where=Path(path).name)
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    inside = key.private + key.public + wave.encode()
    box = secret.SecretBox(stretch(passphrase, salt, effort)).encrypt(inside)
    fields = {
        "wave": wave,
        "public": in_text(key.public),
        "passes": str(effort.passes),
        "memory": str(effort.memory),
        "salt": in_text(salt),
        "box": in_text(box),
    }
    write_new(Path(path), render_fields(PRIVATE_TITLE, fields))


def read_private_key(path: Path, passphrase: str, wave: str | None = None) -> KeyPair:
    """The pair. KeyFault: not such a file, a changed one, the wrong passphrase, or another wave's key."""
    name = Path(path).name
    fields = read_fields(Path(path), PRIVATE_TITLE)
    try:
        effort = Effort(int(fields["passes"]), int(fields["memory"]))
        if effort.memory > MOST_MEMORY:
            raise KeyFault("this file asks for more memory than any key of ours", where=name)
        stretched = stretch(passphrase, from_text(fields["salt"]), effort)
        inside = secret.SecretBox(stretched).decrypt(from_text(fields["box"]))
    except CryptoError:
        rule = "the passphrase is wrong, or the file was changed"
        raise KeyFault(rule, where=name, next_step=TRY_AGAIN) from None
    except (KeyError, ValueError, TypeError):
        raise KeyFault("the key file isn't whole", where=name) from None
    key, owner = KeyPair(inside[:32], inside[32:64]), inside[64:].decode()
    if owner != fields["wave"] or in_text(key.public) != fields["public"]:
        raise KeyFault("the key file was changed", where=name)
    check_wave(owner, wave, name)
    return key


def write_public_key(path: Path, key: KeyPair | bytes, wave: str) -> None:
    """A new file; its last line is a check against a slip of the pen."""
    public = key.public if isinstance(key, KeyPair) else key
    fields = {"wave": wave, "public": in_text(public), "check": check_of(public, wave)}
    write_new(Path(path), render_fields(PUBLIC_TITLE, fields))


def read_public_key(path: Path, wave: str | None = None) -> bytes:
    """32 bytes. KeyFault: not such a file, a mistyped one, or another wave's key."""
    name = Path(path).name
    fields = read_fields(Path(path), PUBLIC_TITLE)
    try:
        public, owner, check = from_text(fields["public"]), fields["wave"], fields["check"]
    except (KeyError, ValueError):
        raise KeyFault("the key file isn't whole", where=name) from None
    if len(public) != 32 or check_of(public, owner) != check:
        raise KeyFault("the key file was changed or mistyped", where=name)
    check_wave(owner, wave, name)
    return public


def check_wave(owner: str, wave: str | None, name: str) -> None:
    if wave is not None and owner != wave:
        raise KeyFault(f"this key belongs to wave {owner}, not {wave}", where=name)


def stretch(passphrase: str, salt: bytes, effort: Effort) -> bytes:
    size = secret.SecretBox.KEY_SIZE
    return pwhash.argon2id.kdf(size, passphrase.encode(), salt, opslimit=effort.passes, memlimit=effort.memory)


def check_of(public: bytes, wave: str) -> str:
    return hashlib.sha256(public + wave.encode()).hexdigest()[:8]


def in_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def from_text(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def render_fields(title: str, fields: dict[str, str]) -> str:
    return "\n".join([title, *(f"{name}: {value}" for name, value in fields.items())]) + "\n"


def read_fields(path: Path, title: str) -> dict[str, str]:
    """The file's fields by name; KeyFault if it can't be read or has another title."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise KeyFault("the key file can't be read", where=path.name) from None
    if not lines or lines[0].strip() != title:
        raise KeyFault(f"the file doesn't begin with '{title}'", where=path.name)
    pairs = (line.partition(":") for line in lines[1:] if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def write_new(path: Path, text: str) -> None:
    """A file for its owner only, on the disk when this returns; never over another one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFault("there is such a file already; a key is never overwritten", where=path.name) from None
    except OSError:
        raise KeyFault("the key file can't be written", where=path.name) from None
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
