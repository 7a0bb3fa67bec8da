"""Paths the survey island knows: its instruments and the shared code lists. Nothing else."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTRUMENTS = ROOT / "survey" / "instruments"
REFERENCE = ROOT / "data" / "reference"
CODEBOOK = ROOT / "docs" / "codebook.md"
TERM = INSTRUMENTS / "term.yml"
