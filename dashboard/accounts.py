"""Local accounts: argon2id hashes in the dashboard's own store."""

from __future__ import annotations

import re
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select, update

from dashboard import store
from dashboard.refused import Refused
from dashboard.viewer import Viewer, check_scope

NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
SHORTEST_PASSWORD = 8
NO_PASSWORD = " " * SHORTEST_PASSWORD  # of an account that a provider vouches for: its empty hash verifies nothing


def add_account(name: str, password: str, role: str, scope: str = "", *, replace: bool = False) -> Viewer:
    """Add a local account; with `replace`, set its password, role and scope anew and end its sessions.

    Refused says what is wrong and the next step.
    """
    check_account(name, password, role, scope)
    row = {"password_hash": _hasher().hash(password), "role": role, "scope": scope, "active": 1}
    with store.engine().begin() as connection:
        known = connection.execute(select(store.account.c.name).where(store.account.c.name == name)).first()
        if known and not replace:
            raise Refused("command.account_there", name=name)
        if known:
            connection.execute(delete(store.session).where(store.session.c.account == name))
            connection.execute(update(store.account).where(store.account.c.name == name).values(**row))
        else:
            connection.execute(insert(store.account).values(name=name, **row))
    return Viewer(name, role, scope)


def bind_account(name: str, issuer: str, subject: str, role: str, scope: str = "") -> Viewer:
    """Add an account without a password, or change one's role and scope, for whom the provider calls `subject`.

    Its sessions end. Refused says what is wrong and the next step.
    """
    if not issuer or not subject:
        raise Refused("command.provider")
    check_account(name, NO_PASSWORD, role, scope)
    row = {"password_hash": "", "role": role, "scope": scope, "active": 1}
    with store.engine().begin() as connection:
        connection.execute(delete(store.session).where(store.session.c.account == name))
        known = connection.execute(update(store.account).where(store.account.c.name == name).values(**row)).rowcount
        if not known:
            connection.execute(insert(store.account).values(name=name, **row))
        bound = store.bound_subject
        same = (bound.c.account == name) | ((bound.c.issuer == issuer) & (bound.c.subject == subject))
        connection.execute(delete(bound).where(same))
        connection.execute(insert(bound).values(issuer=issuer, subject=subject, account=name))
    return Viewer(name, role, scope)


def find_bound(issuer: str, subject: str) -> Viewer | None:
    """The viewer of the active account that is bound to a provider's subject."""
    bound = store.bound_subject.c
    query = select(bound.account).where(bound.issuer == issuer, bound.subject == subject)
    with store.engine().connect() as connection:
        name = connection.execute(query).scalar_one_or_none()
    return find_viewer(name) if name else None


def check_account(name: str, password: str, role: str, scope: str) -> None:
    """Raise Refused unless an account could be made of this."""
    if not NAME.fullmatch(name):
        raise Refused("command.account_name")
    if len(password) < SHORTEST_PASSWORD:
        raise Refused("command.password_short", least=SHORTEST_PASSWORD)
    check_scope(role, scope)


def close_account(name: str) -> bool:
    """Take an account out of use and end all its sessions; True if it was there."""
    with store.engine().begin() as connection:
        connection.execute(delete(store.session).where(store.session.c.account == name))
        changed = connection.execute(update(store.account).where(store.account.c.name == name).values(active=0))
    return changed.rowcount > 0


def find_viewer(name: str) -> Viewer | None:
    """The viewer an active account stands for."""
    with store.engine().connect() as connection:
        row = connection.execute(
            select(store.account.c.role, store.account.c.scope).where(
                store.account.c.name == name, store.account.c.active == 1
            )
        ).first()
    return Viewer(name, row.role, row.scope) if row else None


def is_password(name: str, password: str) -> bool:
    """Whether this is the password of an active account. An unknown name costs the same time as a known one."""
    with store.engine().connect() as connection:
        row = connection.execute(
            select(store.account.c.password_hash).where(store.account.c.name == name, store.account.c.active == 1)
        ).first()
    try:
        # An account that a provider vouches for has an empty hash; it must cost a guess the same time.
        _hasher().verify((row and row.password_hash) or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(row and row.password_hash)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the library's current (RFC 9106) parameters


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody")
