"""The form's process: its workers, and the wave that is on."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from survey.instrument import Instrument, load_instrument
from survey.intake import Intake, open_intake, read_wave
from survey.intake.labels import OPEN
from survey.problems import WaveFault
from survey.settings import SurveySettings, survey_settings
from survey.web.app import answer_with, live
from survey.web.patience import PatientProtocol
from survey.web.replies import Receive, Send
from survey.web.site import Site, build_site

CONNECTIONS = 2_000  # per worker
LOOK_EVERY = 5  # seconds until a wave that was opened meanwhile is noticed
PR_SET_DUMPABLE = 4  # of Linux's prctl
Scope = dict[str, Any]


@dataclass
class Desk:
    """The form of whichever wave is on. A wave that is opened later is found without a restart."""

    intake: Intake
    settings: SurveySettings
    site: Site | None = None
    looked: float = field(default=-LOOK_EVERY)

    def current(self) -> Site:
        if self.site is None or time.monotonic() - self.looked > LOOK_EVERY:
            self.looked = time.monotonic()
            wave = current_wave(self.intake)
            if self.site is None or self.site.wave != wave:
                self.site = build_site(self.intake, instrument_of(self.intake, wave), wave, self.settings)
        return self.site


def current_wave(intake: Intake) -> str:
    """The open wave that opened last; where none is open, the one that was; "" where there never was one."""
    found = [state for wave in intake.store.waves() if (state := look_up(intake, wave))]
    return max(found, default=(False, None, ""))[2]


def look_up(intake: Intake, wave: str) -> tuple[bool, Any, str] | None:
    try:
        state = read_wave(intake, wave)
    except WaveFault:
        return None
    return state.state == OPEN, state.opens, wave


def instrument_of(intake: Intake, wave: str) -> Instrument:
    """The instrument that the wave was opened with; the term survey where there is no wave, or it was wiped."""
    text = read_wave(intake, wave).instrument_json if wave else ""
    return Instrument.from_json(text) if text else load_instrument()


def leave_no_core() -> None:
    """A crash writes no memory to a disk: codes and answers pass through it. On Linux not even a handler gets it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def build_current_app() -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The app that every worker builds for itself from the environment."""
    leave_no_core()
    settings = survey_settings()
    desk = Desk(open_intake(), settings)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(desk.current, receive, send)
        else:
            await answer_with(desk.current(), scope, receive, send)

    return app


def serve(host: str, port: int, workers: int) -> None:
    """Serve until stopped. No access log, no server's name; errors by their kind only."""
    uvicorn.run(
        "survey.web.serve:build_current_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=PatientProtocol,
        ws="none",
        access_log=False,
        proxy_headers=bool(os.environ.get("FORWARDED_ALLOW_IPS")),  # else anyone could choose an address to guess from
        log_level="warning",
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=20,
        limit_concurrency=CONNECTIONS,
        backlog=512,
    )
