"""Words of the form in every language of the folder `words`: one file is one language. A missing key is an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from survey.words import Words

FOLDER = Path(__file__).with_name("words")
DEFAULT = "zh_CN"
WRITTEN = {"zh_CN": "zh", "en": "en"}  # the languages an instrument brings with it


@dataclass(frozen=True)
class Catalogue:
    """One language: chrome words by dotted key, and the instrument's texts where it doesn't speak this language."""

    code: str
    said: Mapping[str, str]
    texts: Mapping[str, str]
    promise: Mapping[str, Any]

    def say(self, key: str, **values: object) -> str:
        text = self.said[key]
        return text.format(**values) if values else text

    def text(self, words: Words) -> str:
        """A text of the instrument in this language; KeyError where a translation is missing."""
        written = WRITTEN.get(self.code)
        return getattr(words, written) if written else self.texts[words.zh.strip()]

    @property
    def is_vertical(self) -> bool:
        return self.say("language.writing_mode") != "horizontal-tb"

    @property
    def query(self) -> str:
        """What a link adds to stay in this language."""
        return "" if self.code == DEFAULT else f"?lang={self.code}"


@cache
def load_catalogues(folder: Path = FOLDER) -> dict[str, Catalogue]:
    """Every language of the folder by its code, in their declared order."""
    found = [load_catalogue(file) for file in sorted(folder.glob("*.yml"))]
    return {held.code: held for held in sorted(found, key=lambda held: int(held.say("language.order")))}


def load_catalogue(file: Path) -> Catalogue:
    source = yaml.safe_load(file.read_text(encoding="utf-8"))
    texts = {key.strip(): value.strip() for key, value in source.pop("texts", {}).items()}
    promise = source.pop("promise", {})
    return Catalogue(file.stem, dict(flat("", source)), texts, promise)


def flat(prefix: str, node: Any) -> list[tuple[str, str]]:
    """Nested keys as dotted ones."""
    if isinstance(node, Mapping):
        return [pair for key, value in node.items() for pair in flat(f"{prefix}.{key}" if prefix else key, value)]
    return [(prefix, str(node).strip())]
