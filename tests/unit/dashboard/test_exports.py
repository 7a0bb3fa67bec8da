"""Exports: the session that asks decides what is in the file; every file leaves an entry in the log."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from asgi_browser import Browser
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboard import accesslog, accounts, exports, sessions
from dashboard.exports import File, NotForYou
from dashboard.gate import Gate
from dashboard.reports.build import about_of
from dashboard.viewer import Viewer


def build(viewer: Viewer, language: str, asked: Mapping[str, str]) -> File:
    """A report of the viewer's own school; of any other there is none."""
    if asked.get("school", viewer.scope) != viewer.scope:
        raise NotForYou
    return File("报告.pdf", f"{viewer.scope} {language}".encode(), f"term report {viewer.scope}")


@pytest.fixture
def app(home: object) -> Starlette:
    return Starlette(routes=exports.routes({"term": build}), middleware=[Middleware(Gate)])


def browser(app: Starlette, name: str, scope: str) -> Browser:
    viewer = accounts.add_account(name, "correct horse", "counselor", scope)
    return Browser(app, {sessions.COOKIE: sessions.start_session(viewer, "zh_CN")})


def test_a_file_is_built_for_whoever_asks(app: Starlette) -> None:
    """The same address gives each reader the own school's file, however it was passed on."""
    lin, wu = browser(app, "lin", "S03"), browser(app, "wu", "S04")
    reply = lin.get("/export/term", accept="text/html")
    assert reply.status == 200 and reply.text == "S03 zh_CN" and wu.get("/export/term").text == "S04 zh_CN"
    assert reply.header("content-type") == "application/pdf" and reply.header("cache-control") == "no-store"
    assert reply.header("content-disposition") == "attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf"
    assert [(e.who, e.action, e.about) for e in accesslog.read_entries()][-1] == ("lin", "export", "term report S03")


def test_another_schools_file_reads_like_no_file(app: Starlette) -> None:
    lin = browser(app, "lin", "S03")
    replies = [lin.get(path) for path in ("/export/term?school=S04", "/export/nothing", "/export/term?school=S99")]
    assert {(reply.status, reply.text) for reply in replies} == {(404, "")}
    assert accesslog.read_entries() == []


def test_nobody_exports_without_a_session(app: Starlette) -> None:
    assert Browser(app).get("/export/term").status == 401


def test_no_file_without_its_entry(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    lin = browser(app, "lin", "S03")

    def full(*_: object) -> None:
        raise accesslog.LogGone("disk full")

    monkeypatch.setattr(accesslog, "note", full)
    reply = lin.get("/export/term")
    assert reply.status == 503 and "S03" not in reply.text


def test_nothing_typed_into_an_address_reaches_the_log(app: Starlette) -> None:
    """The log can't be mended: a name in it would stay for ever."""
    browser(app, "lin", "S03").get("/export/term?reason=wang&grade=138")
    assert [(entry.about, entry.reason) for entry in accesslog.read_entries()] == [("term report S03", "")]
    about = about_of("term", Viewer("lin", "counselor", "S03"), {"grade": "学生 王小明 13812345678", "wave": "2026-1"})
    assert about == "report term S03 2026-1"
