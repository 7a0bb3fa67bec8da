"""Virtual students: `python -m pipelines.bench.students PORT PATH STUDENTS`, one typed code a line on standard input.

Each student gets the form, hands it in and reads the page after it, on a connection of its own, without thinking time;
then the next one sits down. Raw streams, and of every page but the first only its hidden fields are read, since a
comfortable client costs more than the server it measures. Prints {submissions, failures, seconds, p50_ms, p95_ms,
post_p95_ms, client_ms}, the last being the client's own processor time a visit.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote_plus

INPUT = re.compile(rb"<input\b[^>]*>")
HIDDEN = re.compile(rb"type=\"?hidden\b")
ATTRIBUTE = re.compile(rb"([a-z-]+)=(?:\"([^\"]*)\"|([^\s\">]+))")


@dataclass(frozen=True)
class Reply:
    """One HTTP reply; header names in lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass(frozen=True)
class Visit:
    """One student's way through the form, in seconds."""

    whole: float
    post: float
    stored: bool


@dataclass(frozen=True)
class Fields:
    """What a form's page asks for: hidden fields as they came, an answer to each question, where the code goes."""

    hidden: dict[str, str]
    answers: dict[str, str]
    code: str

    @cached_property
    def encoded(self) -> bytes:
        """The answers as they are sent."""
        return encode(self.answers)


def read_fields(page: bytes) -> Fields:
    """The fields of a form's page; each question is answered with its second option, the first being "no answer"."""
    hidden: dict[str, str] = {}
    options: dict[str, list[str]] = {}
    code = "code"
    for tag in INPUT.findall(page):
        found = {name: quoted or bare for name, quoted, bare in ATTRIBUTE.findall(tag)}
        name, value = found.get(b"name", b"").decode(), found.get(b"value", b"").decode()
        if found.get(b"type") == b"hidden":
            hidden[name] = value
        elif found.get(b"type") == b"radio":
            options.setdefault(name, []).append(value)
        elif found.get(b"id") == b"code":
            code = name
    return Fields(hidden, {name: values[min(1, len(values) - 1)] for name, values in options.items()}, code)


def read_hidden(page: bytes) -> dict[str, str]:
    """The hidden fields alone: what differs from page to page."""
    tags = (page[page.rindex(b"<", 0, at.start()) : page.index(b">", at.end())] for at in HIDDEN.finditer(page))
    pairs = ({name: quoted or bare for name, quoted, bare in ATTRIBUTE.findall(tag)} for tag in tags)
    return {found[b"name"].decode(): found.get(b"value", b"").decode() for found in pairs}


def encode(fields: dict[str, str]) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items()).encode()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Reply:
    """Send a request and read its reply; the body must have a declared length."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status, *lines = head[:-4].split(b"\r\n")
    pairs = (line.split(b":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
    if headers.get(b"content-encoding") == b"gzip":
        body = zlib.decompress(body, wbits=31)
    return Reply(int(status.split()[1]), headers, body)


async def visit(port: int, path: str, code: str, form: Fields) -> Visit:
    """GET the form, POST the answers, GET the page it leads to."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    host = f"Host: 127.0.0.1:{port}\r\n".encode()
    try:
        get = b"GET " + path.encode() + b" HTTP/1.1\r\n" + host + b"Accept-Encoding: gzip\r\n\r\n"
        hidden = read_hidden((await ask(reader, writer, get)).body)
        body = form.encoded + b"&" + encode({**hidden, form.code: code})
        head = b"POST " + path.encode() + b" HTTP/1.1\r\n" + host
        head += b"Content-Type: application/x-www-form-urlencoded\r\n"
        posted = time.perf_counter()
        reply = await ask(reader, writer, head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        post = time.perf_counter() - posted
        if reply.status == 303:
            done = b"GET " + reply.headers[b"location"] + b" HTTP/1.1\r\n" + host + b"Accept-Encoding: gzip\r\n\r\n"
            reply = await ask(reader, writer, done)
        return Visit(time.perf_counter() - started, post, reply.status == 200)
    finally:
        writer.close()


async def sit_in(port: int, path: str, codes: Iterator[str], form: Fields) -> list[Visit]:
    """One seat of the lab: a student after another, until the codes are used up."""
    return [await visit(port, path, code, form) for code in codes]


async def fill_lab(port: int, path: str, codes: list[str], seats: int) -> dict[str, float]:
    """The summary of all visits."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    first = await ask(reader, writer, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    writer.close()
    form = read_fields(first.body)
    queue, started, before = iter(codes), time.perf_counter(), time.process_time()
    lab = await asyncio.gather(*(sit_in(port, path, queue, form) for _ in range(seats)))
    visits = [one for seat in lab for one in seat]
    return summary(visits, time.perf_counter() - started, time.process_time() - before)


def summary(visits: list[Visit], seconds: float, own_seconds: float) -> dict[str, float]:
    whole, post = sorted(one.whole for one in visits), sorted(one.post for one in visits)
    rank = max(0, round(0.95 * len(visits)) - 1)
    return {
        "submissions": sum(one.stored for one in visits),
        "failures": sum(not one.stored for one in visits),
        "seconds": seconds,
        "p50_ms": 1000 * whole[len(whole) // 2],
        "p95_ms": 1000 * whole[rank],
        "post_p95_ms": 1000 * post[rank],
        "client_ms": 1000 * own_seconds / len(visits),
    }


if __name__ == "__main__":
    port, path, seats = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    codes = [line.strip() for line in sys.stdin if line.strip()]
    print(json.dumps(asyncio.run(fill_lab(port, path, codes, seats))))
