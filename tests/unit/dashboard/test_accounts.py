"""Accounts, sessions, throttling: the dashboard's own store."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from dashboard import accounts, sessions, store, throttle
from dashboard.__main__ import main
from dashboard.viewer import Viewer, audience_of

PASSWORD = "correct horse"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seconds since the epoch, moved by hand."""
    at = [1_800_000_000]
    monkeypatch.setattr(store, "now", lambda: at[0])
    return at


@pytest.fixture
def cookie(clock: list[int]) -> str:
    return sessions.start_session(accounts.add_account("lin", PASSWORD, "counselor", "S03"), "zh_CN")


def test_password_is_kept_as_argon2id_and_only_it_opens_the_account() -> None:
    accounts.add_account("lin", PASSWORD, "counselor", "S03")
    with store.engine().connect() as connection:
        kept = connection.execute(select(store.account.c.password_hash)).scalar_one()
    assert kept.startswith("$argon2id$") and PASSWORD not in kept
    assert accounts.is_password("lin", PASSWORD)
    assert not accounts.is_password("lin", PASSWORD + " ")
    assert not accounts.is_password("nobody", "nobody")  # the stand-in hash opens nothing


def test_hashes_cost_what_they_should(costly_hasher: PasswordHasher) -> None:
    """OWASP's least for argon2id: 19 MiB and 2 passes; the other tests use a cheap one."""
    assert costly_hasher.memory_cost >= 19 * 1024 and costly_hasher.time_cost >= 2


def test_store_and_key_are_readable_by_their_owner_only(home: Path) -> None:
    accounts.add_account("lin", PASSWORD, "bureau")
    key = store.signing_key()
    assert store.signing_key() == key and len(key) == 64
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home / "casework").iterdir()}
    assert modes["dashboard.sqlite"] == modes["cookie.key"] == 0o600
    assert stat.S_IMODE((home / "casework").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "password", "role", "scope"),
    [
        ("", PASSWORD, "bureau", ""),
        ("lin/../x", PASSWORD, "bureau", ""),
        ("lin", "short", "bureau", ""),
        ("lin", PASSWORD, "principal", ""),
        ("lin", PASSWORD, "counselor", ""),
        ("lin", PASSWORD, "counselor", "../bureau"),
        ("lin", PASSWORD, "counselor", "S03\n"),
        ("lin", PASSWORD, "bureau", "S03"),
    ],
)
def test_account_that_fits_no_role_is_refused(name: str, password: str, role: str, scope: str) -> None:
    with pytest.raises(ValueError):
        accounts.add_account(name, password, role, scope)


def test_a_name_is_taken_once_and_replacing_ends_its_sessions(cookie: str) -> None:
    with pytest.raises(ValueError, match="already"):
        accounts.add_account("lin", PASSWORD, "counselor", "S04")
    accounts.add_account("lin", "another one", "district", "D1", replace=True)
    assert sessions.find_session(cookie) is None
    assert accounts.find_viewer("lin") == Viewer("lin", "district", "D1")
    assert not accounts.is_password("lin", PASSWORD)


def test_session_carries_the_account_as_it_is_now(cookie: str) -> None:
    found = sessions.find_session(cookie)
    assert found is not None and found.viewer == Viewer("lin", "counselor", "S03") and found.language == "zh_CN"
    sessions.set_language(cookie, "en")
    assert sessions.find_session(cookie).language == "en"  # type: ignore[union-attr]


def test_stolen_copy_of_the_store_holds_no_cookie(cookie: str) -> None:
    with store.engine().connect() as connection:
        kept = connection.execute(select(store.session.c.token_hash)).scalar_one()
    assert kept not in cookie
    assert sessions.find_session(kept) is None


@pytest.mark.parametrize("forged", [None, "", "x", "IjEyMyI.abc"])
def test_forged_cookie_is_nobody(cookie: str, forged: str | None) -> None:
    assert sessions.find_session(forged) is None
    assert sessions.find_session(cookie[:-2] + "xx") is None


def test_signing_out_closing_and_revoking_end_a_session_everywhere(cookie: str) -> None:
    sessions.end_session(cookie)
    assert sessions.find_session(cookie) is None
    again = sessions.start_session(Viewer("lin", "counselor", "S03"), "zh_CN")
    sessions.end_sessions_of("lin")
    assert sessions.find_session(again) is None
    third = sessions.start_session(Viewer("lin", "counselor", "S03"), "zh_CN")
    assert accounts.close_account("lin") and sessions.find_session(third) is None
    assert not accounts.is_password("lin", PASSWORD)


def test_session_ends_when_left_alone_and_after_a_day_of_work(cookie: str, clock: list[int]) -> None:
    clock[0] += sessions.IDLE - 1
    assert sessions.find_session(cookie) is not None  # and counts as being there
    clock[0] += sessions.IDLE - 1
    assert sessions.find_session(cookie, touch=False) is not None  # a tab's own question does not
    clock[0] += 2
    assert sessions.find_session(cookie) is None


def test_busy_session_ends_all_the_same(cookie: str, clock: list[int]) -> None:
    started = clock[0]
    while sessions.find_session(cookie):
        clock[0] += sessions.IDLE // 2
    assert sessions.LONGEST <= clock[0] - started <= sessions.LONGEST + sessions.IDLE


def test_guessing_slows_down_and_never_locks_out(clock: list[int]) -> None:
    for _ in range(5):
        assert throttle.seconds_to_wait("lin", "10.0.0.1") == 0
        throttle.note_failure("lin", "10.0.0.1")
    waits = []
    for _ in range(30):
        waits.append(throttle.seconds_to_wait("lin", "10.0.0.1"))
        clock[0] += waits[-1]
        assert throttle.seconds_to_wait("lin", "10.0.0.1") == 0, "a wait ends by itself"
        throttle.note_failure("lin", "10.0.0.1")
    assert waits == sorted(waits) and waits[0] == 2 and waits[-1] == 900
    # The counselor at another address waits half a minute at most, however hard the stranger tries.
    assert 0 < throttle.seconds_to_wait("lin", "10.9.9.9") <= 30
    assert throttle.seconds_to_wait("wang", "10.9.9.9") == 0


def test_success_forgets_the_name_but_not_the_address() -> None:
    for _ in range(60):
        throttle.note_failure("lin", "10.0.0.1")
    throttle.forget_failures("lin", "10.0.0.1")
    assert throttle.seconds_to_wait("lin", "10.0.0.2") == 0
    assert throttle.seconds_to_wait("lin", "10.0.0.1") > 0


def test_audience_follows_role_and_scope() -> None:
    assert audience_of(Viewer("a", "bureau", "")) == "bureau"
    assert audience_of(Viewer("a", "district", "D1")) == "district_D1"
    assert audience_of(Viewer("a", "counselor", "S03")) == "school_S03"


def test_command_line_adds_and_closes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ANXIN_PASSWORD", PASSWORD)
    assert main(["account", "add", "lin", "--role", "counselor", "--scope", "S03"]) == 0
    assert accounts.is_password("lin", PASSWORD)
    assert main(["account", "add", "lin", "--role", "bureau"]) == 2
    assert main(["account", "close", "lin"]) == 0
    assert main(["account", "close", "wang"]) == 2
    assert PASSWORD not in "".join(capsys.readouterr())
