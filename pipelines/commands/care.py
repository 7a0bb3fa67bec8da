"""`anxin purge`, `backup`, `restore`, `doctor`: the care of an installation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.commands.output import Json, plain, show

if TYPE_CHECKING:
    from pipelines.care.purge import Purged


def purge(
    wave: Annotated[str | None, typer.Option("--wave", help="Wave whose opened answers are destroyed.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Every wave older than 30 days; for a daily timer.")] = False,
    force: Annotated[
        str | None, typer.Option("--force", metavar="REASON", help="Before a release; the reason is kept.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Destroy opened answers, their key first; counts and releases stay."""
    from pipelines.care.purge import purge_due, purge_wave
    from pipelines.problems import BadInput
    from pipelines.words import say

    if (wave is None) == (not due) or (due and force is not None):
        raise BadInput(say("care.wave_or_due"), next_step="anxin purge --wave 2026-1")
    today = date.today()
    done = purge_due(today) if wave is None else [purge_wave(wave, today, force)]
    lines = [purge_line(one) for one in done] or [say("care.nothing_due")]
    lines += [say("care.purge_rest")] if any(not one.unchanged for one in done) else []
    show({"purged": [plain(one) for one in done]}, as_json, lines)


def purge_line(one: Purged) -> str:
    from pipelines.words import say

    return say("care.purged_before" if one.unchanged else "care.purged", wave=one.wave, rows=one.rows)


def backup(
    folder: Annotated[Path, typer.Argument(help="New or empty folder to write.")], as_json: Json = False
) -> None:
    """Copy everything that must survive; never opened answers, keys, or the intake."""
    from pipelines.care.backup import write_backup
    from pipelines.words import say

    done = write_backup(folder, date.today())
    show(plain(done), as_json, [say("care.backed_up", **describe(done)), *elsewhere_lines(done)])


def restore(
    folder: Annotated[Path, typer.Argument(help="Folder that anxin backup wrote.")],
    check: Annotated[str | None, typer.Option("--check", help="The check that anxin backup printed.")] = None,
    as_json: Json = False,
) -> None:
    """Bring a backup into an empty home; every file is checked against its hash first."""
    from pipelines.care.restore import restore_backup
    from pipelines.words import say

    done = restore_backup(folder, check)
    show(plain(done), as_json, [say("care.restored", **describe(done)), *elsewhere_lines(done)])


def describe(done: Any) -> dict[str, Any]:
    size = f"{done.bytes / 1e6:.1f} MB"
    return {"folder": done.folder, "files": done.files, "size": size, "check": done.check[:16]}


def elsewhere_lines(done: Any) -> list[str]:
    from pipelines.words import say

    return [say("care.elsewhere", names=", ".join(done.elsewhere))] if done.elsewhere else []


def doctor(as_json: Json = False) -> None:
    """Say what is weaker here than it could be, and why; exit 1 where something is broken."""
    from pipelines.care.doctor import examine
    from pipelines.care.show import print_findings

    findings = examine(date.today())
    if as_json:
        show({"findings": [plain(one) for one in findings], "worst": findings[0].level}, True, [])
    else:
        print_findings(findings)
    if findings[0].level == "broken":
        raise typer.Exit(1)
