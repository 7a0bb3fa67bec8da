"""A school on paper for tests: classes with codes, and what a rendered PDF says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from io import BytesIO

from pypdf import PdfReader

from survey.codes import new_code, normalise
from survey.instrument import load_instrument
from survey.intake import ClassLabel, Contact, SchoolLabel, WaveState
from survey.print.addresses import Site
from survey.print.job import ClassCodes, Job, count_slips

BASE = "https://survey.example.cn"
PRINTED = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
CONTACTS = (
    Contact("deputy", "赵老师", "0000-1111", "校长室"),
    Contact("counselor", "王老师", "0000-2222", "心理辅导室"),
    Contact("safeguarding_lead", "李老师", "0000-3333", "德育处"),
    Contact("outside", "区教育局未成年人保护专线", "0000-4444", outside=True),
)
SCHOOL = SchoolLabel("S0001", "青禾第一小学", "D01", ("g34", "g56"), CONTACTS, {"corner": "车棚后面"})
LONG_SCHOOL = SchoolLabel(
    "S0002",
    "青禾市经济技术开发区外国语实验学校附属第二九年一贯制寄宿学校（西校区）",
    "D01",
    ("g34",),
    (
        Contact("专职心理健康教育与学生发展指导中心主任", "欧阳老师", "0000-12345678 转 8001", "综合实验楼三楼东侧"),
        Contact("学生保护专员兼德育处副主任", "司马老师", "0000-12345678 转 8002", "行政楼二楼"),
        Contact("outside", "某某市某某区教育局未成年人保护工作领导小组办公室", "0000-99999999", outside=True),
    ),
)
BARE_SCHOOL = SchoolLabel("S0003", "村小", "D01", ("g34",), (Contact("办公室", "办公室", ""),))


@cache
def job(lang: str = "zh_CN", optional: frozenset[str] = frozenset()) -> Job:
    instrument = load_instrument()
    opens, closes = date(2026, 5, 11), date(2026, 5, 15)
    wave = WaveState("2026-1", "open", bytes(32), opens, closes, instrument.hash, instrument.to_json())
    return Job(wave, Site(BASE, instrument.bands), instrument, lang, optional)


def class_label(number: int, enrolled: int, *, band: str = "g56", name: str = "") -> ClassLabel:
    grade = {"g34": 3, "g56": 5, "jr": 7, "sr": 10, "voc": 10}[band]
    name = name or f"{'〇一二三四五六七八九十'[grade]}年级（{number}）班"
    return ClassLabel(f"S0001-{grade:02d}-{number:02d}", "S0001", name, band, grade, enrolled)


def with_codes(labels: Sequence[ClassLabel], share: float = 0.1) -> list[ClassCodes]:
    return [ClassCodes(x, tuple(new_code() for _ in range(count_slips(x.enrolled, share)))) for x in labels]


def pages_of(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def codes_in(text: str) -> list[str]:
    """Printed codes of a text, as a child would type them."""
    return [normalise(code) for code in PRINTED.findall(text)]
