"""A disk that is full, read-only or gone, and settings that would lose a sheet: never a false yes."""

from __future__ import annotations

import asyncio
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from intake_wave import PEPPER, WAVE, SmallWave, hand_in_all, open_small_wave, sheet_of
from intake_worker import open_nursery
from postgres_server import Server, running_postgres, start, stop

from survey.intake import Outcome, close_intake, close_wave, final_counts, hand_in, issue_codes, open_intake
from survey.intake.opening import read_pepper
from survey.intake.postgres import ALLOWED, check_settings
from survey.problems import NotSaved, StoreFault

CLASS = "s1-3-1"
NOBODY = 65534


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: the write fails like on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def is_not_saved(wave: SmallWave, code: str) -> bool:
    try:
        asyncio.run(hand_in(wave.intake, sheet_of(CLASS, code)))
    except NotSaved:
        return True
    return False


def check_code_still_good(wave: SmallWave, code: str) -> None:
    assert hand_in_all(wave.intake, [sheet_of(CLASS, code, b"later")]) == [Outcome.STORED]
    close_wave(wave.intake, WAVE)
    assert final_counts(wave.intake, WAVE)[CLASS] == 2
    close_intake(wave.intake)


def test_a_full_disk_is_said_and_the_code_stays_good(tmp_path: Path) -> None:
    wave = open_small_wave(tmp_path)
    before, code = issue_codes(wave.intake, WAVE, CLASS, 2)
    assert hand_in_all(wave.intake, [sheet_of(CLASS, before)]) == [Outcome.STORED]
    log = tmp_path / WAVE / "shelves" / "s1.sqlite-wal"
    with full_disk(log.stat().st_size + 100):
        assert is_not_saved(wave, code)
        assert is_not_saved(wave, code)
    check_code_still_good(wave, code)


def test_a_read_only_disk_is_said_and_the_code_stays_good() -> None:
    """Another user's files, seen by a process that may not write them."""
    folder = Path(tempfile.mkdtemp())
    try:
        wave = open_small_wave(folder / "intake")
        before, code = issue_codes(wave.intake, WAVE, CLASS, 2)
        assert hand_in_all(wave.intake, [sheet_of(CLASS, before)]) == [Outcome.STORED]
        set_modes(folder, 0o555, 0o444)
        with open_nursery(folder) as nursery:
            worker = nursery.start(folder / "intake", CLASS, [code], user=NOBODY)
            worker.wait()
        assert worker.answers.read_text() == f"{code} not_saved\n"
        set_modes(folder, 0o755, 0o644)
        check_code_still_good(wave, code)
    finally:
        shutil.rmtree(folder)


def set_modes(folder: Path, folders: int, files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(folders if path.is_dir() else files)


def test_a_store_that_vanished_is_not_made_anew(tmp_path: Path) -> None:
    """A wrong mount must not turn into an empty store that takes sheets."""
    wave = open_small_wave(tmp_path / "intake")
    code = issue_codes(wave.intake, WAVE, CLASS, 1)[0]
    assert hand_in_all(wave.intake, [sheet_of("s1-5-1", "A")]) == [Outcome.REFUSED]
    close_intake(wave.intake)
    (tmp_path / "intake" / WAVE / "shelves" / "s1.sqlite").rename(tmp_path / "elsewhere")
    assert is_not_saved(wave, code)
    assert list((tmp_path / "intake" / WAVE / "shelves").glob("s1*")) == []
    close_intake(wave.intake)


def test_a_database_that_is_read_only_or_down_is_said_and_comes_back() -> None:
    with running_postgres() as server:
        wave = open_small_wave(server.url())
        before, code = issue_codes(wave.intake, WAVE, CLASS, 2)
        assert hand_in_all(wave.intake, [sheet_of(CLASS, before)]) == [Outcome.STORED]
        set_read_only(server, "on")
        assert is_not_saved(wave, code)
        set_read_only(server, "off")
        stop(server, "fast")
        assert is_not_saved(wave, code)
        start(server)
        check_code_still_good(wave, code)


def set_read_only(server: Server, value: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.3)  # every session reads its settings anew between two statements


@pytest.mark.parametrize(
    ("name", "value"), [("fsync", "off"), ("synchronous_commit", "off"), ("track_commit_timestamp", "on")]
)
def test_a_real_server_with_unsafe_settings_is_refused(name: str, value: str) -> None:
    with running_postgres({name: value}) as server, pytest.raises(StoreFault, match=name):
        open_intake(server.url(), PEPPER)


def test_an_extension_that_writes_down_every_statement_is_refused() -> None:
    """auto_explain puts parameters into the server's log: which code's MAC came when, with which envelope."""
    chatty = {"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0"}
    with running_postgres(chatty) as server, pytest.raises(StoreFault, match="auto_explain"):
        open_intake(server.url(), PEPPER)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_each_setting_is_looked_at(name: str) -> None:
    safe = {setting: min(allowed) for setting, allowed in ALLOWED.items()}
    check_settings(safe)
    with pytest.raises(StoreFault, match=name):
        check_settings({**safe, name: "something else"})


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StoreFault) as refused:
        open_intake("postgresql://anxin:sesame@127.0.0.1:9/none", PEPPER)
    assert "sesame" not in str(refused.value)
    with pytest.raises(StoreFault, match="postgresql"):
        open_intake("mysql://127.0.0.1/none", PEPPER)


def test_the_pepper_is_drawn_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "survey" / "pepper"
    first = read_pepper(path)
    assert read_pepper(path) == first
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    path.write_bytes(first[:31])
    with pytest.raises(StoreFault, match="whole"):
        read_pepper(path)
