"""Sessions: a signed cookie names a row; the row decides. Deleting the row ends every tab."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, insert, select, update

from dashboard import store
from dashboard.viewer import Viewer

COOKIE = "anxin_session"
LONGEST = 12 * 3600  # a working day, however busy
IDLE = 60 * 60  # an office left alone
SEEN_STEP = 60  # "seen" is written at most once a minute, so that a rerun is a read


@dataclass(frozen=True)
class Session:
    """One sign-in, as it stands now. `mark` tells it from every other, and opens nothing."""

    viewer: Viewer
    language: str
    mark: str = ""


def start_session(viewer: Viewer, language: str) -> str:
    """Begin a session and return the cookie's value; sessions past their time are swept away."""
    token, at = secrets.token_urlsafe(32), store.now()
    with store.engine().begin() as connection:
        connection.execute(delete(store.session).where(_is_over(at)))
        connection.execute(
            insert(store.session).values(
                token_hash=_hash(token), account=viewer.name, started_at=at, seen_at=at, language=language
            )
        )
    return _serializer().dumps(token)


def find_session(cookie: str | None, *, touch: bool = True) -> Session | None:
    """The live session of a cookie, with the role and scope its account has at this moment.

    `touch` notes that somebody is there, which keeps an idle session from ending.
    """
    token = _token(cookie)
    if token is None:
        return None
    at, key = store.now(), _hash(token)
    query = (
        select(store.session.c.seen_at, store.session.c.language, store.account)
        .join(store.account, store.account.c.name == store.session.c.account)
        .where(store.session.c.token_hash == key, store.account.c.active == 1, ~_is_over(at))
    )
    with store.engine().connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    if touch and at - row.seen_at >= SEEN_STEP:
        _update(key, seen_at=at)
    return Session(Viewer(row.name, row.role, row.scope), row.language, key[:16])


def set_language(cookie: str | None, language: str) -> None:
    """Keep the language with the session."""
    token = _token(cookie)
    if token is not None:
        _update(_hash(token), language=language)


def end_session(cookie: str | None) -> None:
    """End this session in every tab."""
    token = _token(cookie)
    if token is not None:
        with store.engine().begin() as connection:
            connection.execute(delete(store.session).where(store.session.c.token_hash == _hash(token)))


def end_sessions_of(name: str) -> None:
    """End every session of an account."""
    with store.engine().begin() as connection:
        connection.execute(delete(store.session).where(store.session.c.account == name))


def _update(key: str, **values: object) -> None:
    with store.engine().begin() as connection:
        connection.execute(update(store.session).where(store.session.c.token_hash == key).values(**values))


def _is_over(at: int):  # type: ignore[no-untyped-def]  # a SQL condition
    return (store.session.c.started_at <= at - LONGEST) | (store.session.c.seen_at <= at - IDLE)


def _token(cookie: str | None) -> str | None:
    try:
        return _serializer().loads(cookie) if cookie else None
    except BadSignature:
        return None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(store.signing_key(), salt="session")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
