"""Replies and their headers: nothing is kept, nothing is loaded from elsewhere, nothing is told to others."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from survey.web.pages import asset

Header = tuple[bytes, bytes]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
FORGET = (b"clear-site-data", b'"cache", "cookies", "storage"')


@dataclass(frozen=True)
class Reply:
    """`headers` beside those that every reply has."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()


def source_hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def fixed_headers() -> tuple[Header, ...]:
    """Style and script are known by their hash; form and script may speak to this origin only."""
    policy = (
        f"default-src 'none'; style-src {source_hash(asset('form.css'))}; script-src {source_hash(asset('form.js'))}; "
        "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    texts = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    return tuple((name.encode(), value.encode()) for name, value in texts.items())


async def send_reply(send: Send, reply: Reply, *, with_body: bool = True) -> None:
    length = (b"content-length", str(len(reply.body)).encode())
    headers = [*fixed_headers(), *reply.headers, length]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})


def accepts_gzip(headers: Iterable[Header]) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in headers)
