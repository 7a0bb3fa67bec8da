"""PDFs that carry codes: encrypted in memory, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from io import BytesIO
from pathlib import Path

from survey.codes import ALPHABET

LENGTH, PER_GROUP = 20, 5  # 20 characters of 32: 100 bits


def new_passphrase() -> str:
    """Four groups of five lower-case characters, none of which is taken for another: 100 bits."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)).lower()
    return "-".join(drawn[start : start + PER_GROUP] for start in range(0, LENGTH, PER_GROUP))


def encrypt_pdf(pdf: bytes, passphrase: str) -> bytes:
    """The same pages, AES-256 (PDF 2.0), opened by this passphrase only."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.encrypt(passphrase, algorithm="AES-256")
    sealed = BytesIO()
    writer.write(sealed)
    return sealed.getvalue()


def write_whole(path: Path, content: bytes) -> None:
    """Write to a neighbour and rename, readable by its owner only: nobody ever sees half a file."""
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
