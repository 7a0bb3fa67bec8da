"""A small browser for ASGI apps: cookies, one request, one websocket handshake. No server, no port."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def cookies(self) -> list[str]:
        return [value for key, value in self.headers if key == "set-cookie"]


@dataclass
class Browser:
    """Keeps cookies between requests, as a browser would on one host."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        return self._send("GET", path, b"", headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> Reply:
        body = urlencode(form).encode()
        return self._send("POST", path, body, {"content_type": "application/x-www-form-urlencoded", **headers})

    def connect(self, path: str) -> list[dict[str, Any]]:
        """What a server answers to a websocket handshake."""
        return asyncio.run(_talk(self.app, self._scope("websocket", path, {}), {"type": "websocket.connect"}))

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        scope = self._scope("http", path, headers) | {"method": method}
        sent = asyncio.run(_talk(self.app, scope, {"type": "http.request", "body": body, "more_body": False}))
        pairs = [(name.decode().lower(), value.decode("latin-1")) for name, value in sent[0].get("headers", [])]
        reply = Reply(sent[0]["status"], pairs, b"".join(message.get("body", b"") for message in sent[1:]))
        for line in reply.cookies():
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None) if morsel["max-age"] == "0" else self.cookies.update({name: morsel.value})
        return reply

    def _scope(self, kind: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
        held = {"host": "testserver", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            held["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        split = urlsplit(path)
        return {
            "type": kind,
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http" if kind == "http" else "ws",
            "path": split.path,
            "raw_path": split.path.encode(),
            "query_string": split.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in held.items()],
            "client": ("10.0.0.1", 50000),
            "server": ("testserver", 80),
            "subprotocols": [],
        }


async def _talk(app: Any, scope: dict[str, Any], first: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    waiting = [first]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": f"{scope['type']}.disconnect", "code": 1000}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent
