"""The recovery sheet: two pages for two sealed covers in two offices, neither of which opens anything alone."""

from __future__ import annotations

from pathlib import Path

from pipelines.files.whole import write_whole
from pipelines.words import LANGUAGES, say

PAGE = "\f\n"


def recovery_path(private: Path) -> Path:
    """Beside the private file, under its name."""
    return private.with_name(private.name + ".recovery.txt")


def write_recovery(wave: str, private: Path) -> Path:
    """Write the sheet; the private file stands in it as text, still closed by its passphrase."""
    path = recovery_path(private)
    with write_whole(path) as file:
        file.write(render_recovery(wave, private.read_text(encoding="utf-8")).encode("utf-8-sig"))
    return path


def render_recovery(wave: str, private: str) -> str:
    """First page: the closed private file. Second: room for the passphrase, by hand, so that no printer sees it."""
    first = [say("recovery.key", lang, wave=wave) for lang in LANGUAGES]
    second = [say("recovery.passphrase", lang, wave=wave) for lang in LANGUAGES]
    return "\n\n".join([*first, private]) + PAGE + "\n\n".join([*second, "_" * 60, "_" * 60]) + "\n"
