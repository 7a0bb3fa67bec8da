"""`python -m dashboard serve` and `python -m dashboard account …`: a process of its own, which knows no pipeline."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

from dashboard.refused import Refused, tell


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 the machine refused, 2 wrong use."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except Refused as refused:
        print(f"anxin: {refused.told()}", file=sys.stderr)
        return 2
    except OSError as error:  # a disk, a folder, a permission
        reason = tell("command.disk", path=error.filename or "", reason=error.strerror or "")
        print(f"anxin: {reason}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"anxin: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="The Anxin dashboard")
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="serve the dashboard until stopped")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8501)
    serve.set_defaults(run=_serve)
    public = commands.add_parser("public", help="write the public page, in both languages, into a folder")
    public.add_argument("--out", type=Path, required=True, help="folder; index.html and en.html are written into it")
    public.add_argument("--office", type=Path, help="YAML with the office, telephone and plan; home/office.yml else")
    public.set_defaults(run=_write_public)
    account = commands.add_parser("account", help="local accounts").add_subparsers(required=True)
    add = account.add_parser("add", help="add an account; the password comes from ANXIN_PASSWORD, a pipe or a prompt")
    add.add_argument("name")
    add.add_argument("--role", required=True)
    add.add_argument("--scope", default="", help="id of the school, or of the district")
    add.add_argument("--oidc", default="", help="what the provider of ANXIN_OIDC_ISSUER calls this person; no password")
    add.add_argument("--replace", action="store_true", help="set password, role and scope of a known account anew")
    add.set_defaults(run=_add_account)
    close = account.add_parser("close", help="take an account out of use and end its sessions")
    close.add_argument("name")
    close.set_defaults(run=_close_account)
    return parser


def _serve(options: argparse.Namespace) -> None:
    from dashboard.server import serve

    serve(options.host, options.port)


def _write_public(options: argparse.Namespace) -> None:
    from dashboard.public import write_public

    for path in write_public(options.out, options.office):
        print(path)


def _add_account(options: argparse.Namespace) -> None:
    from dashboard.accounts import add_account, bind_account
    from dashboard.settings import settings

    if options.oidc:
        bind_account(options.name, settings().oidc_issuer, options.oidc, options.role, options.scope)
    else:
        add_account(options.name, _password(), options.role, options.scope, replace=options.replace)
    warn_of_scope(options.role, options.scope)
    print(tell("command.account_ready", name=options.name))


def warn_of_scope(role: str, scope: str) -> None:
    """Say on stderr where no release has a file for this school or district: a mistyped id signs in to nothing."""
    from dashboard.published import NothingPublishedError, current_release
    from dashboard.settings import settings
    from dashboard.viewer import Viewer, audience_of

    try:
        file = settings().published / current_release() / f"{audience_of(Viewer('', role, scope))}.duckdb"
    except NothingPublishedError:
        return
    if not file.is_file():
        print(tell("command.scope_unknown", scope=scope), file=sys.stderr)


def _close_account(options: argparse.Namespace) -> None:
    from dashboard.accounts import close_account

    if not close_account(options.name):
        raise Refused("command.account_absent", name=options.name)
    print(tell("command.account_closed", name=options.name))


def _password() -> str:
    """Never from the command line: other users of the machine could read it there."""
    if "ANXIN_PASSWORD" in os.environ:
        return os.environ["ANXIN_PASSWORD"]
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(tell("command.password"))
    if getpass.getpass(tell("command.password_again")) != password:
        raise Refused("command.password_differs")
    return password


if __name__ == "__main__":
    sys.exit(main())
