"""`anxin release`: what was let out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.commands.output import Json, in_columns, show

app = typer.Typer(help="已发布的版本 · What was released", no_args_is_help=True)
Release = Annotated[str, typer.Argument(help="Release id, e.g. 2026-1.1")]


@app.command("list")
def release_list(as_json: Json = False) -> None:
    """All releases, and which one readers see."""
    from pipelines.releases import list_releases
    from pipelines.words import say

    releases = list_releases()
    rows = [
        (
            "→" if entry["current"] else "",
            entry["release"],
            entry["made"][:16].replace("T", " ") + " UTC",
            _signs(entry),
        )
        for entry in releases
    ]
    show({"releases": releases}, as_json, in_columns(rows) if rows else [say("run.none_yet")])


def _signs(entry: dict[str, Any]) -> str:
    from pipelines.words import say

    return say("run.signs", count=entry["signals"])


@app.command("show")
def release_show(release: Release, as_json: Json = False) -> None:
    """The record of one release: policy, audit, what was withheld, files and rows."""
    from pipelines.releases import read_release
    from pipelines.words import say

    manifest = read_release(release)
    lines = in_columns([(key, in_words(value)) for key, value in manifest.items() if key != "files"])
    files = [
        (name, say("run.rows", count=sum(entry["rows"].values())), entry["content"][:12])
        for name, entry in manifest["files"].items()
    ]
    show(manifest, as_json, [*lines, "", *in_columns(files)])


def in_words(value: Any) -> str:
    """A record's value without brackets and quotation marks; a dash for nothing."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {in_words(held)}" for key, held in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or "–"
    return "–" if value is None else str(value)


@app.command("audit")
def release_audit(
    release: Release,
    instrument: Annotated[Path | None, typer.Option(help="The questionnaire, if it is not one of the house's.")] = None,
    as_json: Json = False,
) -> None:
    """Attack what was published, from the files alone; exit 1 names file, table and cell of every fault."""
    from pipelines.audit.report import audit_release
    from pipelines.settings import settings

    report = audit_release(settings().published / release, instrument)
    show(report.as_json(), as_json, audit_lines(report.as_json()))
    raise typer.Exit(0 if report.passed else 1)


def audit_lines(report: dict[str, Any]) -> list[str]:
    """The audit for a person: a line per table, the solver's and the friends' share, every fault."""
    from pipelines.words import say

    lines = [say("audit.head", release=report["release"], releases=", ".join(report["releases"]))]
    lines += [
        "  " + say("audit.table", **table, name=f"{table['table']:<34}", number=f"{table['cells']:>8}")
        for table in report["tables"]
    ]
    if report["solver"]:
        solver, insider = report["solver"], report["insider"]
        lines += ["  " + say("audit.solver", **solver), "  " + say("audit.friends", **insider)]
    if report["uncut"]:
        lines.append(f"  cuts not worked out anew, being another policy's: {', '.join(report['uncut'])}")
    for fault in report["faults"]:
        place = ", ".join(part for part in (fault["file"], fault["table"], fault["cell"]) if part)
        lines.append("  " + say("audit.fault", place=place, rule=fault["rule"]))
    return [*lines, say("audit.passed" if report["passed"] else "audit.failed")]


@app.command("pack")
def release_pack(
    release: Release,
    out: Annotated[Path, typer.Option("--out", help="The file to write, e.g. 2026-1.1.anxin.zip")],
    as_json: Json = False,
) -> None:
    """Put a release into one file that can be carried to another machine."""
    from pipelines.audit.pack import pack_release
    from pipelines.settings import settings

    fingerprint = pack_release(settings().published / release, out)
    show(
        {"release": release, "file": str(out), "fingerprint": fingerprint}, as_json, [f"{out}", f"sha256 {fingerprint}"]
    )


@app.command("unpack")
def release_unpack(
    file: Annotated[Path, typer.Argument(help="A file that `anxin release pack` wrote.")],
    fingerprint: Annotated[str | None, typer.Option(help="The sha256 that packing printed.")] = None,
    as_json: Json = False,
) -> None:
    """Check a packed release piece by piece, put it in place whole, and let readers see the newest."""
    from pipelines.audit.pack import unpack_release
    from pipelines.releases import point_to_newest
    from pipelines.settings import settings
    from pipelines.words import say

    folder = unpack_release(file, settings().published, fingerprint)
    current = point_to_newest()
    show(
        {"release": folder.name, "current": current},
        as_json,
        [say("run.unpacked", release=folder.name, current=current)],
    )
