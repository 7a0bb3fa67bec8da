"""A rehearsal: answers from interchange files handed in through the real intake, code by code, as students would."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from survey.intake import ClassLabel, HandIn, Intake, Outcome, hand_in, issue_codes, read_classes

AT_ONCE = 200
Row = dict[str, Any]


def rehearse(intake: Intake, wave: str, responses: Path, apart: Path, most: int | None = None) -> Counter[Outcome]:
    """Hand in every sheet of the files (or `most` of them), in random order; how many ended how."""
    sheets = list(build_sheets(intake, wave, read_rows(responses)[:most], read_rows(apart)))
    random.SystemRandom().shuffle(sheets)
    return asyncio.run(hand_in_all(intake, sheets))


async def hand_in_all(intake: Intake, sheets: Sequence[HandIn]) -> Counter[Outcome]:
    """A class or so at a time: sheets that arrive together share a commit."""
    outcomes: Counter[Outcome] = Counter()
    waiting = iter(sheets)
    while some := list(islice(waiting, AT_ONCE)):
        outcomes.update(await asyncio.gather(*(hand_in(intake, sheet) for sheet in some)))
    return outcomes


def build_sheets(intake: Intake, wave: str, responses: Sequence[Row], apart: Sequence[Row]) -> Iterator[HandIn]:
    """One form per response, each with a new code of its class and any self-description of its school and grade."""
    spare: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in apart:
        spare[row.pop("school_id"), row.pop("grade")].append(row)
    by_class: dict[str, list[Row]] = defaultdict(list)
    for row in responses:
        by_class[row.pop("class_id")].append(row)
    for label in read_classes(intake, wave):
        rows = by_class[label.class_id]
        for row, code in zip(rows, issue_codes(intake, wave, label.class_id, len(rows)), strict=True):
            yield build_sheet(wave, label, code, row, spare[label.school_id, label.grade].pop())


def build_sheet(wave: str, label: ClassLabel, code: str, answers: Row, apart: Row) -> HandIn:
    return HandIn(wave, label.school_id, label.band, code, secrets.token_bytes(16), answers, apart)


def read_rows(path: Path) -> list[Row]:
    from pyarrow import parquet

    rows: list[Row] = parquet.read_table(path).to_pylist()
    return rows
