"""Sign-in by the bureau's own provider (OpenID Connect), where one is configured.

The provider says who somebody is; role and scope are ours, bound to the provider's subject by `account add --oidc`.
Authlib does the protocol: discovery, state, nonce, PKCE, the token's signature, issuer, audience and expiry.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from dashboard import accesslog, accounts, sessions, store
from dashboard.settings import settings
from dashboard.signin import STRICT, language_of
from dashboard.viewer import Viewer

WELL_KNOWN = "/.well-known/openid-configuration"
TEN_MINUTES = 600  # from leaving for the provider to coming back


def routes() -> list[Mount]:
    """/oidc/start and /oidc/back; none where no provider is configured."""
    if not settings().has_provider:
        return []
    keeper = Middleware(
        SessionMiddleware,
        secret_key=store.signing_key(),
        session_cookie="anxin_oidc",
        path="/oidc",
        max_age=TEN_MINUTES,
        same_site="lax",  # the provider's page is another site, and state and nonce must survive the way back
        https_only=settings().cookie_secure,
    )
    inner = [Route("/start", start), Route("/back", come_back)]
    return [Mount("/oidc", Starlette(routes=inner, middleware=[keeper]))]


async def start(request: Request) -> Response:
    """Send the browser to the provider."""
    from httpx import HTTPError

    try:
        return await _provider().authorize_redirect(request, settings().dashboard_url.rstrip("/") + "/oidc/back")
    except HTTPError:
        return _refuse("oidc_failed")


async def come_back(request: Request) -> Response:
    """Take the provider's word for who this is, and begin a session where an account is bound to it."""
    from authlib.common.errors import AuthlibBaseError
    from httpx import HTTPError
    from joserfc.errors import JoseError

    try:
        token = await _provider().authorize_access_token(request)
        subject = check_audience(token["userinfo"])
    except (AuthlibBaseError, JoseError, HTTPError, KeyError, ValueError):
        return _refuse("oidc_failed")  # the reason would help an attacker more than a counselor
    viewer = await run_in_threadpool(accounts.find_bound, settings().oidc_issuer, subject)
    if viewer is None:
        return _refuse("oidc_unknown")
    return await run_in_threadpool(_enter, request, viewer)


def check_audience(claims: dict[str, Any]) -> str:
    """The subject of a token issued to us; raises ValueError for another's, which Authlib lets `azp` excuse."""
    audience = claims["aud"]
    if settings().oidc_client_id not in ([audience] if isinstance(audience, str) else audience):
        raise ValueError("another client's token")
    return str(claims["sub"])


def _enter(request: Request, viewer: Viewer) -> Response:
    """Begin the session, by way of a page of ours: a strict cookie isn't sent on a redirect that began elsewhere."""
    accesslog.note(viewer, "signin", "OIDC")
    sessions.end_session(request.cookies.get(sessions.COOKIE))
    response = HTMLResponse('<meta http-equiv="refresh" content="0;url=/">', headers={"Cache-Control": "no-store"})
    cookie = sessions.start_session(viewer, language_of(request))
    response.set_cookie(sessions.COOKIE, cookie, max_age=sessions.LONGEST, secure=settings().cookie_secure, **STRICT)
    return response


def _refuse(problem: str) -> Response:
    return RedirectResponse(f"/signin?problem={problem}", 303, {"Cache-Control": "no-store"})


@cache
def _provider() -> Any:
    from authlib.integrations.starlette_client import OAuth

    held = settings()
    secret = held.oidc_secret_file.read_text(encoding="utf-8").strip() if held.oidc_secret_file else None
    return OAuth().register(
        "bureau",
        server_metadata_url=held.oidc_issuer.rstrip("/") + WELL_KNOWN,
        client_id=held.oidc_client_id,
        client_secret=secret,
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": 10},
    )
