"""The bundle: a closed wave's envelopes as one file, carried from the survey host to the analysis host.

    "anxin bundle 1\n" · length of the header (4 bytes) · header (JSON) · sheets · apart · sha256 of all before

Envelopes are ciphertexts of one fixed length a kind, so a place in the file is all that tells them apart. The header
says what the carrier may know: the wave, its instrument and public key, and how many envelopes there are (the file's
size tells that anyway). How many codes each class has spent is needed to reconcile and is nobody's business on the
way: it travels sealed (`participation`), as one more box for the wave's key.

The hash finds accidents. It can't find someone who writes another bundle altogether, for everyone may seal to a public
key; that bundle's receipt doesn't fit, and the survey host wipes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from pipelines.files.whole import write_whole
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.words import say
from survey.sealing import APART_LENGTH, SHEET_LENGTH

MAGIC = b"anxin bundle 1\n"
FAMILY = b"anxin bundle "
LARGEST_HEADER = 64 << 20  # bytes; a city's header has some 5 MB
DIGEST = 32
CHUNK = 1 << 20

Part = Literal["sheets", "apart"]


@dataclass(frozen=True)
class Header:
    """What stands before the envelopes. Lengths in bytes; `instrument` is the whole instrument as JSON.

    `closes`: the wave's last day, from which the days until the answers are destroyed are counted.
    """

    wave: str
    closes: str
    public: bytes
    instrument_hash: str
    instrument: str
    participation: bytes
    sheets: int
    sheet_length: int
    apart: int
    apart_length: int

    def shape(self, part: Part) -> tuple[int, int]:
        """(number, length) of the envelopes of one part."""
        return (self.sheets, self.sheet_length) if part == "sheets" else (self.apart, self.apart_length)


@dataclass(frozen=True)
class Bundle:
    """A bundle whose length and hash were found right; `start` is the place of the first envelope."""

    path: Path
    header: Header
    start: int
    digest: str


def write_bundle(path: Path, header: Header, sheets: Iterable[bytes], apart: Iterable[bytes]) -> str:
    """Write a bundle as it streams by, whole or not at all; returns its sha256 in hex.

    CannotDo where the disk refuses, or where envelopes are not as many and as long as the header says.
    """
    with write_whole(path) as file:
        digest = hashlib.sha256()
        words = _header_bytes(header)
        for piece in (MAGIC, len(words).to_bytes(4, "big"), words):
            _write(file, digest, piece)
        for part, envelopes in (("sheets", sheets), ("apart", apart)):
            number, length = header.shape(part)  # type: ignore[arg-type]
            _write_envelopes(file, digest, envelopes, number, length, path)
        file.write(digest.digest())
    return digest.hexdigest()


def _write_envelopes(
    file: BinaryIO, digest: Any, envelopes: Iterable[bytes], number: int, length: int, path: Path
) -> None:
    written = 0
    for written, envelope in enumerate(envelopes, start=1):  # noqa: B007
        if len(envelope) != length:
            raise _uneven(path)
        _write(file, digest, envelope)
    if written != number:
        raise _uneven(path)


def _uneven(path: Path) -> CannotDo:
    return CannotDo(say("bundle.uneven"), where=Where(path.name), next_step=say("bundle.uneven_step"))


def _write(file: BinaryIO, digest: Any, piece: bytes) -> None:
    file.write(piece)
    digest.update(piece)


def open_bundle(path: Path) -> Bundle:
    """Look at a bundle and check all of it. BadInput: missing, not a bundle, of a later version, cut short, altered."""
    try:
        with path.open("rb") as file:
            header, start = _read_header(file, path)
            _check_size(path, header, start)
            return Bundle(path, header, start, _check_digest(file, path))
    except FileNotFoundError:
        raise BadInput(say("file.missing"), where=Where(path.name), next_step=say("file.missing_step")) from None


def is_bundle(path: Path) -> bool:
    """Whether a file says of itself that it is a bundle, of any version."""
    try:
        with path.open("rb") as file:
            return file.read(len(FAMILY)) == FAMILY
    except OSError:
        return False


def read_envelopes(bundle: Bundle, part: Part) -> Iterator[bytes]:
    """The envelopes of one part in an order drawn anew; memory: 8 bytes an envelope."""
    number, length = bundle.header.shape(part)
    start = bundle.start + (bundle.header.sheets * bundle.header.sheet_length if part == "apart" else 0)
    with bundle.path.open("rb") as file:
        for place in random_order(number):
            file.seek(start + int(place) * length)
            yield file.read(length)


def random_order(number: int) -> np.ndarray:
    """The numbers 0 … n-1 in an order drawn from the system's random source."""
    return np.argsort(np.frombuffer(secrets.token_bytes(8 * number), dtype=np.uint64), kind="stable")


def _header_bytes(header: Header) -> bytes:
    words = {name: _text(value) if isinstance(value, bytes) else value for name, value in asdict(header).items()}
    return json.dumps(words, ensure_ascii=False, sort_keys=True).encode()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _read_header(file: BinaryIO, path: Path) -> tuple[Header, int]:
    """(header, place of the first envelope)."""
    where = Where(path.name)
    magic = file.read(len(MAGIC))
    if magic.startswith(FAMILY) and magic != MAGIC:
        raise BadInput(say("bundle.version"), where=where, next_step=say("bundle.version_step"))
    if magic != MAGIC:
        raise BadInput(say("bundle.not_one"), where=where, next_step=say("bundle.not_one_step"))
    length = int.from_bytes(file.read(4), "big")
    words = file.read(length) if length <= LARGEST_HEADER else b""
    try:
        return _header(words), len(MAGIC) + 4 + length
    except (ValueError, TypeError, KeyError, RecursionError):  # the last: brackets within brackets without end
        raise _broken(path) from None


def _header(words: bytes) -> Header:
    """ValueError or TypeError for anything that `_header_bytes` never wrote."""
    document = json.loads(words.decode("utf-8"))
    for name in ("public", "participation"):
        document[name] = base64.b64decode(document[name], validate=True)
    header = Header(**document)
    kinds = {"bytes": bytes, "str": str, "int": int}
    if any(type(getattr(header, field.name)) is not kinds[str(field.type)] for field in fields(header)):
        raise TypeError("a value of another kind")
    date.fromisoformat(header.closes)
    if min(header.sheets, header.apart) < 0:
        raise ValueError("no such numbers")
    # Envelopes of one byte each would make a small file cost hours of opening.
    if (header.sheet_length, header.apart_length) != (SHEET_LENGTH, APART_LENGTH):
        raise ValueError("this version seals no such envelopes")
    return header


def _check_size(path: Path, header: Header, start: int) -> None:
    body = header.sheets * header.sheet_length + header.apart * header.apart_length
    if path.stat().st_size != start + body + DIGEST:
        raise _broken(path)


def _check_digest(file: BinaryIO, path: Path) -> str:
    file.seek(0)
    left, digest = path.stat().st_size - DIGEST, hashlib.sha256()
    while left > 0 and (piece := file.read(min(CHUNK, left))):
        digest.update(piece)
        left -= len(piece)
    if not secrets.compare_digest(file.read(DIGEST), digest.digest()):
        raise _broken(path)
    return digest.hexdigest()


def _broken(path: Path) -> BadInput:
    return BadInput(say("bundle.broken"), where=Where(path.name), next_step=say("bundle.broken_step"))
