"""The command line. Each command imports what it needs when it runs, so that `anxin --help` stays quick."""

from __future__ import annotations

import os
import sys

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
from pipelines.problems import Problem

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
        typer.echo(f"anxin: {problem.sentence()}", err=True)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
