"""What stands before every request: nobody reaches a page, a file or a websocket without a live session."""

from __future__ import annotations

from http.cookies import SimpleCookie

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import sessions
from dashboard.drawing import ADDRESS
from dashboard.site import is_page
from dashboard.words import HTML_LANG, LANGUAGES, say

# Open to all: the sign-in pages, our style sheet and mark, and a sign of life.
OPEN = {
    "/signin",
    "/signout",
    "/health",
    "/oidc/start",
    "/oidc/back",
    *(f"/language/{language}" for language in LANGUAGES),
}
LOOK = "/look/"
EXPORT = "/export/"
# Streamlit serves what one session put up to every other that asks: our files go through dashboard.exports instead.
SHARED = "/media/"

# Streamlit needs inline styles, and Plotly and its workers blob: and data:. Nothing may come from elsewhere.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: blob: data:; "
        "worker-src 'self' blob:; frame-ancestors 'none'; form-action 'self'; base-uri 'self'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Gate:
    """ASGI middleware: http without a session goes to the sign-in page, a websocket is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # The tab's own "am I still signed in?" must not count as somebody being there.
        touch = scope["path"] != "/session"
        found = await run_in_threadpool(sessions.find_session, session_cookie(scope), touch=touch)
        if found is None and not is_open(scope["path"]):
            await _refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.app(scope, receive, send)
        elif scope["path"].startswith(SHARED):
            await PlainTextResponse("", 404, {"Cache-Control": "no-store"})(scope, receive, send)
        elif found and is_stray(scope, found.viewer.role):
            await RedirectResponse("/", 303, {"Cache-Control": "no-store"})(scope, receive, send)
        else:
            page = Page(send, found.language if found else None)
            await self.app(_uncompressed(scope), receive, page.send)


def is_open(path: str) -> bool:
    return path in OPEN or path.startswith(LOOK)


def wants_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")


def is_stray(scope: Scope, role: str) -> bool:
    """A page asked for that this role does not have; Streamlit would answer with a dialog in English."""
    path = scope["path"]
    return (
        wants_page(scope)
        and not is_open(path)
        and not path.startswith(("/static/", EXPORT))
        and not is_page(role, path)
    )


def _uncompressed(scope: Scope) -> Scope:
    """The index page is rewritten on its way out, so it must come as plain text."""
    if scope["type"] != "http" or not wants_page(scope):
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]}


def session_cookie(scope: Scope) -> str | None:
    """The session cookie of a request or a websocket handshake."""
    jar: SimpleCookie = SimpleCookie()
    jar.load(Headers(scope=scope).get("cookie", ""))
    return jar[sessions.COOKIE].value if sessions.COOKIE in jar else None


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # the handshake
        await send({"type": "websocket.close", "code": 4401})  # before accept: the client gets 403
        return
    headers = {"Cache-Control": "no-store"}
    refusal = RedirectResponse("/signin", 303, headers) if wants_page(scope) else PlainTextResponse("", 401, headers)
    await refusal(scope, receive, send)


class Page:
    """Adds our headers to a reply; makes Streamlit's index page ours: language, title, style sheet."""

    def __init__(self, send: Send, language: str | None) -> None:
        self._send, self._language = send, language
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._language and "text/html" in headers.get("content-type", "") and message["status"] == 200:
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._finish()

    async def _finish(self) -> None:
        assert self._start is not None and self._language is not None
        body = own_index(self._body.decode("utf-8"), self._language).encode("utf-8")
        headers = MutableHeaders(scope=self._start)
        headers["content-length"] = str(len(body))
        headers["cache-control"] = "no-store"
        for name in ("etag", "last-modified"):
            del headers[name]
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def own_index(html: str, language: str) -> str:
    """Streamlit's index page in the viewer's language, with our title, mark and style sheet, without its font."""
    title = say(language, "app.title")
    html = html.replace('<html lang="en">', f'<html lang="{HTML_LANG[language]}" translate="no">')
    html = html.replace("<title>Streamlit</title>", f"<title>{title}</title>")
    html = html.replace('href="./favicon.png"', 'href="/look/mark.svg"')
    ours = '<link rel="stylesheet" href="/look/anxin.css"><script src="/look/anxin.js"></script>'
    figures = f'<script src="/look/figures.js" data-plotly="{ADDRESS}"></script>'
    return html.replace("<script>", f"{ours}{figures}<script>", 1)
