"""The recovery sheet's file: two pages for two sealed covers in two offices, neither of which opens anything alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipelines.files.whole import write_whole
from pipelines.words import spoken_language


def recovery_path(private: Path) -> Path:
    """Beside the private file, under its name."""
    return private.with_name(private.name + ".recovery.pdf")


def write_recovery(wave: str, private: Path, fingerprint: str) -> Path:
    """Write the sheet; the private file stands on it as text and as a picture, still closed by its passphrase."""
    from survey.print.recovery import render_recovery_sheet

    text, path = private.read_text(encoding="utf-8"), recovery_path(private)
    sheet = render_recovery_sheet(wave, text, fingerprint, date.today(), spoken_language())
    with write_whole(path) as file:
        file.write(sheet)
    return path
