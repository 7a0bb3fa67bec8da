"""Acknowledged means synced: the power may fail between any two writes of the intake."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from intake_wave import WAVE, open_small_wave, sheet_of
from power_cut import Event, RecordingDisk, images, open_recorded

from survey.intake import issue_codes
from survey.intake.batch import Envelope, seal_job
from survey.intake.handing_in import build_job, open_desk
from survey.intake.sqlite import PRAGMAS, SqliteStore, rewrite_file, write_envelopes

SHELF = "s1.sqlite"


@dataclass(frozen=True)
class Run:
    """Everything the disk saw of a sitting, and the codes each commit had acknowledged."""

    before: dict[str, bytes]
    log: list[Event]
    commits: list[list[bytes]]


@pytest.fixture(scope="module")
def disk() -> Iterator[list[Event]]:
    log: list[Event] = []
    layer = RecordingDisk(log)
    yield log
    layer.unregister()


def run_sitting(folder: Path, log: list[Event], synchronous: str, commits: int = 10) -> Run:
    """A sitting through the store's own statements and pragmas, with a rewrite in the middle."""
    batches = build_batches(folder, commits)
    path = folder / WAVE / "shelves" / SHELF
    before = {SHELF: path.read_bytes()}
    log.clear()
    connection = open_recorded(path)
    for pragma in (*PRAGMAS, "PRAGMA wal_autocheckpoint = 30", f"PRAGMA synchronous = {synchronous}"):
        connection.execute(pragma)
    for number, envelopes in enumerate(batches, start=1):
        write_envelopes(connection, WAVE, envelopes)
        log.append(Event("done", offset=number))
        if number == commits // 2:
            assert rewrite_file(connection)
    events = list(log)
    connection.close()
    return Run(before, events, [[e.mac for e in envelopes] for envelopes in batches])


def build_batches(folder: Path, commits: int) -> list[list[Envelope]]:
    wave = open_small_wave(folder)
    codes = issue_codes(wave.intake, WAVE, "s1-3-1", 3 * commits)
    desk = open_desk(wave.intake, WAVE)
    assert desk is not None
    jobs = [build_job(wave.intake, desk, sheet_of("s1-3-1", code)) for code in codes]
    envelopes = [seal_job(desk, job, "s1-3-1") for job in jobs if job]
    return [envelopes[start : start + 3] for start in range(0, len(envelopes), 3)]


def count_faults(run: Run, folder: Path, every: int = 1) -> tuple[int, int, int]:
    """(images looked at, acknowledged sheets lost, images in which codes and envelopes disagree)."""
    looked = lost = broken = 0
    for number, (done, files) in enumerate(images(run.before, run.log, random.Random(1))):
        if number % every:
            continue
        spent, sheets, aparts = restart(folder, files)
        acknowledged = {mac for batch in run.commits[:done] for mac in batch}
        looked, lost = looked + 1, lost + len(acknowledged - spent)
        broken += not len(spent) == sheets == aparts
    return looked, lost, broken


def restart(folder: Path, files: dict[str, bytes]) -> tuple[set[bytes], int, int]:
    """What the store finds when the power is back: spent codes, sheets, self-descriptions."""
    for old in folder.glob(f"{SHELF}*"):
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    connection = sqlite3.connect(folder / SHELF)
    try:
        spent = {row[0] for row in connection.execute("SELECT code_mac FROM access_code WHERE replay_mac NOT NULL")}
        sheets, aparts = (connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("sealed", "apart"))
        return spent, sheets, aparts
    except sqlite3.DatabaseError:  # not even a database any more
        return set(), 0, 1
    finally:
        connection.close()


@pytest.mark.parametrize("commits", [10, pytest.param(60, marks=pytest.mark.long)])
def test_no_acknowledged_sheet_is_lost_wherever_the_power_fails(
    tmp_path: Path, disk: list[Event], commits: int
) -> None:
    run = run_sitting(tmp_path / "store", disk, "FULL", commits)
    looked, lost, broken = count_faults(run, tmp_path)
    assert looked > 20 * commits
    assert (lost, broken) == (0, 0)


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_weaker_syncing_loses_sheets_in_the_same_test(tmp_path: Path, disk: list[Event], synchronous: str) -> None:
    """The control: if this passes without a loss, the test above can't see one."""
    run = run_sitting(tmp_path / "store", disk, synchronous)
    assert count_faults(run, tmp_path, every=5)[1] > 0


def test_the_store_syncs_every_commit(tmp_path: Path) -> None:
    """A pragma lost in a refactoring would leave the power-cut test green only by its own pragmas."""
    open_small_wave(tmp_path)
    connection = SqliteStore(tmp_path).connect(WAVE, "s1")
    settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    connection.close()
    assert settings == ["wal", 2]
