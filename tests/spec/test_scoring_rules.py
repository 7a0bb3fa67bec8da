"""What an indicator says of one sheet. The tables are the manual: each row is a sheet, a result and the reason.

`.` is an empty answer, `-` a result that is missing. The instrument is tests/instruments/mini_scoring.yml:
a to e are asked in both bands, f only in the high one; 9 is "rather not answer", 8 of f is "not applicable".
"""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.instrument import load_instrument
from survey.scoring import score

MINI = load_instrument(Path(__file__).parents[1] / "instruments" / "mini_scoring.yml")

OFTEN = """
band | a b c d e f | often | why
low  | 0 0 0 0 0 . | 0     | all answered, nothing counts
low  | 2 0 0 0 0 . | 1     | one form monthly counts
low  | 1 1 1 1 1 . | 0     | many forms once or twice don't add up to often
low  | 3 . . . . . | 1     | one answer that counts is enough, however many are empty
low  | 0 0 0 0 . . | 0     | 4 of 5 is exactly 80 %: enough for a 0
low  | 0 0 0 . . . | -     | 3 of 5 is 60 %: too few for a 0
low  | 0 0 0 0 9 . | 0     | 9 is missing as an empty answer is: again 4 of 5
low  | 0 0 0 9 . . | -     | 9 and empty are added up: 3 of 5
low  | 9 9 9 9 9 . | -     | 9 is never "2 or more"
low  | . . . . . . | -     | a blank sheet says nothing
low  | 0 0 0 0 0 3 | 0     | f isn't asked in the low band: it isn't looked at
high | 0 0 0 0 0 3 | 1     | in the high band it is
high | 0 0 0 0 . . | -     | 4 of 6 is 67 %
high | 0 0 0 0 0 . | 0     | 5 of 6 is 83 %
high | 0 0 0 0 0 8 | 0     | not applicable is missing, and never "2 or more"
high | 0 0 0 0 9 8 | -     | 8 and 9 are missing alike: 4 of 6
"""

SEVERAL = """
band | a b c d e f | several | why
low  | 1 1 1 0 0 . | 1       | three forms, once or twice each
low  | 3 3 0 0 0 . | 0       | two forms, however often
low  | 1 1 1 . . . | 1       | met by what was answered
low  | 1 1 9 0 0 . | 0       | the third isn't known: 4 of 5 answered, so 0
low  | 1 1 9 9 0 . | -       | two aren't known: 3 of 5
high | 1 1 0 0 0 1 | 1       | f is the third
"""

MIXED = """
band | a b c d e f | mixed | why
low  | 3 0 0 . . . | 1     | the first clause: a weekly
low  | 0 1 2 . . . | 1     | the second: b and c both 1 or 2
low  | 2 1 0 . . . | 0     | neither; its items are a, b and c, and all are answered
low  | 0 3 3 . . . | 0     | one_of 1, 2 doesn't mean 3
low  | 2 1 . . . . | -     | 2 of 3 is 67 %
"""

CALM = """
band | a b c d e f | calm | why
low  | 0 . . . . . | 1    | at most 1
low  | 2 . . . . . | 0    | more
low  | 9 . . . . . | -    | 9 isn't "at most" either
low  | . . . . . . | -    | nor is empty
"""

ONLY_HIGH = """
band | a b c d e f | f_often | why
high | . . . . . 2 | 1       | asked and met
high | . . . . . 8 | -       | not applicable
low  | . . . . . 2 | -       | a band without the item isn't asked, whatever the column holds
"""

AMONG = """
band | told | better | why
low  | 2    | 1      | it happened, they told, it got better
low  | 3    | 0      | it happened, they told, it got worse
low  | 1    | 0      | it happened, they told nobody: in the base
low  | 0    | -      | it didn't happen: outside the base
low  | 9    | -      | not known whether it happened
low  | .    | -      | nor here
"""


def rows(table: str) -> list[tuple[str, dict[str, int | None], str, int | None, str]]:
    """(band, answers, indicator, result, reason) of each row."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    items = header[1].split()
    return [
        (band, {i: number(a) for i, a in zip(items, answers.split(), strict=True)}, header[2], number(result), why)
        for band, answers, result, why in lines
    ]


def number(cell: str) -> int | None:
    return None if cell in ".-" else int(cell)


ALL = [row for table in (OFTEN, SEVERAL, MIXED, CALM, ONLY_HIGH, AMONG) for row in rows(table)]


@pytest.mark.parametrize(("band", "answers", "indicator", "result", "why"), ALL, ids=[row[-1] for row in ALL])
def test_a_row_of_the_manual_holds(
    band: str, answers: dict[str, int | None], indicator: str, result: int | None, why: str
) -> None:
    assert score(MINI.indicators[indicator], answers, band) == result, why


def test_a_column_that_is_not_in_the_sheet_is_empty() -> None:
    """A sheet without the column and a sheet with an empty one mean the same."""
    assert score(MINI.indicators["often"], {"a": 0, "b": 0, "c": 0, "d": 0}, "low") == 0
    assert score(MINI.indicators["often"], {"a": 0, "b": 0, "c": 0}, "low") is None
