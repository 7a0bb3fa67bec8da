"""Simulated students at the real form: a server of its own, a code each, GET and POST over HTTP.

`python tests/form_students.py WAVE RESPONSES APART NUMBER` on the survey host; prints how many reached the last page.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from postgres_server import free_port

from pipelines.bench.students import Reply, ask, encode, read_fields
from pipelines.waves.rehearsal import build_sheets, read_rows
from survey.instrument import Instrument
from survey.intake import HandIn, close_intake, open_intake, read_wave
from survey.web.fields import BLANK, CODE, NOT_CHOSEN, TAKE_PART, TAKES_PART, Field, build_screens, fields_of
from survey.web.pages import BAND_PATHS

SEATS = 8


def main(wave: str, responses: str, apart: str, number: int) -> int:
    intake = open_intake()
    instrument = Instrument.from_json(read_wave(intake, wave).instrument_json)
    sheets = list(build_sheets(intake, wave, read_rows(Path(responses))[:number], read_rows(Path(apart))))
    close_intake(intake)
    with served() as port:
        return asyncio.run(fill_lab(port, instrument, sheets))


@contextmanager
def served() -> Iterator[int]:
    """The form's port, while it is served; the server is gone when the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "pipelines.cli", "survey", "serve", "--port", str(port)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the form's server ended"
        try:
            urlopen(address, timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the form's server didn't answer")


async def fill_lab(port: int, instrument: Instrument, sheets: list[HandIn]) -> int:
    fields = {band: fields_of(build_screens(instrument, band, frozenset())) for band in instrument.bands}
    queue = iter(sheets)
    seats = [sit_in(port, instrument, fields, queue) for _ in range(SEATS)]
    return sum(await asyncio.gather(*seats))


async def sit_in(
    port: int, instrument: Instrument, fields: Mapping[str, Mapping[str, Field]], queue: Iterator[HandIn]
) -> int:
    done = 0
    for sheet in queue:
        path = f"/{sheet.school_id}/{BAND_PATHS[instrument.bands.index(sheet.band)]}"
        done += await hand_in(port, path, sheet, fields[sheet.band])
    return done


async def hand_in(port: int, path: str, sheet: HandIn, fields: Mapping[str, Field]) -> bool:
    """GET the form, POST the sheet; whether it ended at the receipt."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        host = f"Host: 127.0.0.1:{port}\r\n"
        page: Reply = await ask(reader, writer, f"GET {path} HTTP/1.1\r\n{host}\r\n".encode())
        body = encode({**read_fields(page.body).hidden, **filled(sheet, fields)})
        head = f"POST {path} HTTP/1.1\r\n{host}Content-Type: application/x-www-form-urlencoded\r\n"
        reply = await ask(reader, writer, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return reply.status == 303
    finally:
        writer.close()


def filled(sheet: HandIn, fields: Mapping[str, Field]) -> dict[str, str]:
    """The sheet as the form sends it."""
    said = {**sheet.answers, **sheet.apart}
    if not said["take_part"]:
        return {CODE: sheet.code, TAKE_PART: BLANK, **dict.fromkeys(fields, NOT_CHOSEN)}
    chosen = {name: value_of(held, said.get(held.column)) for name, held in fields.items()}
    return {CODE: sheet.code, TAKE_PART: TAKES_PART, **chosen}


def value_of(held: Field, answer: object) -> str:
    return next((value for value, meaning in held.means.items() if meaning == answer), NOT_CHOSEN)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:4], int(sys.argv[4]))))
