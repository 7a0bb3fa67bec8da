"""Sign-in by a provider: against one that conforms to the standard, and against its tokens gone wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from asgi_browser import Browser, Reply
from oidc_provider_mock import _app as provider_app
from oidc_provider_mock import run_server_in_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard import accesslog, accounts, oidc, sessions, signin
from dashboard.gate import Gate
from dashboard.settings import settings

PAGE = "text/html"
AGES = {"expired": timedelta(hours=-1)}


@pytest.fixture
def issuer(
    request: pytest.FixtureRequest, home: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    age = AGES.get(getattr(request, "param", ""), timedelta(hours=1))
    with run_server_in_thread(access_token_max_age=age) as server:
        address = f"http://localhost:{server.server_port}"
        monkeypatch.setenv("ANXIN_OIDC_ISSUER", address)
        monkeypatch.setenv("ANXIN_DASHBOARD_URL", "http://testserver")
        secret = tmp_path / "oidc.secret"
        secret.write_text("between the provider and us\n", encoding="utf-8")
        monkeypatch.setenv("ANXIN_OIDC_SECRET_FILE", str(secret))
        settings.cache_clear()
        oidc._provider.cache_clear()
        yield address
    settings.cache_clear()
    oidc._provider.cache_clear()


@pytest.fixture
def client(issuer: str) -> Browser:
    accounts.bind_account("lin", issuer, "subject-1", "counselor", "S03")

    async def page(_request: object) -> PlainTextResponse:
        return PlainTextResponse("page")

    routes = [*signin.routes(), *oidc.routes(), Route("/", page)]
    return Browser(Starlette(routes=routes, middleware=[Middleware(Gate)]))


def walk(client: Browser, subject: str = "subject-1", change: Callable[[str], str] = str) -> Reply:
    """From our sign-in page to the provider, where `subject` signs in, and back."""
    away = client.get("/oidc/start", accept=PAGE).header("location")
    reply = httpx.post(away, data={"sub": subject}, follow_redirects=False)
    return client.get(change(reply.headers["location"]).removeprefix("http://testserver"), accept=PAGE)


def is_signed_in(client: Browser) -> bool:
    return client.get("/", accept=PAGE).text == "page"


def test_whom_the_provider_knows_and_we_have_bound_is_signed_in(client: Browser) -> None:
    assert "/oidc/start" in client.get("/signin").text
    reply = walk(client)
    # A redirect would lose the strict cookie, since the way here began on another site.
    assert reply.status == 200 and 'url=/"' in reply.text
    assert any("samesite=strict" in line.lower() for line in reply.cookies() if sessions.COOKIE in line)
    assert is_signed_in(client)
    session = sessions.find_session(client.cookies[sessions.COOKIE])
    assert session and (session.viewer.role, session.viewer.scope) == ("counselor", "S03")
    assert [(entry.action, entry.about) for entry in accesslog.read_entries()] == [("signin", "OIDC")]


def test_identity_alone_gives_no_access(client: Browser) -> None:
    reply = walk(client, subject="somebody else")
    assert reply.header("location") == "/signin?problem=oidc_unknown" and not is_signed_in(client)
    assert "统一" not in client.get("/signin?problem=nonsense").text.split("</form>")[0]
    assert client.get(reply.header("location")).status == 403


def test_closed_account_stays_closed(client: Browser) -> None:
    accounts.close_account("lin")
    assert walk(client).header("location") == "/signin?problem=oidc_unknown"


def test_bound_account_has_no_password(client: Browser) -> None:
    for password in ("", accounts.NO_PASSWORD, "subject-1"):
        assert not accounts.is_password("lin", password)


@pytest.mark.parametrize("issuer", ["expired"], indirect=True)
def test_expired_token_is_refused(client: Browser) -> None:
    assert walk(client).header("location") == "/signin?problem=oidc_failed" and not is_signed_in(client)


def claims_made(monkeypatch: pytest.MonkeyPatch, **changed: object) -> None:
    """From here on the provider's tokens say something else, under a right signature."""
    real = provider_app.OpenIDCode.get_jwt_config
    if "aud" in changed:
        monkeypatch.setattr(provider_app.OpenIDCode, "get_audiences", lambda *_: [changed["aud"]], raising=False)
    else:
        monkeypatch.setattr(
            provider_app.OpenIDCode, "get_jwt_config", lambda *words, **named: real(*words, **named) | changed
        )


@pytest.mark.parametrize("changed", [{"aud": "another client"}, {"iss": "http://evil.example"}])
def test_token_for_another_audience_or_of_another_issuer_is_refused(
    client: Browser, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    claims_made(monkeypatch, **changed)
    assert walk(client).header("location") == "/signin?problem=oidc_failed" and not is_signed_in(client)


def test_another_clients_token_is_refused_though_it_names_us_as_the_party() -> None:
    """Authlib takes a token for another audience if `azp` is ours."""
    with pytest.raises(ValueError, match="another"):
        oidc.check_audience({"aud": ["another client"], "azp": "anxin", "sub": "subject-1"})
    assert oidc.check_audience({"aud": "anxin", "sub": "subject-1"}) == "subject-1"


def forged(token: str) -> str:
    """The same token with another subject under the old signature."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    body = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "subject-1"}).encode()).rstrip(b"=").decode()
    return ".".join((head, body, signature))


def test_bad_signature_is_refused(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody between us and the provider makes the token say they are the counselor."""
    from authlib.integrations.starlette_client import StarletteOAuth2App

    real = StarletteOAuth2App.fetch_access_token

    async def tampered(self: object, *words: object, **named: object) -> dict[str, object]:
        token = await real(self, *words, **named)
        return token | {"id_token": forged(token["id_token"])}

    monkeypatch.setattr(StarletteOAuth2App, "fetch_access_token", tampered)
    assert walk(client, subject="mallory").header("location") == "/signin?problem=oidc_failed"
    assert not is_signed_in(client)


def test_answer_to_another_browsers_question_is_refused(client: Browser) -> None:
    """Else an attacker could sign a counselor in to the attacker's account, or hand on a code."""
    reply = walk(client, change=lambda address: address.replace("state=", "state=x"))
    assert reply.header("location") == "/signin?problem=oidc_failed"
    client.cookies.pop("anxin_oidc", None)
    away = client.get("/oidc/start", accept=PAGE).header("location")
    back = httpx.post(away, data={"sub": "subject-1"}, follow_redirects=False).headers["location"]
    other = Browser(client.app)
    reply = other.get(back.removeprefix("http://testserver"), accept=PAGE)
    assert reply.header("location") == "/signin?problem=oidc_failed" and not is_signed_in(other)


def test_provider_that_is_away_leaves_the_sign_in_page(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_OIDC_ISSUER", "http://localhost:9")
    settings.cache_clear()
    oidc._provider.cache_clear()
    assert client.get("/oidc/start", accept=PAGE).header("location") == "/signin?problem=oidc_failed"


def test_without_a_provider_there_is_no_such_way(home: object) -> None:
    assert oidc.routes() == [] and not settings().has_provider
