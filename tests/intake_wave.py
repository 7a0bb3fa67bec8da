"""A small wave for tests: three schools, every band, a key pair, and codes when asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from survey.instrument import Instrument, load_instrument
from survey.intake import (
    ClassLabel,
    Contact,
    HandIn,
    Intake,
    Outcome,
    SchoolLabel,
    hand_in,
    open_intake,
    open_wave,
)
from survey.sealing import KeyPair, new_key

WAVE = "2026-1"
PEPPER = bytes(range(32))
CONTACTS = (
    Contact("counselor", "王老师", "010-1000", "心理室", "周一至周五 12:00–13:30"),
    Contact("head teacher", "李老师", "010-1001"),
    Contact("hotline", "12355", "12355", outside=True),
)
SCHOOLS = (
    SchoolLabel("s1", "第一小学", "d1", ("g34", "g56"), CONTACTS, {"toilet": "北楼厕所"}),
    SchoolLabel("s2", "第二中学", "d1", ("jr", "sr"), CONTACTS),
    SchoolLabel("s3", "职业高中", "d2", ("voc",), CONTACTS),
)
CLASSES = (
    ClassLabel("s1-3-1", "s1", "三年级1班", "g34", 3, 40),
    ClassLabel("s1-5-1", "s1", "五年级1班", "g56", 5, 42),
    ClassLabel("s2-7-1", "s2", "初一1班", "jr", 7, 45),
    ClassLabel("s2-10-1", "s2", "高一1班", "sr", 10, 50),
    ClassLabel("s3-10-1", "s3", "职一1班", "voc", 10, 38),
)
BY_CLASS = {label.class_id: label for label in CLASSES}


@dataclass(frozen=True)
class SmallWave:
    intake: Intake
    key: KeyPair
    instrument: Instrument
    wave: str = WAVE


@cache
def term() -> Instrument:
    return load_instrument()


def open_small_wave(
    place: str | Path,
    *,
    wave: str = WAVE,
    classes: Sequence[ClassLabel] = CLASSES,
    instrument: Instrument | None = None,
) -> SmallWave:
    """An open wave in a folder, or in the PostgreSQL database of a URL."""
    intake, key, asked = open_intake(place, PEPPER), new_key(), instrument or term()
    schools = [school for school in SCHOOLS if school.school_id in {label.school_id for label in classes}]
    open_wave(intake, wave, key.public, date(2026, 4, 1), date(2026, 4, 30), asked, schools, classes)
    return SmallWave(intake, key, asked, wave)


def sheet_of(class_id: str, code: str, replay: bytes = b"form-1", *, wave: str = WAVE, **answers: Any) -> HandIn:
    """A form of that class; without answers it takes part and leaves everything empty."""
    label = BY_CLASS[class_id]
    given = {"take_part": 1, "too_fast": 0, **answers}
    return HandIn(wave, label.school_id, label.band, code, replay, given, {})


def hand_in_all(intake: Intake, sheets: Sequence[HandIn]) -> list[Outcome]:
    """All at once, as many forms as there are sheets in flight."""

    async def post() -> list[Outcome]:
        return await asyncio.gather(*(hand_in(intake, sheet) for sheet in sheets))

    return asyncio.run(post())
