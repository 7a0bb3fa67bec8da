"""The pages around the dashboard: sign in, sign out, language, health. Server-rendered; they work without scripts."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard import accesslog, accounts, sessions, store, throttle
from dashboard.render import render
from dashboard.settings import settings
from dashboard.words import HTML_LANG, LANGUAGES, say

LANGUAGE_COOKIE = "anxin_language"
FORM_COOKIE = "anxin_form"
FORM_AGE = 3600
PROBLEMS = {"oidc_failed": "signin.oidc_failed", "oidc_unknown": "signin.oidc_unknown"}  # what a provider's way ends in
STRICT: dict[str, Any] = {"httponly": True, "samesite": "strict", "path": "/"}


async def show_signin(request: Request) -> Response:
    """The sign-in page; somebody already signed in goes straight on."""
    if await run_in_threadpool(sessions.find_session, request.cookies.get(sessions.COOKIE)):
        return RedirectResponse("/", status_code=303)
    problem = request.query_params.get("problem", "")
    return _page(request, problem=PROBLEMS.get(problem, ""), status=403 if problem in PROBLEMS else 200)


async def sign_in(request: Request) -> Response:
    """Check name and password; a wrong name, a wrong password and a closed account read the same."""
    form = await request.form()
    name, password = str(form.get("name", "")).strip()[:40], str(form.get("password", ""))[:200]
    if not _is_own_form(request, str(form.get("form", ""))):
        return _page(request, problem="signin.expired", status=403, name=name)
    return await run_in_threadpool(_check, request, name, password)


def _check(request: Request, name: str, password: str) -> Response:
    address = request.client.host if request.client else ""
    wait = throttle.seconds_to_wait(name, address)
    if wait:
        return _page(request, problem="signin.wait", status=429, name=name, seconds=wait)
    if not accounts.is_password(name, password):
        throttle.note_failure(name, address)
        return _page(request, problem="signin.wrong", status=401, name=name)
    throttle.forget_failures(name, address)
    viewer = accounts.find_viewer(name)
    assert viewer is not None
    accesslog.note(viewer, "signin", "password")
    sessions.end_session(request.cookies.get(sessions.COOKIE))
    response = RedirectResponse("/", status_code=303)
    cookie = sessions.start_session(viewer, language_of(request))
    response.set_cookie(sessions.COOKIE, cookie, max_age=sessions.LONGEST, secure=settings().cookie_secure, **STRICT)
    response.delete_cookie(FORM_COOKIE)
    return response


async def sign_out(request: Request) -> Response:
    """End the session in every tab. The cookie is SameSite=Strict, so that no other site can send anybody here."""
    await run_in_threadpool(sessions.end_session, request.cookies.get(sessions.COOKIE))
    response = RedirectResponse("/signin", status_code=303)
    response.delete_cookie(sessions.COOKIE)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


async def switch_language(request: Request) -> Response:
    """Keep the language in the session (and in a cookie for the sign-in page), and go back to where one was."""
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return PlainTextResponse("", status_code=404)
    await run_in_threadpool(sessions.set_language, request.cookies.get(sessions.COOKIE), language)
    response = RedirectResponse(_back(request), status_code=303)
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 24 * 3600, **STRICT)
    return response


async def still_signed_in(_request: Request) -> Response:
    """Asked by every open tab now and then; the gate has answered 401 before this if the session is over."""
    return PlainTextResponse("", headers={"Cache-Control": "no-store"})


async def health(_request: Request) -> Response:
    return PlainTextResponse("ok")


def routes() -> list[Route]:
    return [
        Route("/signin", show_signin, methods=["GET"]),
        Route("/signin", sign_in, methods=["POST"]),
        Route("/signout", sign_out, methods=["GET", "POST"]),
        Route("/language/{language}", switch_language, methods=["GET"]),
        Route("/session", still_signed_in, methods=["GET"]),
        Route("/health", health, methods=["GET"]),
    ]


def language_of(request: Request) -> str:
    """The language a visitor chose before; Chinese for everybody else."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def _page(request: Request, *, problem: str = "", status: int = 200, name: str = "", seconds: int = 0) -> Response:
    language, nonce = language_of(request), secrets.token_urlsafe(16)
    message = say(language, problem, seconds=seconds) if problem else ""
    lang = HTML_LANG[language]
    form, oidc = _forms().dumps(nonce), settings().has_provider
    html = render("signin.html", language, lang=lang, message=message, name=name, form=form, oidc=oidc)
    response = HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})
    response.set_cookie(FORM_COOKIE, nonce, max_age=FORM_AGE, secure=settings().cookie_secure, **STRICT)
    return response


def _is_own_form(request: Request, form: str) -> bool:
    """The form was given out by this server, to this browser, within the hour, and not sent by another site."""
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != request.headers.get("host", ""):
        return False
    try:
        nonce = _forms().loads(form, max_age=FORM_AGE)
    except BadSignature:
        return False
    return secrets.compare_digest(nonce, request.cookies.get(FORM_COOKIE, ""))


def _forms() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(store.signing_key(), salt="form")


def _back(request: Request) -> str:
    """The path one came from on this host; never another host, whatever the header says."""
    came_from = urlsplit(request.headers.get("referer", ""))
    own = came_from.netloc == request.headers.get("host", "")
    path = came_from.path if own and came_from.path.startswith("/") and not came_from.path.startswith("//") else "/"
    return "/" if path.startswith("/language") else path
