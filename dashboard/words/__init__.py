"""Words on screen, in catalogues: zh_CN.yml first, en.yml complete. A missing key is an error, never an empty label.

A large part has a file of its own beside them: zh_CN.log.yml, en.log.yml.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

# libyaml's loader where PyYAML came with it: every process of the dashboard reads all catalogues, six times faster.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LANGUAGES = ("zh_CN", "en")
HTML_LANG = {"zh_CN": "zh-CN", "en": "en"}


def say(language: str, key: str, **values: Any) -> str:
    """The text of a key, with its {placeholders} filled."""
    text = catalogue(language)[key]
    return text.format(**values) if values else text


def say_list(language: str, key: str) -> tuple[str, ...]:
    """The lines of a text that is written one item a line (steps, don'ts)."""
    return tuple(line for line in say(language, key).splitlines() if line.strip())


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language, flat: `level.urgent`."""
    if language not in LANGUAGES:
        raise KeyError(language)
    files = sorted(Path(__file__).parent.glob(f"{language}*.yml"))
    held = [yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER) for file in files]
    return {key: text for one in held for key, text in _flat("", one)}


def _flat(prefix: str, node: Any) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        return [pair for key, value in node.items() for pair in _flat(f"{prefix}.{key}" if prefix else key, value)]
    return [(prefix, str(node).rstrip("\n"))]
