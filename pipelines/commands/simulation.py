"""`anxin simulate`: a city whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.output import Json, plain, show


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write; made if missing.")],
    schools: Annotated[int, typer.Option(min=1, help="Number of schools.")] = 40,
    waves: Annotated[int, typer.Option(min=1, help="Number of waves.")] = 3,
    seed: Annotated[int, typer.Option(help="Same seed, same content.")] = 7,
    scenario: Annotated[str, typer.Option(help="Which patterns are planted.")] = "default",
    as_json: Json = False,
) -> None:
    """Write a city whose truth is known: registry, responses of several waves, and the truth apart."""
    from pipelines.progress import bar
    from pipelines.simulate import write_city

    with bar("simulate") as progress:
        report = write_city(out, schools, waves, seed, scenario, progress)
    show(
        plain(report),
        as_json,
        [f"{out}: {report.schools} schools, {report.classes} classes, {report.students} students"],
    )
