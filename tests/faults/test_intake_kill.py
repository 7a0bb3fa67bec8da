"""Workers that die, replies that get lost, the same code from everywhere: 0 lost, 0 doubled."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_wave import WAVE, SmallWave, hand_in_all, open_small_wave, sheet_of
from intake_worker import Nursery, is_alive, open_nursery
from postgres_server import running_postgres, start, stop

from survey.intake import (
    Outcome,
    close_intake,
    close_wave,
    final_counts,
    hand_in,
    issue_codes,
    read_sealed,
    read_sealed_apart,
)
from survey.sealing import decode_sheet, unseal

CLASS = "s1-3-1"
ROUNDS = [7, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1500)])]


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with open_nursery(tmp_path_factory.mktemp("answers")) as opened:
        yield opened


def check_exactly_once(wave: SmallWave, codes: list[str]) -> None:
    """Every code in the store once: one sheet, one self-description, all of them openable."""
    close_wave(wave.intake, WAVE)
    sheets = [decode_sheet(unseal(wave.key, c), wave.instrument) for c in read_sealed(wave.intake, WAVE)]
    assert Counter(sheet.class_id for sheet in sheets) == {CLASS: len(codes)}
    assert sum(1 for _ in read_sealed_apart(wave.intake, WAVE)) == len(codes)
    assert final_counts(wave.intake, WAVE)[CLASS] == len(codes)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_worker_killed_at_any_point_loses_and_doubles_nothing(
    place: str | Path, rounds: int, nursery: Nursery
) -> None:
    """Each round a worker is killed; what it had acknowledged must come back as repeated, the rest must go in."""
    wave, chance = open_small_wave(place), random.Random(rounds)
    everything, answered = [], 0
    for number in range(rounds):
        codes = issue_codes(wave.intake, WAVE, CLASS, 60)
        worker = nursery.start(place, CLASS, codes)
        if number % 3:  # in full swing; else somewhere in its start
            worker.wait_for_an_answer()
        time.sleep(chance.uniform(0, 0.06))
        worker.kill()
        safe = worker.acknowledged()
        again = dict(zip(codes, retry(wave, codes), strict=True))
        assert all(again[code] is Outcome.REPEATED for code in safe)
        assert set(again.values()) <= {Outcome.STORED, Outcome.REPEATED}
        everything, answered = everything + codes, answered + len(safe)
    assert 0 < answered < len(everything)  # or the kills came too early, or too late, to mean anything
    check_exactly_once(wave, everything)
    close_intake(wave.intake)


def retry(wave: SmallWave, codes: list[str]) -> list[Outcome]:
    """The forms that the worker had sent, once more."""
    return hand_in_all(wave.intake, [sheet_of(CLASS, code, code.encode()) for code in codes])


def test_several_workers_with_the_same_codes_store_each_once(place: str | Path, nursery: Nursery) -> None:
    """A retry may reach another process than the first try did."""
    wave = open_small_wave(place)
    codes = issue_codes(wave.intake, WAVE, CLASS, 60)
    workers = [nursery.start(place, CLASS, random.Random(seed).sample(codes, len(codes))) for seed in range(4)]
    for worker in workers:
        worker.wait()
    assert [worker.acknowledged() for worker in workers] == [set(codes)] * 4
    check_exactly_once(wave, codes)
    close_intake(wave.intake)


def test_a_wave_that_closes_under_the_workers_keeps_what_they_acknowledged(place: str | Path, nursery: Nursery) -> None:
    """No sheet falls between the last look at the wave's state and the rewrite."""
    wave = open_small_wave(place)
    codes = issue_codes(wave.intake, WAVE, CLASS, 900)
    workers = [nursery.start(place, CLASS, codes[start::3]) for start in range(3)]
    for worker in workers:
        worker.wait_for_an_answer()
    close_wave(wave.intake, WAVE)
    for worker in workers:
        worker.wait()
    safe = set().union(*(worker.acknowledged() for worker in workers))
    assert 0 < len(safe) < len(codes)
    assert all("not_saved" not in worker.answers.read_text() for worker in workers)
    check_exactly_once(wave, sorted(safe))
    close_intake(wave.intake)


def test_a_rewrite_in_the_middle_of_a_sitting_disturbs_nobody(place: str | Path, nursery: Nursery) -> None:
    wave = open_small_wave(place)
    codes = issue_codes(wave.intake, WAVE, CLASS, 300)
    workers = [nursery.start(place, CLASS, codes[start::2]) for start in range(2)]
    rewritten = 0
    while any(is_alive(worker.pid) for worker in workers):
        rewritten += wave.intake.store.rewrite(WAVE, wave.intake.store.shelf_of("s1"))
        # one upon the other would leave SQLite's lock to whoever is luckier, for longer than they wait
        time.sleep(0.005)
    assert rewritten > 0
    assert set().union(*(worker.acknowledged() for worker in workers)) == set(codes)
    check_exactly_once(wave, codes)
    close_intake(wave.intake)


def test_one_code_from_fifty_threads_is_stored_once(place: str | Path) -> None:
    """Fifty event loops at once, each with a form of its own: one child's sheet, 49 refusals."""
    wave = open_small_wave(place)
    code = issue_codes(wave.intake, WAVE, CLASS, 1)[0]
    outcomes: list[Outcome] = []
    gate = threading.Barrier(50)

    def post(number: int) -> None:
        gate.wait()
        outcomes.extend(hand_in_all(wave.intake, [sheet_of(CLASS, code, bytes([number]))]))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {Outcome.STORED: 1, Outcome.REFUSED: 49}
    check_exactly_once(wave, [code])
    close_intake(wave.intake)


def test_a_reply_lost_after_the_commit_is_given_again(place: str | Path) -> None:
    """The client goes away while its sheet is being stored; the same form comes back later and is told: success."""
    wave = open_small_wave(place)
    codes = issue_codes(wave.intake, WAVE, CLASS, 10)

    async def lose(code: str) -> None:
        task = asyncio.ensure_future(hand_in(wave.intake, sheet_of(CLASS, code, b"form")))
        await asyncio.sleep(0.001)
        task.cancel()

    async def lose_all() -> None:
        await asyncio.gather(*(lose(code) for code in codes))

    asyncio.run(lose_all())
    close_intake(wave.intake)  # what had arrived is written, though nobody waits
    assert hand_in_all(wave.intake, [sheet_of(CLASS, code, b"form") for code in codes]) == [Outcome.REPEATED] * 10
    check_exactly_once(wave, codes)
    close_intake(wave.intake)


def test_a_database_server_that_crashes_loses_nothing_it_acknowledged(nursery: Nursery) -> None:
    """PostgreSQL stopped without writing anything out, then started again."""
    with running_postgres() as server:
        wave = open_small_wave(server.url())
        codes = issue_codes(wave.intake, WAVE, CLASS, 400)
        worker = nursery.start(server.url(), CLASS, codes)
        worker.wait_for_an_answer()
        stop(server, "immediate")
        worker.wait()
        safe = worker.acknowledged()
        start(server)
        again = dict(zip(codes, retry(wave, codes), strict=True))
        assert all(again[code] is Outcome.REPEATED for code in safe)
        assert len(safe) < len(codes)
        check_exactly_once(wave, codes)
        close_intake(wave.intake)
