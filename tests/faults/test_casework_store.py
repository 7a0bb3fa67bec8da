"""The casework store under faults: locked, full, gone, read-only, damaged; and ten thousand signs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest
from casework_school import ANNA, BUREAU, FRIDAY, a_signal, strike, take
from typer.testing import CliRunner

from dashboard.casework import counts, evidence, history, signs, store
from dashboard.casework.problems import CaseworkGone
from dashboard.casework.values import Sign
from dashboard.settings import settings
from pipelines.cli import app
from pipelines.problems import CannotDo


def check(held: Sign, words: str = "typed words") -> Sign:
    return signs.finish_check(ANNA, held.sign_id, held.version, "founded", words)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.2)


def test_a_locked_store_says_so_and_takes_the_words_later(sign: Sign, home: Path, impatient: None) -> None:
    """Another program writes: reading goes on, the write is refused whole, and works when the lock is gone."""
    with closing(sqlite3.connect(home / "casework" / "casework.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert signs.find_sign(ANNA, sign.sign_id) == sign
        with pytest.raises(CaseworkGone, match="locked"):
            check(sign)
        other.execute("ROLLBACK")
    assert check(sign).status == "checked"


def test_a_full_store_loses_nothing_and_goes_on_when_there_is_room(sign: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may not grow by a page: the write is refused whole, the state before stands."""
    opens = store._open

    def full(file: Path) -> sqlite3.Connection:
        connection = opens(file)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(store, "_open", full)
    with pytest.raises(CaseworkGone, match="full"):
        for _ in range(200):
            signs.add_remark(ANNA, sign.sign_id, "长" * 4000)
    before = history.list_steps(ANNA, "sign", sign.sign_id)
    assert signs.find_sign(ANNA, sign.sign_id) == sign and before[-1].text in ("", "warning", "长" * 4000)
    monkeypatch.setattr(store, "_open", opens)
    assert check(sign).status == "checked"
    assert len(history.list_steps(ANNA, "sign", sign.sign_id)) == len(before) + 1


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of one megabyte over a folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_under_a_real_store(home: Path, set_day: Callable[[date], None]) -> None:
    """ENOSPC while a page and its log grow: refused, nothing half written, whole again with room. Root mounts disks."""
    (home / "casework").mkdir(parents=True, mode=0o700)
    with small_disk(home / "casework"):
        store.forget()
        take(a_signal())
        held = signs.list_signs(ANNA)[0]
        with pytest.raises(CaseworkGone, match="full"):
            for _ in range(400):
                signs.add_remark(ANNA, held.sign_id, "长" * 4000)
        before = len(history.list_steps(ANNA, "sign", held.sign_id))
        subprocess.run(["mount", "-o", "remount,size=8m", str(home / "casework")], check=True)
        assert check(held).status == "checked"
        assert len(history.list_steps(ANNA, "sign", held.sign_id)) == before + 1
        with store.reading(ANNA) as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_lost_store_is_noticed_and_never_begun_anew(sign: Sign, home: Path) -> None:
    """The file is moved away under the running dashboard, and stays away over a new start; put back, all is there."""
    file, away = home / "casework" / "casework.sqlite", home / "away.sqlite"
    store._engine(settings().casework_store).dispose()
    with closing(sqlite3.connect(file)) as held:
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.rename(away)
    for _ in range(2):
        with pytest.raises(CaseworkGone, match="gone"):
            signs.list_signs(ANNA)
        with pytest.raises(CaseworkGone, match="gone"):
            check(sign)
        assert not file.exists()
        store.forget()
    away.rename(file)
    assert signs.list_signs(ANNA) == [sign]


def test_a_damaged_store_says_so(sign: Sign, home: Path) -> None:
    file = home / "casework" / "casework.sqlite"
    for leftover in (home / "casework").glob("*-wal"):
        leftover.unlink()
    file.write_bytes(os.urandom(8192))
    with pytest.raises(CaseworkGone, match="damaged"):
        signs.list_signs(ANNA)


def test_a_server_that_is_down_is_told_with_a_next_step(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Nobody listens there: CaseworkGone for a page, exit code 1 and a sentence for a command, no address in it."""
    monkeypatch.setenv("ANXIN_CASEWORK_URL", "postgresql://desk:secret@127.0.0.1:9/anxin")
    settings.cache_clear()
    store.forget()
    with pytest.raises(CaseworkGone, match="gone") as gone:
        signs.list_signs(ANNA)
    assert gone.value.__cause__ is None and "secret" not in repr(gone.value)
    result = CliRunner().invoke(app, ["casework", "export", str(home / "c.csv")])
    assert isinstance(result.exception, CannotDo) and result.exception.next_step
    assert "secret" not in result.exception.sentence() and not (home / "c.csv").exists()


def test_a_picture_that_cannot_be_written_leaves_no_row(
    casework: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses the picture: no row promises one that isn't there."""

    def refuse(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(evidence, "clean_picture", lambda data: (data, "image/png", ".png"))
    write = evidence._write
    monkeypatch.setattr(evidence, "_write", refuse)
    with pytest.raises(CaseworkGone, match="full"):
        evidence.keep_evidence(ANNA, b"a", no_faces=True)
    monkeypatch.setattr(evidence, "_write", write)
    held = evidence.keep_evidence(ANNA, b"a", no_faces=True)
    assert evidence.read_evidence(ANNA, held.evidence_id)[0] == b"a"


def test_ten_thousand_signs(casework: str, set_day: Callable[[date], None]) -> None:
    """Taken over, escalated, listed and counted; a list of all stays under .3 s of CPU."""
    take(*(a_signal(f"S1-{number:05d}") for number in range(10_000)))
    assert strike(date(2026, 11, 25)) == (10_000, 10_000)
    began = time.process_time()
    held = signs.list_signs(ANNA)
    listed = time.process_time() - began
    began = time.process_time()
    (one, _) = counts.counts_by_school(BUREAU, today=FRIDAY)
    counted = time.process_time() - began
    assert len(held) == 10_000 and one.counts[0].number == 10_000
    assert listed < 0.3 and counted < 0.3, (listed, counted)
