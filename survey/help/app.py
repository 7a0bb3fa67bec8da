"""The help slip's pages, an ASGI app of its own under /help-slip/. No cookie, no session, no log of what is said."""

from __future__ import annotations

import asyncio
import logging
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from survey.codes import is_wellformed, new_code, normalise, printed
from survey.help.adults import Door, read_door
from survey.help.letters import OTHER_LIMIT, TEXT_LIMIT, Letter, seal_slip
from survey.help.limits import Limits
from survey.help.pages import ASSETS, ROOT, read_asset, render_page
from survey.help.store import help_url, open_store, read_received, write_slip
from survey.problems import NotSaved
from survey.settings import SurveySettings

BODY_LIMIT = 32_768  # 1,100 characters of three bytes, each written as %XX, and room to spare
FIELDS = 60
SLOWEST_BODY = 20  # seconds: a body that never ends would hold its connection for ever
STRETCHED_AT_ONCE = 4  # receipt codes under Argon2id, 16 MiB each: a crowd waits its turn instead of filling the memory
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
FORGET = {"Clear-Site-Data": '"cache", "storage"'}
log = logging.getLogger("anxin.help")


@dataclass(frozen=True)
class Desk:
    """What the pages work with; `today` is a function, so that a test can choose the day."""

    store: Engine
    limits: Limits = field(default_factory=Limits)
    today: Callable[[], date] = date.today
    address: str = "http://127.0.0.1:8100"  # what stands on the slips
    stretching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STRETCHED_AT_ONCE))


def build_help_app(settings: SurveySettings) -> ASGIApp:
    """The app over the store that the settings name."""
    return build_app(Desk(open_store(help_url(settings)), address=settings.survey_url))


