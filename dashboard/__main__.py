"""`python -m dashboard serve` and `python -m dashboard account …`: a process of its own, which knows no pipeline."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

from dashboard.viewer import ROLES


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 2 wrong use."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except ValueError as error:
        print(error, file=sys.stderr)
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
    add.add_argument("--role", choices=ROLES, required=True)
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
    print(f"account {options.name} is ready")


def _close_account(options: argparse.Namespace) -> None:
    from dashboard.accounts import close_account

    if not close_account(options.name):
        raise ValueError(f"there is no account {options.name}")
    print(f"account {options.name} is closed, its sessions have ended")


def _password() -> str:
    """Never from the command line: other users of the machine could read it there."""
    if "ANXIN_PASSWORD" in os.environ:
        return os.environ["ANXIN_PASSWORD"]
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise ValueError("the two passwords differ")
    return password


if __name__ == "__main__":
    sys.exit(main())
