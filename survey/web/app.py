"""The form as a bare ASGI app: GET is a lookup and a splice, POST is one parse and one handing in.

No framework stands on this path; nothing is logged but kinds of failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from survey.codes import is_wellformed, normalise
from survey.instrument import Instrument
from survey.intake import HandIn, Intake, Outcome, close_intake, compact, hand_in
from survey.problems import NotSaved
from survey.settings import SurveySettings
from survey.web.fields import NOT_CHOSEN
from survey.web.pages import FormPage
from survey.web.posts import CONTENT_TYPE, LIMIT, Post, answers_of, read_post
from survey.web.replies import FORGET, Receive, Reply, Send, accepts_gzip, send_reply
from survey.web.routes import Route, find_route
from survey.web.site import Site, build_site, is_open, ready_page
from survey.web.throttle import TooMany
from survey.web.token import Token, is_too_fast, new_token, read_token

Scope = dict[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
GZIP = ((b"content-encoding", b"gzip"), (b"vary", b"accept-encoding"))
# Chromium keeps pages for its back button whole, no-store or not, unless their status is another than 200: without a
# script the next student would get the last one's answers back. 203 means the same to everybody else.
SHOWN = 203
COMPACT_EVERY = 30  # seconds
SLOWEST_BODY = 20  # seconds
log = logging.getLogger("anxin.form")


class Gone(Exception):
    """The client went away before it had sent everything."""


class Unreadable(Exception):
    """A body that is too long (413) or too slow (408)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def build_form_app(intake: Intake, instrument: Instrument, wave: str, settings: SurveySettings) -> App:
    """The form of one wave, with the help slip's pages beside it."""
    return build_app(build_site(intake, instrument, wave, settings))


def build_app(site: Site) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(lambda: site, receive, send)
        else:
            await answer_with(site, scope, receive, send)

    return app


async def answer_with(site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request. A failure of ours is logged by its kind and place alone, never with what was sent."""
    if scope["type"] != "http":
        await send({"type": "websocket.close"})
        return
    if site.slips and scope["path"].startswith("/help-slip/"):
        await site.slips(scope, receive, send)
        return
    try:
        reply = await answer(site, scope, receive)
    except Gone:
        return
    except Exception as error:
        log.error("a request failed: %s in %s", type(error).__name__, place_of(error))
        reply = Reply(500, ready_page(site, "refused"))
    await send_reply(send, reply, with_body=scope["method"] != "HEAD")


def place_of(error: BaseException) -> str:
    """File and line where it was raised: no message, no values."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"


async def answer(site: Site, scope: Scope, receive: Receive) -> Reply:
    route = find_route(site, scope["path"], scope["query_string"])
    method = scope["method"]
    if route.kind == "form" and method == "POST":
        return await take_sheet(site, route, scope, receive)
    if method not in ("GET", "HEAD"):
        return Reply(405, ready_page(site, "refused", route.words), ((b"allow", b"GET, HEAD"),))
    if route.kind == "form":
        return show_form(site, route, scope)
    if route.kind == "lost" and not site.schools:
        return not_open(site, route)
    headers = (FORGET,) if route.kind == "done" else ()
    return Reply(404 if route.kind == "lost" else 200, ready_page(site, route.kind, route.words, route.school), headers)


def show_form(site: Site, route: Route, scope: Scope) -> Reply:
    if not is_open(site):
        return not_open(site, route)
    token = new_token(site.key, site.clock())
    page = form_page(site, route)
    if accepts_gzip(scope["headers"]):
        return Reply(SHOWN, page.packed.with_piece(token.encode()), GZIP)
    return Reply(SHOWN, page.filled({}, "", "", token))


def form_page(site: Site, route: Route) -> FormPage:
    return site.form_page(route.school, route.band, route.words.code)


def not_open(site: Site, route: Route) -> Reply:
    """403 after close and before the wave opens; the page says which, and whom to turn to."""
    state = "closed" if site.wave_state.is_over(site.today()) else "not_open"
    return Reply(403, ready_page(site, state, route.words))


async def take_sheet(site: Site, route: Route, scope: Scope, receive: Receive) -> Reply:
    """One form handed in. A refusal hands the answers back in its reply, and nowhere else."""
    if not is_open(site):
        return not_open(site, route)
    refused = ready_page(site, "refused", route.words)
    if content_type(scope) != CONTENT_TYPE:
        return Reply(415, refused)
    try:
        body = await read_body(receive)
    except Unreadable as problem:
        return Reply(problem.status, refused)
    page = form_page(site, route)
    post = read_post(body, page.fields)
    token = read_token(site.key, post.token) if post else None
    if post is None or token is None:
        return Reply(400, refused)
    return await hand_in_post(site, route, page, post, token, address_of(scope))


async def hand_in_post(site: Site, route: Route, page: FormPage, post: Post, token: Token, address: str) -> Reply:
    words, texts = route.words, site.texts
    code = normalise(post.code)

    def again(status: int, alert: str, typed: str = post.code) -> Reply:
        if token.nonce in site.finished:
            return Reply(status, ready_page(site, "refused", words))
        return Reply(status, page.filled(post.checked, alert, typed, post.token))

    if post.take_part == NOT_CHOSEN:
        return again(400, words.say("ask.choose_first"))
    if not is_wellformed(code):
        return again(422, words.text(texts.messages.mistyped))
    try:
        async with site.throttle.attempt(address) as refused:
            outcome = await hand_in(site.intake, build_sheet(site, route, page, post, token, code))
            if outcome is Outcome.REFUSED:
                await refused()
                return again(409, words.text(texts.messages.not_accepted), "")
    except TooMany:
        return again(429, words.say("state.busy"))
    except NotSaved:
        log.error("a sheet could not be saved")
        return again(503, words.text(texts.messages.not_saved))
    site.finished.add(token.nonce)
    return Reply(303, b"", ((b"location", f"/{route.school}/done{words.query}".encode()),))


def build_sheet(site: Site, route: Route, page: FormPage, post: Post, token: Token, code: str) -> HandIn:
    answers, apart = answers_of(post, page.fields, is_too_fast(token, site.clock(), page.items))
    return HandIn(site.wave, route.school, route.band, code, token.nonce, answers, apart)


def content_type(scope: Scope) -> bytes:
    """The one content type, without its parameters; empty where there is none or several."""
    found = [value for name, value in scope["headers"] if name == b"content-type"]
    return found[0].partition(b";")[0].strip().lower() if len(found) == 1 else b""


def address_of(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


async def read_body(receive: Receive) -> bytes:
    """The whole body; Unreadable if it is too long or comes too slowly."""
    body = b""
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                if len(body) > LIMIT:
                    raise Unreadable(413)
                if not message.get("more_body"):
                    return body
    except TimeoutError:
        raise Unreadable(408) from None


async def live(current: Callable[[], Site], receive: Receive, send: Send) -> None:
    """Start and end with the server; in between hide the order of what came in, whenever a sitting is over."""
    await receive()
    task = asyncio.create_task(keep_compacting(current))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    task.cancel()
    close_intake(current().intake)
    await send({"type": "lifespan.shutdown.complete"})


async def keep_compacting(current: Callable[[], Site]) -> None:
    while True:
        await asyncio.sleep(COMPACT_EVERY)
        try:
            site = current()
            if site.wave:
                await asyncio.to_thread(compact, site.intake, site.wave)
        except Exception as error:
            log.error("rewriting failed: %s in %s", type(error).__name__, place_of(error))
