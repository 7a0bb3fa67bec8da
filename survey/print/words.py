"""The words on paper, by language; what a school left out becomes a line to write on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("zh_CN", "en")
WRITTEN = {"zh_CN": "zh", "en": "en"}  # what an instrument calls them


@cache
def read_words(lang: str) -> dict[str, Any]:
    """All words of one language, nested by sheet."""
    content: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("words").joinpath(f"{lang}.yml").read_text("utf-8")
    )
    return content


def fill(words: Any, fields: Mapping[str, object]) -> Any:
    """The same tree with every {name} of `fields` put in; a name that isn't among them stays for the page to fill."""
    if isinstance(words, str):
        return words.format_map(Kept(fields)) if "{" in words else words
    if isinstance(words, Mapping):
        return {key: fill(value, fields) for key, value in words.items()}
    return [fill(value, fields) for value in words] if isinstance(words, list) else words


class Kept(dict[str, object]):
    """A mapping that answers an unknown name with the placeholder itself."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def spell_day(day: date, lang: str) -> str:
    """2026 年 5 月 11 日 · 11 May 2026."""
    return _spell(day, lang, "day")


def spell_short(day: date, lang: str) -> str:
    """周一 5 月 11 日 · Mon 11 May."""
    return f"{read_words(lang)['date']['days'][day.weekday()]} {_spell(day, lang, 'short')}"


def spell_span(first: date, last: date, lang: str) -> str:
    """A window of days, both included."""
    pattern: str = read_words(lang)["date"]["span"]
    return pattern.format(first=spell_day(first, lang), last=spell_day(last, lang))


def spell_term(wave: str, lang: str) -> str:
    """`2026-1` as people say it; any other id as it is."""
    year, _, half = wave.partition("-")
    name = {"1": "spring", "2": "autumn"}.get(half)
    return str(read_words(lang)["term"][name].format(year=year)) if name and year.isdigit() else wave


def _spell(day: date, lang: str, pattern: str) -> str:
    words = read_words(lang)["date"]
    months = words.get("months")
    name = months[day.month - 1] if months else ""
    return str(words[pattern].format(year=day.year, month=day.month, day=day.day, month_name=name))
