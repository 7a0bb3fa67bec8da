"""What a thief does with a copy of the store: where known bytes stand, and whether two orders agree."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt
from pathlib import Path

from intake_wave import WAVE, SmallWave, sheet_of

from survey.codes import code_mac
from survey.intake import Outcome, hand_in, issue_codes
from survey.intake.handing_in import replay_mac
from survey.sealing import decode_apart, decode_sheet, unseal

CLASS = "s1-3-1"
BITS = 6  # a sheet's number in the sitting, hidden in six yes-or-no answers
SHEET_FLAGS = ("avoid__classroom", "avoid__corridor", "avoid__toilet", "avoid__canteen", "avoid__corner", "avoid__gate")
APART_FLAGS = ("uses__boards", "uses__canteen", "uses__bus", "uses__evening", "uses__online", "uses__placement")


@dataclass(frozen=True)
class Sitting:
    """Codes in the order in which they were spent; the n-th sheet says n."""

    wave: SmallWave
    codes: list[str]

    @property
    def replays(self) -> list[bytes]:
        """The MAC that marks each code as spent, in order."""
        pepper = self.wave.intake.pepper
        return [replay_mac(pepper, code_mac(pepper, WAVE, code), code.encode()) for code in self.codes]

    def number_of(self, ciphertext: bytes) -> int:
        """Only the test can look: it holds the bureau's key."""
        return number_from(decode_sheet(unseal(self.wave.key, ciphertext), self.wave.instrument).answers, SHEET_FLAGS)

    def number_of_apart(self, ciphertext: bytes) -> int:
        return number_from(decode_apart(unseal(self.wave.key, ciphertext), self.wave.instrument).answers, APART_FLAGS)


def sit(wave: SmallWave, students: int = 48) -> Sitting:
    """One after another, each in a commit of its own: the worst case for whoever wants to stay unseen."""
    codes = issue_codes(wave.intake, WAVE, CLASS, students)

    async def post() -> None:
        for number, code in enumerate(codes):
            form = sheet_of(CLASS, code, code.encode(), **flags_of(number, SHEET_FLAGS))
            assert await hand_in(wave.intake, replace(form, apart=flags_of(number, APART_FLAGS))) is Outcome.STORED

    asyncio.run(post())
    return Sitting(wave, codes)


def flags_of(number: int, names: Sequence[str]) -> dict[str, int]:
    return {name: number >> bit & 1 for bit, name in enumerate(names)}


def number_from(answers: object, names: Sequence[str]) -> int:
    return sum(answers[name] << bit for bit, name in enumerate(names))  # type: ignore[index]


def tau(values: Sequence[float]) -> float:
    """Kendall's rank correlation of values with their own positions: 1 in order, 0 by chance."""
    pairs = list(combinations(values, 2))
    return sum((later > earlier) - (later < earlier) for earlier, later in pairs) / len(pairs)


def chance(students: int) -> float:
    """Four standard deviations of tau between two unrelated orders."""
    return 4 * sqrt(2 * (2 * students + 5) / (9 * students * (students - 1)))


def order_in(content: bytes, needles: Iterable[bytes]) -> list[int]:
    """Where each needle stands first; -1 where it doesn't."""
    return [content.find(needle) for needle in needles]


def files_under(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def find_leftovers(folder: Path, needles: Iterable[bytes]) -> int:
    """How many of the needles stand in any file."""
    contents = [path.read_bytes() for path in files_under(folder)]
    return sum(any(needle in content for content in contents) for needle in needles)
