"""The ledger: what the survey host must remember of a wave to believe its receipt. Totals of the whole wave only.

A file beside the intake, not a table in it: the form's workers have no use for it, and it outlives the wipe.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.files.whole import write_whole
from pipelines.problems import CannotDo, Where
from pipelines.words import say
from survey.settings import survey_settings


@dataclass(frozen=True)
class Ledger:
    """receipts: key that verifies receipts, hex. bundle: sha256 of the last bundle written, hex; empty before."""

    wave: str
    receipts: str
    bundle: str = ""
    sheets: int = 0
    apart: int = 0


def ledger_path(wave: str) -> Path:
    return survey_settings().home / "survey" / "waves" / f"{wave}.json"


def read_ledger(wave: str) -> Ledger:
    """CannotDo where it is missing or damaged: without it no receipt can be believed."""
    path = ledger_path(wave)
    try:
        return Ledger(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise CannotDo(say("wave.no_ledger"), where=Where(path.name), next_step=say("wave.no_ledger_step")) from None


def write_ledger(ledger: Ledger) -> None:
    with write_whole(ledger_path(ledger.wave)) as file:
        file.write((json.dumps(asdict(ledger), indent=1) + "\n").encode())
