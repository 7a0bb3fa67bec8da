"""How sheets were filled in, counted in SQL, against the slow way: one sheet at a time."""

from __future__ import annotations

from collections import Counter
from random import Random
from unittest import mock

import duckdb
import pytest

from pipelines.score import quality, score_wave
from survey.instrument import load_instrument
from survey.settings import TERM
from tests.small_wave import SchoolClass, Sheet, core_rows, small_instrument, store_wave

CLASSES = [SchoolClass(name, "jr") for name in "abcdef"] + [SchoolClass("small", None, grade=12)]
# Few answers, so that sheets are equal now and then; `hp_joke` 2 stands for a sheet that was too fast.
ANSWERS = {
    "hon_true": [1, 1, 2, 3, None], "hon_read": [0, 2], "hp_joke": [0, 2], "safe_school": [1, 4],
    "place__underground_pool": [0, 0, 0, 1],
}  # fmt: skip


def random_sheets(seed: int, number: int) -> list[Sheet]:
    """Sheets of all classes, every fourth of them blank."""
    random = Random(seed)
    return [
        Sheet(
            random.choice(CLASSES).class_id,
            {name: random.choice(codes) for name, codes in ANSWERS.items()},
            take_part=random.choice([1, 1, 1, 0]),
        )
        for _ in range(number)
    ]


def slow_quality(sheets: list[Sheet]) -> dict[tuple[str], tuple[int, int, int, int]]:
    """class → answers, too fast, equal to another of the class, doubtful."""
    found = {}
    for name in "abcdef":
        mine = [sheet.answers for sheet in sheets if sheet.class_id == name and sheet.take_part]
        times = Counter(tuple(answers.values()) for answers in mine)
        doubtful = [one["hon_true"] == 3 or one["hon_read"] == 2 or one["place__underground_pool"] == 1 for one in mine]
        fast = sum(one["hp_joke"] == 2 for one in mine)
        found[(name,)] = (len(mine), fast, sum(n for n in times.values() if n > 1), sum(doubtful))
    return found


@pytest.mark.parametrize("rows_at_once", [2_000_000, 20])
def test_counts_are_those_of_the_slow_way(rows_at_once: int) -> None:
    """Blanks and bands that aren't asked stay out; going through the classes in parts changes nothing."""
    sheets = random_sheets(4, 120)
    with duckdb.connect() as connection, mock.patch.object(quality, "ROWS_AT_ONCE", rows_at_once):
        store_wave(connection, load_instrument(TERM), CLASSES, sheets)
        connection.execute("UPDATE wave_2026_1.raw_submission SET too_fast = 1 WHERE hp_joke = 2")
        score_wave(connection, "2026-1")
        assert core_rows(connection, "core_class_wave_quality") == slow_quality(sheets)


def test_a_short_instrument_tells_neither_copies_nor_doubts() -> None:
    """Five answers are equal by chance, and nobody was asked about honesty: NULL, not 0."""
    items = {"hit": {"bands": ["jr"], "scale": "freq"}}
    short = small_instrument(["jr"], items, {"hit": {"numerator": {"items": ["hit"], "at_least": 1}}})
    with duckdb.connect() as connection:
        store_wave(connection, short, CLASSES, [Sheet("a", {"hit": 0}), Sheet("a", {"hit": 0})])
        score_wave(connection, "2026-1")
        assert core_rows(connection, "core_class_wave_quality") == {("a",): (2, 0, None, None)}
