"""PDFs that carry codes: encrypted in memory, never written in the clear."""

from __future__ import annotations

import secrets
from io import BytesIO

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
