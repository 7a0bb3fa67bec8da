"""The command line. Each command imports what it needs when it runs, so that `anxin --help` stays quick."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.problems import BadInput, Problem

app = typer.Typer(
    name="anxin",
    help="安心：匿名学生调查与预警分析 · Anonymous student survey and early-warning analytics",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
registry_app = typer.Typer(
    help="班级名册、联系人、地点 · The class list, contacts and local place names", no_args_is_help=True
)
release_app = typer.Typer(help="已发布的版本 · What was released", no_args_is_help=True)
dashboard_app = typer.Typer(help="看板 · The dashboard", no_args_is_help=True)
app.add_typer(registry_app, name="registry")
app.add_typer(release_app, name="release")
app.add_typer(dashboard_app, name="dashboard")
account_app = typer.Typer(help="本地账号 · Local accounts", no_args_is_help=True)
dashboard_app.add_typer(account_app, name="account")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Wave = Annotated[str, typer.Option("--wave", help="Wave id, e.g. 2026-1 (spring) or 2026-2 (autumn).")]


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


def show(document: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """The command's result: a JSON document, or lines for a person."""
    typer.echo(json.dumps(document, ensure_ascii=False) if as_json else "\n".join(lines))


@app.command()
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
        _plain(report),
        as_json,
        [f"{out}: {report.schools} schools, {report.classes} classes, {report.students} students"],
    )


@registry_app.command("import")
def registry_import(
    folder: Annotated[Path, typer.Argument(help="Folder with registry.csv, contacts.csv, places.csv.")],
    as_json: Json = False,
) -> None:
    """Read the class list, contacts and places into a new snapshot (the same content changes nothing)."""
    from pipelines.registry import import_registry

    report = import_registry(folder)
    state = "unchanged" if report.unchanged else "imported"
    warnings = [f"warning: {warning}" for warning in report.warnings]
    show(
        _plain(report),
        as_json,
        [f"{state}: {report.schools} schools, {report.classes} classes, snapshot {report.snapshot_id}", *warnings],
    )


@registry_app.command("template")
def registry_template(folder: Annotated[Path, typer.Argument(help="Folder to write the templates to.")]) -> None:
    """Write empty registry.csv, contacts.csv and places.csv, ready to be filled in."""
    from pipelines.registry import write_template

    write_template(folder)
    typer.echo(f"{folder}: registry.csv, contacts.csv, places.csv")


@app.command()
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


@app.command()
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


@release_app.command("list")
def release_list(as_json: Json = False) -> None:
    """All releases, and which one readers see."""
    from pipelines.releases import list_releases

    releases = list_releases()
    lines = [
        f"{'→' if entry['current'] else ' '} {entry['release']}  {entry['made']}  {entry['signals']} signs"
        for entry in releases
    ]
    show({"releases": releases}, as_json, lines or ["nothing was released yet"])


@release_app.command("show")
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


@app.command()
def demo(
    home: Annotated[Path, typer.Option(help="Folder for the demo city.")] = Path("demo"),
    schools: Annotated[int, typer.Option(min=1)] = 40,
    waves: Annotated[int, typer.Option(min=1)] = 3,
    seed: Annotated[int, typer.Option()] = 7,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the dashboard at the end.")] = True,
    next_wave: Annotated[bool, typer.Option("--next-wave", help="Add one wave to the demo city.")] = False,
    port: Annotated[int, typer.Option()] = 8501,
) -> None:
    """A simulated city, loaded, released and shown: addresses and logins are printed."""
    from pipelines.demo import build_demo

    if serve:
        check_port("127.0.0.1", port)
    for line in build_demo(home, schools, waves, seed, next_wave, port):
        typer.echo(line)
    if serve:
        _serve_dashboard("127.0.0.1", port, {"ANXIN_HOME": str(home.resolve())})


@dashboard_app.command("serve")
def dashboard_serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1", port: Annotated[int, typer.Option()] = 8501
) -> None:
    """Serve the dashboard in a process of its own, which never sees the confidential side."""
    typer.echo(f"http://{host}:{port}", err=True)
    _serve_dashboard(host, port, {})


@account_app.command("add")
def account_add(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    role: Annotated[str, typer.Option(help="counselor | district | bureau")],
    scope: Annotated[str, typer.Option(help="School id of a counselor, district id of a district.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Set password, role and scope anew.")] = False,
) -> None:
    """Add an account; the password comes from ANXIN_PASSWORD, a pipe or a prompt, never from the command line."""
    words = ["account", "add", name, "--role", role, "--scope", scope, *(["--replace"] if replace else [])]
    _become_dashboard(words, {})


@account_app.command("close")
def account_close(name: Annotated[str, typer.Argument(help="Sign-in name.")]) -> None:
    """Take an account out of use and end its sessions."""
    _become_dashboard(["account", "close", name], {})


def _serve_dashboard(host: str, port: int, environment: dict[str, str]) -> None:
    check_port(host, port)
    _become_dashboard(["serve", "--host", host, "--port", str(port)], environment)


def check_port(host: str, port: int) -> None:
    """Raise BadInput where another server listens already, before anything is built or printed for this address."""
    import socket

    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((host, port)) == 0:
            raise BadInput(f"port {port} is taken by another server", next_step="choose another with --port")


def _become_dashboard(words: list[str], environment: dict[str, str]) -> None:
    """Go on as the dashboard's own process, which never sees the confidential side."""
    command = [sys.executable, "-m", "dashboard", *words]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, **environment})


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="pipeline")],
    sizes: Annotated[str, typer.Option(help="Numbers of answers, comma separated.")] = "100000,1000000",
    as_json: Json = False,
) -> None:
    """Measure a part beside its peers, in the same run."""
    from pipelines.bench.report import run_named

    result = run_named(name, tuple(int(size) for size in sizes.split(",")))
    lines = [f"{row['name']:<28}{row['value']:>12.3f} {row['unit']:<4}{_ratio(row)}" for row in result["rows"]]
    show(result, as_json, lines)


def _ratio(row: dict[str, Any]) -> str:
    return f"  {row['ratio']:.2f} × {row['reference']}" if row.get("ratio") is not None else ""


def _plain(report: Any) -> dict[str, Any]:
    """A report as JSON can hold it."""
    return json.loads(json.dumps(asdict(report), default=str))


if __name__ == "__main__":
    main()
