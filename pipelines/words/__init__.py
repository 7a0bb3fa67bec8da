"""Words that the line says to people: catalogues by language, one key each."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.plain_yaml import read_yaml

LANGUAGES = ("zh_CN", "en")


@cache
def catalogue(lang: str) -> dict[str, Any]:
    """All words of one language, nested by topic."""
    content: dict[str, Any] = read_yaml(Path(__file__).with_name(f"{lang}.yml"))
    return content


def spoken_language() -> str:
    """ANXIN_LANG, else the locale of the shell: zh_CN for any Chinese one, en for the rest."""
    chosen = os.environ.get("ANXIN_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh_CN" if chosen.startswith("zh") else "en"


def say(key: str, lang: str | None = None, **fields: object) -> str:
    """The words of `topic.key` with `fields` filled in; KeyError for words nobody wrote."""
    entry: Any = catalogue(lang or spoken_language())
    for part in key.split("."):
        entry = entry[part]
    return str(entry).format(**fields)
