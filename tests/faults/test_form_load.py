"""The form as it is deployed, when many come at once: a class on a slow line, a guesser among them, several workers."""

from __future__ import annotations

import asyncio
import random
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from form_server import Served, serve_form
from form_wave import CLASSES, FORMS, WAVE
from slow_line import Line, slow_line

from pipelines.bench.processes import resident_mb, tree_of
from pipelines.bench.students import Fields, Visit, ask, encode, fill_lab, read_fields, read_hidden, visit
from survey.codes import new_code
from survey.intake import issue_codes

CLASS = 55
POST = "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_form(tmp_path_factory.mktemp("load")) as held:
        yield held


def fields_of(served: Served, path: str) -> Fields:
    with urllib.request.urlopen(served.base + FORMS[path], timeout=20) as reply:
        return read_fields(reply.read())


def p95(visits: Sequence[Visit]) -> float:
    return sorted(one.whole for one in visits)[round(0.95 * len(visits)) - 1]


async def sit(port: int, path: str, codes: Sequence[str], form: Fields, seconds: float) -> list[Visit]:
    """Everyone comes at a moment of their own within so many seconds, and hands in without thinking."""
    moments = random.Random(1)

    async def come(code: str, moment: float) -> Visit:
        await asyncio.sleep(moment)
        return await visit(port, FORMS[path], code, form)

    return await asyncio.gather(*(come(code, moments.uniform(0, seconds)) for code in codes))


@pytest.mark.parametrize(
    ("path", "seconds", "kilobits"),
    [("b1", 5, 4_000), pytest.param("b2", 90, 1_000, marks=pytest.mark.long)],
)
def test_a_class_behind_one_slow_line_is_in(served: Served, path: str, seconds: float, kilobits: int) -> None:
    """55 students at one address: all stored, and 95 of 100 wait under two seconds for all three pages together."""
    line = Line(delay=0.05, pace=kilobits * 125)
    codes, form = served.wave.codes(path, CLASS), fields_of(served, path)

    async def sitting() -> list[Visit]:
        async with slow_line(served.port, line) as port:
            return await sit(port, path, codes, form, seconds)

    visits = asyncio.run(sitting())
    assert sum(one.stored for one in visits) == CLASS
    assert min(one.whole for one in visits) > 8 * line.delay + 14_000 / line.pace, "the line wasn't slow"
    assert p95(visits) < 2


@dataclass
class Guesser:
    """So many connections that try codes nobody has, each the next as soon as the last was answered."""

    served: Served
    path: str
    tries: int = 0

    async def guess(self, form: Fields) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        try:
            while True:
                body = form.encoded + b"&" + encode({**form.hidden, form.code: new_code()})
                self.tries += 1
                await ask(reader, writer, POST.format(FORMS[self.path], len(body)).encode() + body)
        finally:
            writer.close()


@pytest.mark.parametrize(
    ("path", "connections", "seconds"), [("b3", 100, 4), pytest.param("b4", 300, 30, marks=pytest.mark.long)]
)
def test_a_class_is_in_while_its_address_is_flooded(
    served: Served, path: str, connections: int, seconds: float
) -> None:
    """Guesses are answered late, and the class beside them isn't."""
    codes, form, guesser = served.wave.codes(path, CLASS), fields_of(served, path), Guesser(served, path)

    async def sitting() -> list[Visit]:
        guessing = [asyncio.create_task(guesser.guess(form)) for _ in range(connections)]
        await asyncio.sleep(1)  # the address has used up its budget by now
        visits = await sit(served.port, path, codes, form, seconds)
        for task in guessing:
            task.cancel()
        await asyncio.gather(*guessing, return_exceptions=True)
        return visits

    visits = asyncio.run(sitting())
    assert sum(one.stored for one in visits) == CLASS
    assert p95(visits) < (2 if connections < 200 else 20)
    assert guesser.tries < 40 + connections * (2 + seconds / 3), "the guesses weren't held up"


def sockets_of(pid: int) -> int:
    return sum(str(entry.readlink()).startswith("socket:") for entry in Path(f"/proc/{pid}/fd").iterdir())


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_one_code_at_two_workers_is_stored_once(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """30 different forms with one code at the same moment: one is taken; again it is taken by every worker."""
    url = request.getfixturevalue("postgres_url") if store == "postgresql" else ""
    with serve_form(tmp_path / "two", workers=2, url=url) as served:
        first, again = asyncio.run(post_everywhere(served, served.wave.codes("b5")[0]))
        assert sorted(first) == [303] + [409] * 29
        assert again == [303] * 30
        assert len(served.wave.sheets()) == 1


async def connect_to_both(served: Served) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """30 connections of which both workers have some; the kernel deals them out as it likes."""
    for _ in range(100):
        before = {pid: sockets_of(pid) for pid in tree_of(served.process.pid)}
        lines = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(30)]
        await asyncio.sleep(0.1)
        if sum(sockets_of(pid) > number for pid, number in before.items()) == 2:
            return lines
        for _, writer in lines:
            writer.close()
        await asyncio.sleep(0.1)
    raise AssertionError("only one worker had connections")


async def post_everywhere(served: Served, code: str) -> tuple[list[int], list[int]]:
    """Statuses of 30 forms with one code, and of the one that was taken sent 30 times."""
    lines = await connect_to_both(served)
    get = f"GET {FORMS['b5']} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    pages = [(await ask(*line, get)).body for line in lines]
    form = read_fields(pages[0])
    bodies = [form.encoded + b"&" + encode({**read_hidden(page), form.code: code}) for page in pages]

    async def post(line: tuple[asyncio.StreamReader, asyncio.StreamWriter], body: bytes) -> int:
        return (await ask(*line, POST.format(FORMS["b5"], len(body)).encode() + body)).status

    first = await asyncio.gather(*map(post, lines, bodies))
    winner = bodies[first.index(303)]
    again = await asyncio.gather(*(post(line, winner) for line in lines))
    for _, writer in lines:
        writer.close()
    return first, again


@pytest.mark.parametrize(
    ("sheets", "growth"), [(1_500, 5), pytest.param(50_000, 12, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])]
)
def test_a_worker_does_not_grow(served: Served, sheets: int, growth: float) -> None:
    """Whole visits over HTTP; measured after the first tenth (of the short form: third) and at the end."""
    codes = issue_codes(served.wave.intake, WAVE, CLASSES["b3"][1], sheets)
    part, sizes = max(500, sheets // 10), []
    for start in range(0, sheets, part):
        done = asyncio.run(fill_lab(served.port, FORMS["b3"], codes[start : start + part], 32))
        assert done["failures"] == 0
        sizes.append(resident_mb(served.process.pid))
    print(f"MB: {[round(size, 1) for size in sizes]}")
    assert sizes[-1] < 150
    assert sizes[-1] - sizes[0] < growth, sizes
