"""`anxin registry`: the class list, contacts and local names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.commands.output import Json, plain, show

app = typer.Typer(help="班级名册、联系人、地点 · The class list, contacts and local place names", no_args_is_help=True)


@app.command("import")
def registry_import(
    folder: Annotated[Path, typer.Argument(help="Folder with registry.csv, contacts.csv, places.csv.")],
    as_json: Json = False,
) -> None:
    """Read the class list, contacts and places into a new snapshot (the same content changes nothing)."""
    from pipelines.registry import import_registry
    from pipelines.words import say

    report = import_registry(folder)
    done = "registry.unchanged" if report.unchanged else "registry.imported"
    counts: dict[str, Any] = {"schools": report.schools, "classes": report.classes, "snapshot": report.snapshot_id}
    warnings = [say("load.warning", warning=warning) for warning in report.warnings]
    show(plain(report), as_json, [say(done, **counts), *warnings])


@app.command("template")
def registry_template(folder: Annotated[Path, typer.Argument(help="Folder to write the templates to.")]) -> None:
    """Write empty registry.csv, contacts.csv and places.csv, ready to be filled in."""
    from pipelines.registry import write_template

    write_template(folder)
    typer.echo(f"{folder}: registry.csv, contacts.csv, places.csv")
