"""The command line. Each command imports what it needs when it runs, so that `anxin --help` stays quick."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from pipelines.commands import (
    bench,
    care,
    casework,
    help,
    key,
    line,
    registry,
    release,
    report,
    serving,
    simulation,
    slips,
    survey,
    wave,
)
from pipelines.problems import CannotDo, Problem, Where

app = typer.Typer(
    name="anxin",
    help="安心：匿名学生调查与预警分析 · Anonymous student survey and early-warning analytics",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
GROUPS = {
    "registry": registry.app,
    "key": key.app,
    "wave": wave.app,
    "survey": survey.app,
    "help": help.app,
    "release": release.app,
    "casework": casework.app,
    "dashboard": serving.dashboard_app,
}
for name, group in GROUPS.items():
    app.add_typer(group, name=name)
for command in (
    serving.demo,
    simulation.simulate,
    slips.slips,
    line.load,
    line.run,
    report.report,
    bench.bench,
    care.backup,
    care.restore,
    care.purge,
    care.doctor,
):
    app.command()(command)


def main() -> None:
    """Run the command; a Problem becomes one clear line on stderr and its exit code.

    Whatever a command writes is closed to other users of the machine.
    """
    os.umask(0o077)
    try:
        app()
    except Problem as problem:
        leave(problem)
    except OSError as error:  # a disk, a folder, a permission: no command's fault, and no traceback's matter
        leave(disk_problem(error))


def leave(problem: Problem) -> NoReturn:
    from pipelines.words.refusals import tell_problem

    typer.echo(f"anxin: {tell_problem(problem)}", err=True)
    sys.exit(problem.exit_code)


def disk_problem(error: OSError) -> Problem:
    """What the machine refused, as a problem that names the file."""
    from pipelines.words import say

    where = Where(str(error.filename or ""))
    return CannotDo(say("refusal.disk", reason=error.strerror or "?"), where=where, next_step=say("refusal.disk_step"))


if __name__ == "__main__":
    main()
