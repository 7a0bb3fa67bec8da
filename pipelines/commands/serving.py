"""`anxin demo` and `anxin dashboard`: what is served to a browser, each in a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.problems import BadInput

dashboard_app = typer.Typer(help="看板 · The dashboard", no_args_is_help=True)
account_app = typer.Typer(help="本地账号 · Local accounts", no_args_is_help=True)
dashboard_app.add_typer(account_app, name="account")


def demo(
    home: Annotated[Path, typer.Option(help="Folder for the demo city.")] = Path("demo"),
    schools: Annotated[int, typer.Option(min=1)] = 40,
    waves: Annotated[int, typer.Option(min=1)] = 3,
    seed: Annotated[int, typer.Option()] = 7,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the dashboard at the end.")] = True,
    next_wave: Annotated[bool, typer.Option("--next-wave", help="Add one wave to the demo city.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the dashboard.")] = 8501,
    form_port: Annotated[int, typer.Option(min=1, max=65535, help="Of the form.")] = 8100,
) -> None:
    """A simulated city, loaded, released and shown, and a wave that is open: addresses and logins are printed."""
    from pipelines.demo import build_demo

    if serve:
        check_port("127.0.0.1", port)
        check_port("127.0.0.1", form_port)
    os.environ["ANXIN_SURVEY_URL"] = f"http://127.0.0.1:{form_port}"
    for line in build_demo(home, schools, waves, seed, next_wave, port):
        typer.echo(line)
    if serve:
        _serve_both(port, form_port, {"ANXIN_HOME": str(home.resolve())})


def _serve_both(port: int, form_port: int, environment: dict[str, str]) -> None:
    """The dashboard and the form as two processes, until one of them ends or somebody stops the demo."""
    import signal
    import subprocess
    import time

    sys.stdout.flush()
    commands = [
        [sys.executable, "-m", "dashboard", "serve", "--port", str(port)],
        [sys.executable, "-m", "pipelines.cli", "survey", "serve", "--port", str(form_port)],
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the servers are ended as well
    servers = [subprocess.Popen(command, env={**os.environ, **environment}) for command in commands]
    try:
        while all(server.poll() is None for server in servers):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait()


@dashboard_app.command("serve")
def dashboard_serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1", port: Annotated[int, typer.Option(min=1, max=65535)] = 8501
) -> None:
    """Serve the dashboard in a process of its own, which never sees the confidential side."""
    typer.echo(f"http://{host}:{port}", err=True)
    _serve_dashboard(host, port, {})


@dashboard_app.command("public")
def dashboard_public(
    out: Annotated[Path, typer.Option(help="Folder; index.html and en.html are written into it.")],
    office: Annotated[
        Path | None, typer.Option(help="YAML with the office, telephone and plan; office.yml in the home folder else.")
    ] = None,
) -> None:
    """Write the public page (office, telephone, plan, progress, the city's windows): two files, no script."""
    _become_dashboard(["public", "--out", str(out), *(["--office", str(office)] if office else [])], {})


@account_app.command("add")
def account_add(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    role: Annotated[str, typer.Option(help="counselor | lead | office | district | bureau | auditor | operator")],
    scope: Annotated[str, typer.Option(help="Id of the school, or of the district.")] = "",
    oidc: Annotated[str, typer.Option(help="What the provider of ANXIN_OIDC_ISSUER calls this person.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Set password, role and scope anew.")] = False,
) -> None:
    """Add an account; its password comes from ANXIN_PASSWORD, a pipe or a prompt, never from the command line."""
    words = [
        "account",
        "add",
        name,
        "--role",
        role,
        "--scope",
        scope,
        "--oidc",
        oidc,
        *(["--replace"] if replace else []),
    ]
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
