"""HTTP/1.1 with limits on a request's head: how long it may take, and how large it may be. uvicorn has neither."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_WITHIN = 15.0  # seconds from the first byte, or from connecting, to the end of the headers
LONGEST_HEAD = 8_192  # bytes of address and headers


class HeadTooLong(Exception):
    """Raised inside the parser, which makes it an invalid request."""


class PatientProtocol(HttpToolsProtocol):
    """Ends a connection whose headers don't come, and refuses headers that are too long or don't end."""

    waiting: asyncio.TimerHandle | None = None
    in_head = True
    head_received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.wait_for_headers()

    def data_received(self, data: bytes) -> None:
        if self.in_head:
            self.head_received += len(data)
        super().data_received(data)
        self.check_head()
        under_way = self.cycle is not None and not self.cycle.response_complete
        if under_way:
            self.stop_waiting()
        elif self.waiting is None:
            self.wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        self.in_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > LONGEST_HEAD:
            raise HeadTooLong
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.in_head, self.head_received = True, 0

    def check_head(self) -> None:
        """The parser shows a header when it is whole; of one that never ends only the bytes received can tell."""
        if self.in_head and self.head_received > LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")

    def wait_for_headers(self) -> None:
        self.waiting = self.loop.call_later(HEADERS_WITHIN, self.transport.close)

    def stop_waiting(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None
