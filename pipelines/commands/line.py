"""`anxin load` and `run`: the line from answers to a release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.commands.output import Json, Wave, plain, show

if TYPE_CHECKING:
    from pipelines.load import LoadReport


def load(
    file: Annotated[Path, typer.Argument(help="Responses: parquet or csv; xlsx or sav with a mapping; or a bundle.")],
    wave: Annotated[
        str | None, typer.Option("--wave", help="Wave id; may be left out where the mapping names a column.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="mapping.yml of a foreign export.")] = None,
    instrument: Annotated[Path | None, typer.Option(help="The foreign survey's own small instrument.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Private file that opens a bundle.")] = None,
    receipt: Annotated[Path | None, typer.Option("--receipt", help="Where a bundle's signed receipt goes.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Start the wave anew instead of adding to it.")] = False,
    as_json: Json = False,
) -> None:
    """Check every row and take the good ones; read = accepted + rejected, always.

    A bundle brings its wave and instrument, asks for its passphrase (ANXIN_PASSPHRASE, a pipe or a prompt), and
    leaves a receipt.
    """
    from pipelines.files.bundle import is_bundle
    from pipelines.load import load_file
    from pipelines.problems import BadInput, Where
    from pipelines.progress import bar
    from pipelines.words import say

    if is_bundle(file):
        _load_bundle(file, key, receipt, [wave, mapping, instrument], replace, as_json)
        return
    if key or receipt:
        raise BadInput(say("bundle.not_one"), where=Where(file.name), next_step=say("bundle.not_one_step"))
    with bar("load") as progress:
        report = load_file(file, wave, mapping, instrument, replace, progress)
    show(_load_document(report), as_json, _load_lines(report))


def _load_bundle(
    file: Path, key: Path | None, receipt: Path | None, others: list[object], replace: bool, as_json: bool
) -> None:
    from pipelines.commands.passphrase import read_passphrase
    from pipelines.load.bundle import load_bundle
    from pipelines.problems import BadInput, Where
    from pipelines.progress import bar
    from pipelines.words import say

    if key is None or receipt is None or any(others):
        raise BadInput(say("bundle.no_key"), where=Where(file.name), next_step=say("bundle.no_key_step"))
    passphrase = read_passphrase()
    with bar("load") as progress:
        report = load_bundle(file, key, passphrase, receipt, replace, progress)
    counts = plain(report.receipt)
    lines = [say("bundle.opened", **counts, digest=report.receipt.bundle[:16])]
    lines += [f"  {say(f'rule.{rule}')}: {number}" for rule, number in sorted(report.reasons.items())]
    lines += [*_load_lines(report.load), say("bundle.receipt", path=receipt, wave=report.receipt.wave)]
    show(_load_document(report.load) | {"receipt": counts, "reasons": report.reasons}, as_json, lines)


def _load_document(report: LoadReport) -> dict[str, Any]:
    """What `anxin load --json` prints of any load."""
    document: dict[str, Any] = {name: getattr(report, name) for name in ("wave", "read", "accepted", "rejected")}
    document["reject_file"] = str(report.reject_file) if report.reject_file else None
    document |= {"unchanged": report.already, "warnings": list(report.warnings)}
    return document | {"quality_page": str(report.quality_page) if report.quality_page else None}


def _load_lines(report: LoadReport) -> list[str]:
    from pipelines.words import say

    counts = {name: getattr(report, name) for name in ("wave", "read", "accepted", "rejected")}
    lines = [say("load.done", **counts)]
    lines += [say("load.rejects", file=report.reject_file)] if report.reject_file else []
    lines += [say("load.warning", warning=warning) for warning in report.warnings]
    return lines + ([say("load.quality", file=report.quality_page)] if report.quality_page else [])


def run(
    wave: Wave,
    engine: Annotated[str, typer.Option(help="duckdb")] = "duckdb",
    casework: Annotated[
        Path | None,
        typer.Option(help="Counts that `anxin casework export` wrote; casework/counts.csv of the home if it is there."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Stage, score, estimate and release a loaded wave; unchanged inputs do nothing."""
    from pipelines.progress import steps
    from pipelines.run import STAGES, run_wave
    from pipelines.words import say

    with steps(STAGES) as progress:
        report = run_wave(wave, engine, progress, casework)
    audit: dict[str, Any] = report.audit or {}
    coverage: dict[str, Any] = report.coverage or {}
    counts: dict[str, Any] = {name: getattr(report, name) for name in ("release", "responses", "classes", "signals")}
    lines = [
        say("run.unchanged" if report.skipped else "run.released", wave=wave, **counts),
        say("run.counts", **counts),
        say("run.coverage", **{name: coverage.get(name) for name in ("share", "no_conclusion")}),
        say("run.audit", **{name: audit.get(name) for name in ("protected", "recovered", "min_candidates")}),
    ]
    show(report.as_json(), as_json, lines)
