"""What people type: length, sign by sign, and nothing that points to a child. A file goes by its reference number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache

import yaml

from dashboard.casework.problems import Refused
from dashboard.settings import REFERENCE

LONG, SHORT = 4000, 200  # characters of a reason, of a place or a title
# Digits may be set apart by blanks or dashes, as people write them.
SPLIT = r"[ .\-–—]?"
IDENTITY = re.compile(rf"(?<!\d)(?:\d{SPLIT}){{17}}[\dXx](?![\dA-Za-z])|(?<!\d)(?:\d{SPLIT}){{14}}\d(?!\d)")
MOBILE = re.compile(rf"(?<!\d)(?:\+?86{SPLIT})?1{SPLIT}[3-9](?:{SPLIT}\d){{9}}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ \-–—]?[2-9]\d{6,7}(?!\d)")
HAN = r"[\u4e00-\u9fff]"


@dataclass(frozen=True)
class Namings:
    """How a name stands beside the word that makes it a child's: before it, or after; and a student's number."""

    first: re.Pattern[str]
    last: re.Pattern[str]
    number: re.Pattern[str]
    words: re.Pattern[str]


@cache
def _namings() -> Namings:
    held = yaml.safe_load((REFERENCE / "names.yml").read_text(encoding="utf-8"))
    either = {key: "|".join(held[key]) for key in ("double", "called", "before", "number_of", "link", "words")}
    surname = f"(?:{either['double']}|[{held['surnames']}])"
    name = f"{surname}{HAN}{{1,2}}"
    opens = rf"(?:^|(?<=[^\u4e00-\u9fff])|(?<=[{held['opens']}]))"
    goes_on = rf"(?=$|[^\u4e00-\u9fff]|[{held['goes_on']}])"
    link = rf"\s*(?:{either['link']})?\s*[:\uff1a]?\s*"
    some = f"{held['small']}{HAN}|{surname}{held['some']}{{1,2}}"
    return Namings(
        re.compile(f"{opens}(?P<name>{name}|{some})(?:{either['called']})", re.M),
        re.compile(f"(?:{either['before']}){link}(?P<name>{name}){goes_on}", re.M),
        re.compile(rf"(?:{either['number_of']}){link}[A-Za-z]?\d{{4,}}"),
        re.compile(either["words"]),
    )


def check_words(text: str, *, limit: int = LONG, needed: bool = True) -> str:
    """The text as it is kept: trimmed, without control characters, otherwise as typed.

    Raises Refused: needed, too_long, or what points to a child: looks_like_id, looks_like_phone, looks_like_name.
    """
    kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign in "\n\t" or not _is_control(sign)).strip()
    if needed and not any(map(str.isalnum, kept)):  # three dots or a smile say nothing to whoever reads the file
        raise Refused("needed")
    if len(kept) > limit:
        raise Refused("too_long", limit=limit, length=len(kept))
    if code := points_to_child(kept):
        raise Refused(code)
    return kept


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs")


def points_to_child(text: str) -> str:
    """The code of what looks like a child's number or name; "" if nothing does. Full-width digits count as digits."""
    plain, namings = unicodedata.normalize("NFKC", text), _namings()
    if IDENTITY.search(plain) or namings.number.search(plain):
        return "looks_like_id"
    if MOBILE.search(plain) or LANDLINE.search(plain):
        return "looks_like_phone"
    named = (*namings.first.finditer(plain), *namings.last.finditer(plain))
    return "looks_like_name" if any(not namings.words.match(found["name"]) for found in named) else ""


def check_number(value: int, limit: int = 100_000) -> int:
    """A count of people: 0 to `limit`."""
    if not 0 <= value <= limit:
        raise Refused("no_count", limit=limit)
    return value


def check_day(day: date, today: date, since: date = date(2000, 1, 1)) -> date:
    """A day that something happened on: not after today, nor before what it follows; before 2000 the pen slipped."""
    if not since <= day <= today:
        raise Refused("no_day")
    return day
