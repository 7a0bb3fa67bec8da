"""The gate and the sign-in pages, through a real ASGI client; Streamlit's app is stood in for by an echo."""

from __future__ import annotations

import re

import pytest
from asgi_browser import Browser
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dashboard import accounts, sessions, signin
from dashboard.gate import Gate, own_index
from dashboard.server import streamlit_options

PASSWORD = "correct horse"
INDEX = '<html lang="en"><head><title>Streamlit</title><script>1</script></head><body></body></html>'
PAGE = "text/html"


async def page(_request: object) -> HTMLResponse:
    return HTMLResponse(INDEX)


async def data(_request: object) -> PlainTextResponse:
    return PlainTextResponse("data")


async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("data")
    await websocket.close()


@pytest.fixture
def client() -> Browser:
    accounts.add_account("lin", PASSWORD, "counselor", "S03")
    behind = [Route("/data/x", data), WebSocketRoute("/_stcore/stream", stream), Route("/{page:path}", page)]
    return Browser(Starlette(routes=[*signin.routes(), *behind], middleware=[Middleware(Gate)]))


def form_of(client: Browser) -> str:
    found = re.search(r'name="form" value="([^"]+)"', client.get("/signin").text)
    assert found
    return found[1]


def sign_in(client: Browser, name: str = "lin", password: str = PASSWORD, **extra: str) -> int:
    fields = {"name": name, "password": password, "form": form_of(client), **extra}
    return client.post("/signin", fields).status


def test_nobody_gets_nothing(client: Browser) -> None:
    assert client.get("/", accept=PAGE).header("location") == "/signin"
    for path in ("/data/x", "/_stcore/health", "/static/js/x.js", "/session"):
        reply = client.get(path)
        assert reply.status == 401 and reply.text == ""
    assert [m["type"] for m in client.connect("/_stcore/stream")] == ["websocket.close"]


def test_signed_in_gets_page_file_and_stream_until_signed_out(client: Browser) -> None:
    assert sign_in(client) == 303
    assert client.get("/", accept=PAGE).status == 200
    assert client.get("/data/x").text == "data"
    assert [m["type"] for m in client.connect("/_stcore/stream")][:2] == ["websocket.accept", "websocket.send"]
    kept = client.cookies[sessions.COOKIE]
    assert client.get("/signout").header("location") == "/signin"
    client.cookies[sessions.COOKIE] = kept  # another tab, or a thief, still has the cookie
    assert client.get("/data/x").status == 401
    assert [m["type"] for m in client.connect("/_stcore/stream")] == ["websocket.close"]


def test_files_that_streamlit_keeps_for_one_session_are_given_to_nobody(client: Browser) -> None:
    """Their address is a hash of the content: whoever gets hold of it would read another school's file."""
    sign_in(client)
    assert client.get("/media/0a1b2c.pdf").status == 404


def test_cookie_is_kept_from_scripts_and_from_other_sites(client: Browser) -> None:
    form = form_of(client)
    reply = client.post("/signin", {"name": "lin", "password": PASSWORD, "form": form})
    cookie = next(c for c in reply.cookies() if c.startswith(sessions.COOKIE))
    assert "httponly" in cookie.lower() and "samesite=strict" in cookie.lower()


def test_wrong_name_and_wrong_password_read_the_same(client: Browser) -> None:
    replies = []
    for name, password in (("lin", "wrong password"), ("nobody", "wrong password")):
        form = form_of(client)
        reply = client.post("/signin", {"name": name, "password": password, "form": form})
        assert reply.status == 401 and "wrong password" not in reply.text
        replies.append(re.sub(r'value="[^"]*"', "", reply.text))
    assert replies[0] == replies[1]


def test_form_of_another_site_or_another_browser_is_refused(client: Browser) -> None:
    assert sign_in(client, form="forged") == 403
    form = form_of(client)
    fields = {"name": "lin", "password": PASSWORD, "form": form}
    assert client.post("/signin", fields, origin="http://evil.example").status == 403
    client.cookies.clear()
    assert client.post("/signin", fields).status == 403


def test_many_wrong_tries_must_wait(client: Browser) -> None:
    codes = [sign_in(client, password="wrong password") for _ in range(7)]
    assert codes == [401] * 5 + [429] * 2
    assert sign_in(client) == 429, "the right password waits as well, so that a guess cannot be told"


def test_name_is_escaped(client: Browser) -> None:
    form = form_of(client)
    reply = client.post("/signin", {"name": '"><script>x', "password": "y", "form": form})
    assert "<script>" not in reply.text


def test_language_is_kept_and_leads_back_to_this_host_only(client: Browser) -> None:
    assert '<html lang="zh-CN">' in client.get("/signin").text
    sign_in(client)
    reply = client.get("/language/en", referer="http://testserver/places")
    assert reply.header("location") == "/places"
    assert 'lang="en"' in client.get("/", accept=PAGE).text
    for referer in ("http://evil.example/x", "http://testserver//evil.example", "javascript:alert(1)"):
        assert client.get("/language/zh_CN", referer=referer).header("location") == "/"
    assert client.get("/language/fr").status == 404


@pytest.mark.parametrize(
    "path", ["/language/../media/x", "/language/fr", "/signin/../media/x", "/health/x", "/lookalike"]
)
def test_only_the_exact_addresses_are_open(client: Browser, path: str) -> None:
    assert client.get(path).status == 401


def test_page_of_another_role_leads_home(client: Browser) -> None:
    sign_in(client)
    assert client.get("/places", accept=PAGE).status == 200
    for path in ("/schools", "/districts", "/nowhere", "/today"):
        assert client.get(path, accept=PAGE).header("location") == "/"


def test_index_page_is_ours_and_every_reply_carries_the_headers(client: Browser) -> None:
    sign_in(client)
    reply = client.get("/", accept=PAGE)
    assert '<html lang="zh-CN"' in reply.text and "/look/anxin.css" in reply.text and "Streamlit" not in reply.text
    assert int(reply.header("content-length")) == len(reply.content)
    assert reply.header("cache-control") == "no-store"
    for path in ("/", "/data/x", "/signin", "/health"):
        again = client.get(path)
        assert "frame-ancestors 'none'" in again.header("content-security-policy")
        assert again.header("x-content-type-options") == "nosniff"


def test_streamlits_index_page_is_still_the_one_we_rewrite() -> None:
    """A new Streamlit may change its page; then the title, the language or our style sheet would be lost."""
    from pathlib import Path

    import streamlit

    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    ours = own_index(index, "en")
    assert '<html lang="en" translate="no">' in ours and "<title>Anxin</title>" in ours
    assert ours.index("/look/anxin.js") < ours.index('type="module"')


def test_streamlit_sends_nothing_out_and_exports_nothing() -> None:
    options = streamlit_options("127.0.0.1", 8501)
    assert options["browser.gatherUsageStats"] is False
    assert options["client.disableDataExport"] is True
    assert options["client.showErrorDetails"] == "none"
    assert options["client.toolbarMode"] == "minimal"
    assert options["server.enableAgentApi"] is False
    assert options["server.headless"] is True
