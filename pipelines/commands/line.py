"""`anxin load` and `run`: the line from answers to a release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.output import Json, Wave, show


def load(
    file: Annotated[Path, typer.Argument(help="Responses: parquet or csv; xlsx or sav with a mapping.")],
    wave: Annotated[
        str | None, typer.Option("--wave", help="Wave id; may be left out where the mapping names a column.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="mapping.yml of a foreign export.")] = None,
    instrument: Annotated[Path | None, typer.Option(help="The foreign survey's own small instrument.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Start the wave anew instead of adding to it.")] = False,
    as_json: Json = False,
) -> None:
    """Check every row and take the good ones; read = accepted + rejected, always."""
    from pipelines.load import load_file
    from pipelines.progress import bar

    with bar("load") as progress:
        report = load_file(file, wave, mapping, instrument, replace, progress)
    document = {name: getattr(report, name) for name in ("wave", "read", "accepted", "rejected")}
    document["reject_file"] = str(report.reject_file) if report.reject_file else None
    document |= {"unchanged": report.already, "warnings": list(report.warnings)}
    document["quality_page"] = str(report.quality_page) if report.quality_page else None
    lines = [f"wave {report.wave}: read {report.read}, accepted {report.accepted}, rejected {report.rejected}"]
    lines += [f"rejects: {report.reject_file}"] if report.reject_file else []
    lines += [f"warning: {warning}" for warning in report.warnings]
    lines += [f"quality: {report.quality_page}"] if report.quality_page else []
    show(document, as_json, lines)


def run(
    wave: Wave,
    engine: Annotated[str, typer.Option(help="duckdb")] = "duckdb",
    as_json: Json = False,
) -> None:
    """Stage, score, estimate and release a loaded wave; unchanged inputs do nothing."""
    from pipelines.progress import steps
    from pipelines.run import STAGES, run_wave

    with steps(STAGES) as progress:
        report = run_wave(wave, engine, progress)
    audit = report.audit or {}
    state = "nothing to do, still" if report.skipped else "released"
    lines = [
        f"wave {wave}: {state} {report.release}",
        f"{report.responses} responses, {report.classes} classes, {report.signals} warning signs",
        f"audit: {audit.get('protected')} protected cells, {audit.get('recovered')} recovered, "
        f"at least {audit.get('min_candidates')} candidates each",
    ]
    show(report.as_json(), as_json, lines)
