"""Words of the help slip's pages, in catalogues: zh_CN.yml first, en.yml complete."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILES = {"zh": "zh_CN.yml", "en": "en.yml"}


@cache
def catalogue(language: str) -> dict[str, Any]:
    """All words of a language (zh or en), by key."""
    return yaml.safe_load((Path(__file__).parent / FILES[language]).read_text(encoding="utf-8"))


def say(language: str, key: str, **values: Any) -> str:
    """The text of a key, with its {placeholders} filled; a missing key is an error."""
    text: str = catalogue(language)[key]
    return text.format(**values) if values else text
