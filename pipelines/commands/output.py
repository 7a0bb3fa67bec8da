"""What commands share: options that mean the same everywhere, and how a result is shown."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Wave = Annotated[str, typer.Option("--wave", help="Wave id, e.g. 2026-1 (spring) or 2026-2 (autumn).")]


def show(document: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """The command's result: a JSON document, or lines for a person."""
    typer.echo(json.dumps(document, ensure_ascii=False) if as_json else "\n".join(lines))


def plain(report: Any) -> dict[str, Any]:
    """A report as JSON can hold it."""
    return json.loads(json.dumps(asdict(report), default=str))


def in_columns(rows: Sequence[Sequence[object]], indent: str = "") -> list[str]:
    """One line per row, its cells beneath each other; a Chinese character is two wide."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(width_of, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(pad(*pair) for pair in zip(row, widths, strict=True)) for row in cells)
    return [indent + line.rstrip() for line in lines]


def width_of(text: str) -> int:
    """Places on a terminal's line."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def pad(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))
