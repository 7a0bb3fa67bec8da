"""A school's slow line to the outside: a proxy on the loopback that everything of a class goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 1_400  # bytes, about a packet


@dataclass
class Line:
    """`delay`: seconds in each direction. `pace`: bytes a second in each direction, shared by all connections."""

    delay: float
    pace: float
    free_at: dict[str, float] = field(default_factory=dict)

    def arrival(self, direction: str, size: int, now: float) -> float:
        """When so many bytes, sent now, have come through behind everybody else's."""
        start = max(now, self.free_at.get(direction, 0.0))
        self.free_at[direction] = start + size / self.pace
        return self.free_at[direction] + self.delay


@asynccontextmanager
async def slow_line(port: int, line: Line) -> AsyncIterator[int]:
    """The proxy's port; what connects there speaks with `port` over the line."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * line.delay)  # the handshake
        there, back = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):
            await asyncio.gather(carry(line, "out", reader, back), carry(line, "in", there, writer))

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def carry(line: Line, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Every packet in order, each at its time; then the end."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    delivering = asyncio.create_task(deliver(under_way, writer))
    while data := await reader.read(CHUNK):
        under_way.put_nowait((line.arrival(direction, len(data), loop.time()), data))
    under_way.put_nowait((loop.time() + line.delay, b""))
    await delivering


async def deliver(under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        at, data = await under_way.get()
        await asyncio.sleep(at - loop.time())
        if not data:
            writer.close()
            return
        writer.write(data)
