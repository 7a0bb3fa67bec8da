"""What commands share: options that mean the same everywhere, and how a result is shown."""

from __future__ import annotations

import json
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
