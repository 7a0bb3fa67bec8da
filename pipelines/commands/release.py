"""`anxin release`: what was let out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.commands.output import Json, show

app = typer.Typer(help="已发布的版本 · What was released", no_args_is_help=True)
Release = Annotated[str, typer.Argument(help="Release id, e.g. 2026-1.1")]


@app.command("list")
def release_list(as_json: Json = False) -> None:
    """All releases, and which one readers see."""
    from pipelines.releases import list_releases
    from pipelines.words import say

    releases = list_releases()
    lines = [
        f"{'→' if entry['current'] else ' '} {entry['release']}  {entry['made']}  "
        + say("run.signs", count=entry["signals"])
        for entry in releases
    ]
    show({"releases": releases}, as_json, lines or [say("run.none_yet")])


@app.command("show")
def release_show(release: Release, as_json: Json = False) -> None:
    """The record of one release: policy, audit, what was withheld, files and rows."""
    from pipelines.releases import read_release

    manifest = read_release(release)
    lines = [f"{key}: {value}" for key, value in manifest.items() if key != "files"]
    lines += [
        f"{name}: {sum(entry['rows'].values())} rows, content {entry['content'][:12]}"
        for name, entry in manifest["files"].items()
    ]
    show(manifest, as_json, lines)


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
    lines = [f"{report['release']}, attacked together with: {', '.join(report['releases'])}"]
    lines += [
        f"  {table['table']:<34}{table['cells']:>8} cells, {table['protected']} protected,"
        f" {table['recovered']} recovered, at least {table['min_candidates']} candidates"
        for table in report["tables"]
    ]
    if report["solver"]:
        solver, insider = report["solver"], report["insider"]
        lines.append(f"  solver: {solver['equal']} of {solver['sampled']} ranges equal the attack's")
        lines.append(f"  four friends: at least {insider['min_candidates']} candidates, {insider['forced']} forced")
    if report["uncut"]:
        lines.append(f"  cuts not worked out anew, being another policy's: {', '.join(report['uncut'])}")
    for fault in report["faults"]:
        place = ", ".join(part for part in (fault["file"], fault["table"], fault["cell"]) if part)
        lines.append(f"  FAULT {place}: {fault['rule']}")
    return [*lines, "passed" if report["passed"] else "FAILED"]


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

    folder = unpack_release(file, settings().published, fingerprint)
    current = point_to_newest()
    show({"release": folder.name, "current": current}, as_json, [f"unpacked {folder.name}; readers see {current}"])
