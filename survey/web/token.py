"""The form's token: a random nonce and the minute the page was asked for, under a MAC. Nothing of it is stored.

The nonce tells a retry of the same form from another form; the minute tells whether the form was filled too fast to
have been read. No MAC is ever made of answers: whoever holds the key could guess them offline.
"""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass

NONCE, MINUTE, MAC = 16, 4, 13
LENGTH = (NONCE + MINUTE + MAC) * 4 // 3  # 44 characters that urlencoding leaves alone
SECONDS_PER_ITEM = 2


@dataclass(frozen=True)
class Token:
    nonce: bytes
    minute: int  # since 1970, rounded to the nearest


def derive_key(pepper: bytes, wave: str) -> bytes:
    """A key of the form's own, the same for all workers of a wave."""
    return hmac.digest(pepper, f"form\0{wave}".encode(), "sha256")


def new_token(key: bytes, now: float) -> str:
    body = os.urandom(NONCE) + round(now / 60).to_bytes(MINUTE, "big")
    return urlsafe_b64encode(body + mac_of(key, body)).decode()


def read_token(key: bytes, text: str) -> Token | None:
    """The token as it was given out; None if anything else was sent."""
    if len(text) != LENGTH:
        return None
    try:
        raw = urlsafe_b64decode(text)
    except (Error, ValueError):
        return None
    body, mac = raw[: NONCE + MINUTE], raw[NONCE + MINUTE :]
    if urlsafe_b64encode(raw).decode() != text or not hmac.compare_digest(mac, mac_of(key, body)):
        return None
    return Token(body[:NONCE], int.from_bytes(body[NONCE:], "big"))


def mac_of(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:MAC]


def is_too_fast(token: Token, now: float, items: int) -> bool:
    """Under two seconds an item, give or take the half minute that the start was rounded by."""
    return now - token.minute * 60 < SECONDS_PER_ITEM * items
