"""The receipt: the analysis host tells the survey host, signed, which bundle it opened and what came of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from pipelines.files.whole import write_whole
from pipelines.problems import BadInput, Where
from pipelines.words import say

KIND, FORMAT = "anxin receipt", 1


@dataclass(frozen=True)
class Receipt:
    """What was loaded of one bundle: sheets = accepted + rejected, and the same of what is kept apart.

    bundle: the bundle's sha256, 64 hex digits. No count is of anything smaller than the whole wave.
    """

    wave: str
    bundle: str
    sheets: int
    accepted: int
    rejected: int
    apart: int
    apart_accepted: int
    apart_rejected: int

    @property
    def reconciles(self) -> bool:
        return (self.sheets, self.apart) == (self.accepted + self.rejected, self.apart_accepted + self.apart_rejected)


def write_receipt(path: Path, receipt: Receipt, key: SigningKey) -> None:
    """Write the signed receipt, whole or not at all."""
    document = {
        "kind": KIND,
        "format": FORMAT,
        **asdict(receipt),
        "signature": key.sign(_signed(receipt)).signature.hex(),
    }
    with write_whole(path) as file:
        file.write((json.dumps(document, indent=1) + "\n").encode())


def read_receipt(path: Path, verify: bytes) -> Receipt:
    """Read a receipt and check its signature. BadInput: no receipt, or not signed by the key of this wave."""
    where = Where(path.name)
    document = _read_document(path)
    types = {field.name: int if field.type == "int" else str for field in fields(Receipt)}
    if document.get("kind") != KIND or any(type(document.get(name)) is not kind for name, kind in types.items()):
        raise BadInput(say("receipt.not_one"), where=where, next_step=say("receipt.step"))
    receipt = Receipt(**{name: document[name] for name in types})
    try:
        VerifyKey(verify).verify(_signed(receipt), bytes.fromhex(str(document.get("signature"))))
    except (BadSignatureError, ValueError):
        raise BadInput(say("receipt.forged"), where=where, next_step=say("receipt.step")) from None
    return receipt


def _signed(receipt: Receipt) -> bytes:
    return json.dumps({"kind": KIND, "format": FORMAT, **asdict(receipt)}, sort_keys=True).encode()


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(say("file.missing"), where=Where(path.name), next_step=say("file.missing_step")) from None
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