def build_app(desk: Desk) -> ASGIApp:
    """The app over a desk. It answers with or without its prefix in the path, however it is mounted."""
    school = ROOT + "/{school:str}"
    inner = Starlette(
        routes=[
            *(Route(f"{ROOT}/{name}", partial(send_asset, name)) for name in ASSETS),
            Route(school, partial(show_form, desk)),
            Route(school, partial(take_slip, desk), methods=["POST"]),
            Route(f"{school}/answer", partial(ask_code, desk)),
            Route(f"{school}/answer", partial(show_answer, desk), methods=["POST"]),
        ],
        exception_handlers={404: show_nothing, 405: show_nothing, Exception: show_failure},
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"] if scope["path"].startswith(f"{ROOT}/") else ROOT + scope["path"]
            path = path.rstrip("/")  # Starlette would redirect, without our headers, to the host that the request names
            query = scope["query_string"].decode("ascii", "ignore").encode()  # other bytes would break Starlette
            scope = {**scope, "path": path, "query_string": query}
        try:
            await inner({**scope, "root_path": ""}, receive, send)
        except Exception as error:  # the child has had its page; a log with values could hold what was written
            log.error("a help page failed: %s", type(error).__name__)

    return app


async def send_asset(name: str, _request: Request) -> Response:
    return Response(read_asset(name), headers={**HEADERS, "Content-Type": ASSETS[name]})


async def show_nothing(request: Request, _error: Exception) -> Response:
    """Any address that isn't one: numbers that anyone may call."""
    return reply(request, "phones", None, 404, reason="unknown")


async def show_failure(request: Request, _error: Exception) -> Response:
    """Our own fault: whom to call instead."""
    return reply(request, "phones", None, 500, reason="not_read")


async def show_form(desk: Desk, request: Request) -> Response:
    """The form, or telephone numbers where a school's door is not open."""
    door = await find_door(desk, request)
    if isinstance(door, Response):
        return door
    return refuse_closed(request, door) or form(request, door, new_code())


async def take_slip(desk: Desk, request: Request) -> Response:
    """Seal and keep a slip. Whatever goes wrong, the child gets back what was written, and whom to call."""
    door = await find_door(desk, request)
    if isinstance(door, Response):
        return door
    if closed := refuse_closed(request, door):
        return closed
    given = await read_form(request)
    if given is None or is_foreign(request):
        return form(request, door, new_code(), 400, problem="refused")
    code, text, reach, chosen = read_slip(given, door)
    again = partial(form, request, door, code, text=text, reach=reach, chosen=chosen)
    if problem := check_slip(text, reach, chosen):
        return again(422, problem=problem)
    if not desk.limits.may_write(address(request), door.school_id):
        return again(429, problem="busy")
    desk.limits.note_slip(address(request), door.school_id)
    try:
        async with desk.stretching:
            await run_in_threadpool(keep_slip, desk, door, code, Letter(text, reach), chosen)
    except NotSaved:
        log.error("a help slip could not be saved")
        return again(503, problem="not_saved")
    where = f"{desk.address.partition('://')[2]}{ROOT}/{door.school_id}/answer"
    return reply(request, "sent", door, headers=FORGET, code=printed(code), answer_address=where)


async def ask_code(desk: Desk, request: Request) -> Response:
    door = await find_door(desk, request)
    return door if isinstance(door, Response) else answer(request, door)


async def show_answer(desk: Desk, request: Request) -> Response:
    """What waits for a receipt code. A typing error is no guess; a code nobody has is one."""
    door = await find_door(desk, request)
    if isinstance(door, Response):
        return door
    code = normalise(first(await read_form(request) or {}, "code")[:40])
    if not is_wellformed(code):
        return answer(request, door, 422, problem="code_mistyped")
    if not desk.limits.may_guess(address(request), door.school_id):
        return answer(request, door, 429, problem="code_wait")
    desk.limits.note_guess(address(request), door.school_id)
    try:
        async with desk.stretching:
            received = await run_in_threadpool(read_received, desk.store, door.school_id, code)
    except SQLAlchemyError:
        desk.limits.forgive_guess(address(request), door.school_id)
        return answer(request, door, 503, problem="not_read")
    if received is None:
        return answer(request, door, 404, problem="code_unknown")
    desk.limits.forgive_guess(address(request), door.school_id)
    return answer(request, door, headers=FORGET, received=received)


async def find_door(desk: Desk, request: Request) -> Door | Response:
    """The school of the path, or the page that is shown instead."""
    school = request.path_params["school"]
    try:
        door = await run_in_threadpool(read_door, desk.store, school) if "\0" not in school else None
    except SQLAlchemyError:
        log.error("the help store cannot be read")
        return reply(request, "phones", None, 503, reason="not_read")
    return door or reply(request, "phones", None, 404, reason="unknown")


def keep_slip(desk: Desk, door: Door, code: str, letter: Letter, chosen: set[str]) -> None:
    """Seal for those chosen and for the second adult; every other adult gets an empty box."""
    assert door.second is not None  # an open door has one
    keys = {person.adult_id: person.public_key for person in door.readers if person.public_key}
    sealed = seal_slip(code, door.salt, letter, keys, chosen | {door.second.adult_id})
    write_slip(desk.store, door.school_id, sealed, desk.today())


def refuse_closed(request: Request, door: Door) -> Response | None:
    return None if door.is_open else reply(request, "phones", door, reason="closed")


def check_slip(text: str, reach: str, chosen: set[str]) -> str | None:
    """Key of the word a child reads where something is missing; None if nothing is."""
    if len(text) > TEXT_LIMIT or len(reach) > OTHER_LIMIT:
        return "too_long"
    if not text and not reach:
        return "need_words"
    return None if chosen else "need_who"


def read_slip(given: dict[str, list[str]], door: Door) -> tuple[str, str, str, set[str]]:
    """(receipt code, text, how to be reached, adults ticked) of a posted form.

    The code comes with the form, so that a slip sent twice after a lost reply is one slip.
    """
    code = normalise(first(given, "code")[:40])
    chosen = {person.adult_id for person in door.readers} & set(given.get("who", ()))
    text, reach = plain(first(given, "text")), plain(first(given, "reach")).replace("\n", " ")
    return (code if is_wellformed(code) else new_code()), text, reach, chosen


def plain(text: str) -> str:
    """Typed text without control characters; line ends are one character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


async def read_form(request: Request) -> dict[str, list[str]] | None:
    """Fields of a posted form; None if it is too large, of another kind, too slow, or broken off."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return None
    body = b""
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_LIMIT:
                    return None
        return parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
    except (ClientDisconnect, TimeoutError, ValueError):
        return None


def first(given: dict[str, list[str]], name: str) -> str:
    return given.get(name, [""])[0]


def is_foreign(request: Request) -> bool:
    """Whether a browser says that another site sent this form."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def address(request: Request) -> str:
    """Who is counted by the budgets; never stored, never logged."""
    return request.client.host if request.client else ""


def form(request: Request, door: Door, code: str, status: int = 200, **values: Any) -> Response:
    blank = {"problem": "", "text": "", "reach": "", "chosen": set()}
    return reply(request, "form", door, status, code=code, **{**blank, **values})


def answer(
    request: Request, door: Door, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Response:
    return reply(request, "answer", door, status, headers, **{"problem": "", "received": None, **values})


def reply(
    request: Request,
    page: str,
    door: Door | None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    here = request.url.path + ("" if language == "zh" else "?lang=en")
    html = render_page(page, language, door, here=here, **values)
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})
