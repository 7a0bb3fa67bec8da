"""The access log: every entry kept, every change found, nothing shown where it can't be written."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard import accesslog, store
from dashboard.accesslog import Break, LogGone, check_chain, head, note, read_entries
from dashboard.settings import settings
from dashboard.viewer import Viewer

LIN = Viewer("lin", "counselor", "S03")
DAY = 86_400


@pytest.fixture(autouse=True)
def clock(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seconds since the epoch, moved by hand."""
    at = [1_800_000_000]
    monkeypatch.setattr(accesslog, "now", lambda: at[0])
    return at


def change(*statements: str) -> None:
    """What somebody with the file could do: drop the triggers, then change what stands there."""
    with sqlite3.connect(settings().access_log) as connection:
        for statement in ("DROP TRIGGER IF EXISTS entry_kept", "DROP TRIGGER IF EXISTS entry_fixed", *statements):
            connection.execute(statement)


def write(number: int = 3) -> None:
    for page in range(number):
        note(LIN, "view", f"page {page}", "looked for a sign")


def test_entries_say_who_what_when_and_why_newest_first() -> None:
    write(2)
    newest, first = read_entries()
    assert (newest.seq, newest.who, newest.role, newest.scope) == (2, "lin", "counselor", "S03")
    assert (first.action, first.about, first.reason, first.at) == (
        "view",
        "page 0",
        "looked for a sign",
        1_800_000_000,
    )
    assert read_entries(before=2) == [first] and read_entries(who="wu") == []
    assert check_chain() is None and head() == (2, newest.hash)


def test_entries_can_be_neither_changed_nor_deleted() -> None:
    write()
    with sqlite3.connect(settings().access_log) as connection:
        for statement in ("UPDATE entry SET who = 'wu'", "DELETE FROM entry"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entry SET who = 'wu' WHERE seq = 2", Break(2, "changed")),
        ("UPDATE entry SET at = at + 1 WHERE seq = 3", Break(3, "changed")),
        ("DELETE FROM entry WHERE seq = 2", Break(2, "missing")),
        ("DELETE FROM entry WHERE seq = 1", Break(1, "missing")),
    ],
)
def test_whoever_changes_the_file_is_found(statement: str, found: Break) -> None:
    write()
    change(statement)
    assert check_chain() == found


def test_days_heads_find_a_chain_that_was_cut_or_written_anew(clock: list[int]) -> None:
    """A chain that was rewritten to its end is whole in itself; only a head written down before tells."""
    write()
    clock[0] += DAY
    note(LIN, "view", "page 3")
    assert accesslog.read_heads() == {3: read_entries()[1].hash}
    change("DELETE FROM entry WHERE seq > 2")
    assert check_chain() == Break(3, "missing")
    write(1)
    assert check_chain() == Break(3, "head")


@pytest.mark.parametrize("more", [0, 1, 5])
def test_an_end_that_was_cut_off_the_same_day_is_found(more: int) -> None:
    """The rest is a whole chain, and goes on as one: only the hashes beside the accounts tell, and they stay."""
    write(6)
    change("DELETE FROM entry WHERE seq > 3")
    write(more)
    assert check_chain() == Break(4, "head" if more else "missing")


def test_a_log_begun_anew_on_its_first_day_is_missed() -> None:
    """Before the day's head is written down the accounts alone know that there was a log."""
    write(2)
    for part in settings().access_log.parent.glob("access.sqlite*"):
        part.unlink()
    with pytest.raises(LogGone):
        write(1)


def test_where_the_hash_cannot_be_kept_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the entry stands: somebody tried to look."""
    write(1)
    with sqlite3.connect(settings().store) as accounts:
        accounts.execute("DROP TABLE log_hash")
    with pytest.raises(LogGone):
        write(1)
    assert read_entries()[0].seq == 2


def test_one_chain_though_many_write_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda page: note(LIN, "view", f"page {page}"), range(40)))
    assert check_chain() is None and head()[0] == 40


def test_clock_set_back_does_not_run_backwards(clock: list[int]) -> None:
    write(1)
    clock[0] -= DAY
    write(1)
    assert [entry.at for entry in read_entries()] == [1_800_000_000] * 2 and check_chain() is None


def test_log_that_was_moved_away_is_missed_and_not_begun_anew(clock: list[int]) -> None:
    write(1)
    clock[0] += DAY
    write(1)
    settings().access_log.rename(settings().access_log.with_suffix(".away"))
    with pytest.raises(LogGone):
        note(LIN, "view", "page")


def test_log_that_is_locked_or_read_only_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    write(1)
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout, **more: real(path, timeout=0.05, **more))
    with real(settings().access_log) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogGone):
            note(LIN, "view", "page")


def test_only_its_owner_reads_it() -> None:
    write(1)
    assert stat.S_IMODE(settings().access_log.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings().access_log.parent.stat().st_mode) == 0o700


def test_long_reasons_are_cut_and_the_clock_is_the_stores() -> None:
    note(LIN, "view", "x" * 10_000, "y" * 10_000)
    entry = read_entries()[0]
    assert len(entry.about) == len(entry.reason) == accesslog.LONGEST
    assert store.now() > 1_700_000_000
