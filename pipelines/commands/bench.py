"""`anxin bench`: each part beside its peers, in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.commands.output import Json, show


def bench(
    name: Annotated[str, typer.Argument(help="pipeline | intake | gate | detection | dashboard")],
    sizes: Annotated[str, typer.Option(help="Of pipeline: numbers of answers, comma separated.")] = "100000,1000000",
    quick: Annotated[bool, typer.Option("--quick", help="Of detection: fewer cities, for every change.")] = False,
    home: Annotated[Path | None, typer.Option(help="Of dashboard: a demo city that is there already.")] = None,
    schools: Annotated[int, typer.Option(min=1, help="Of dashboard: the city to build once.")] = 200,
    waves: Annotated[int, typer.Option(min=1, help="Of dashboard: its waves.")] = 4,
    as_json: Json = False,
) -> None:
    """Measure a part beside its peers, in the same run; exit 1 where detection misses a required figure."""
    from pipelines.bench.report import run_named

    result = run_named(name, tuple(int(size) for size in sizes.split(",")), quick, (home, schools, waves))
    lines = [f"{row['name']:<28}{row['value']:>12.3f} {row['unit']:<4}{_ratio(row)}" for row in result["rows"]]
    show(result, as_json, lines)
    if result.get("missed"):
        raise typer.Exit(1)


def _ratio(row: dict[str, Any]) -> str:
    return f"  {row['ratio']:.2f} × {row['reference']}" if row.get("ratio") is not None else ""
