"""Files that leave the dashboard: built anew for whoever asks, from what that person may see, and entered in the log.

Streamlit would keep a download under an address that any signed-in person can ask for; the gate refuses those. Here the
session that asks decides, and an address that was passed on gives its reader the reader's own school, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard import accesslog, sessions
from dashboard.viewer import Viewer

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
NO_STORE = {"Cache-Control": "no-store"}


class NotForYou(Exception):
    """No such file for this person: unknown, of another school, or not there. All three read the same over the wire.

    Its text is a code that says which, for the command line, whose operator may know.
    """


class NotNow(Exception):
    """A store or a font that the file needs is out of reach; asking again later may help."""


@dataclass(frozen=True)
class File:
    """A finished file. `about`: what the log says was exported, without any content."""

    name: str
    content: bytes
    about: str


Build = Callable[[Viewer, str, Mapping[str, str]], File]  # viewer, language, what the address asks for


def routes(builders: Mapping[str, Build]) -> list[Route]:
    """GET /export/{kind}?…: one builder for each kind."""

    async def export(request: Request) -> Response:
        return await run_in_threadpool(_export, request, builders)

    return [Route("/export/{kind}", export, methods=["GET"])]


def _export(request: Request, builders: Mapping[str, Build]) -> Response:
    session = sessions.find_session(request.cookies.get(sessions.COOKIE))
    build = builders.get(request.path_params["kind"])
    if session is None or build is None:
        return PlainTextResponse("", 404, NO_STORE)
    try:
        file = build(session.viewer, session.language, dict(request.query_params))
        accesslog.note(session.viewer, "export", file.about)
    except NotForYou:
        return PlainTextResponse("", 404, NO_STORE)
    except (accesslog.LogGone, NotNow):
        return PlainTextResponse("", 503, NO_STORE)
    name = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.content, media_type=type_of(file.name), headers={**NO_STORE, "Content-Disposition": name})


def type_of(name: str) -> str:
    """Media type by the name's ending."""
    return TYPES.get(name.rpartition(".")[2], "application/octet-stream")
