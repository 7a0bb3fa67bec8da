"""How much a form worker grows while sheets come in, in a process of its own: a test's own process moves by itself.

Run as a program with a place (folder or database address) and a number of sheets; prints megabytes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from intake_wave import WAVE, SmallWave, open_small_wave, sheet_of

from survey.intake import Outcome, close_intake, hand_in, issue_codes

HERE = Path(__file__).resolve()
CLASS = "s1-3-1"
IN_FLIGHT = 64


def measure_growth(place: str | Path, sheets: int) -> float:
    """Megabytes between the first tenth of the sheets and the last."""
    words = [sys.executable, str(HERE), str(place), str(sheets)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=HERE.parents[1])
    return float(done.stdout)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def hand_in_many(wave: SmallWave, number: int) -> None:
    codes = iter(issue_codes(wave.intake, WAVE, CLASS, number))

    async def student() -> None:
        for code in codes:
            assert await hand_in(wave.intake, sheet_of(CLASS, code)) is Outcome.STORED

    async def post() -> None:
        await asyncio.gather(*(student() for _ in range(IN_FLIGHT)))

    asyncio.run(post())


def main(place: str, sheets: int) -> None:
    wave, part = open_small_wave(place if "://" in place else Path(place)), sheets // 10
    hand_in_many(wave, part)
    before = resident_mb()
    for _ in range(9):
        hand_in_many(wave, part)
    print(resident_mb() - before)
    close_intake(wave.intake)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
