"""`anxin release`: what was let out."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.output import Json, show

app = typer.Typer(help="已发布的版本 · What was released", no_args_is_help=True)


@app.command("list")
def release_list(as_json: Json = False) -> None:
    """All releases, and which one readers see."""
    from pipelines.releases import list_releases

    releases = list_releases()
    lines = [
        f"{'→' if entry['current'] else ' '} {entry['release']}  {entry['made']}  {entry['signals']} signs"
        for entry in releases
    ]
    show({"releases": releases}, as_json, lines or ["nothing was released yet"])


@app.command("show")
def release_show(
    release: Annotated[str, typer.Argument(help="Release id, e.g. 2026-1.1")], as_json: Json = False
) -> None:
    """The record of one release: policy, audit, what was withheld, files and rows."""
    from pipelines.releases import read_release

    manifest = read_release(release)
    lines = [f"{key}: {value}" for key, value in manifest.items() if key != "files"]
    lines += [
        f"{name}: {sum(entry['rows'].values())} rows, content {entry['content'][:12]}"
        for name, entry in manifest["files"].items()
    ]
    show(manifest, as_json, lines)
