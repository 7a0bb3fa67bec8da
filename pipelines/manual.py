"""Generated pages of docs/: every command with its help, every table with its contract. Stale pages fail the check."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer.main

from pipelines.cli import app
from pipelines.contracts import TableContract, load_contracts
from pipelines.settings import ROOT

COMMANDS, TABLES = ROOT / "docs" / "commands.md", ROOT / "docs" / "tables.md"


def main(arguments: list[str]) -> int:
    """`--write` writes both pages, `--check` exits 1 where one is stale."""
    pages = {COMMANDS: render_commands(), TABLES: render_tables()}
    if arguments == ["--write"]:
        for path, text in pages.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is stale → make docs", file=sys.stderr)
    return 1 if stale else 0


def render_commands() -> str:
    """docs/commands.md from the command line itself."""
    command = typer.main.get_command(app)
    parts = ["# 命令 · Commands\n", "由命令行的帮助生成 · Generated from the command line's own help.\n"]
    parts += [f"## `{name}`\n\n```\n{text.strip()}\n```\n" for name, text in command_helps(command, "anxin")]
    return "\n".join(parts)


def command_helps(command: Any, name: str) -> Iterator[tuple[str, str]]:
    """(name, help) of a command and all below it."""
    context = command.context_class(command, info_name=name, terminal_width=100)
    yield name, command.get_help(context)
    for child in sorted(getattr(command, "commands", {})):
        yield from command_helps(command.commands[child], f"{name} {child}")


def render_tables() -> str:
    """docs/tables.md from data/contracts."""
    contracts = load_contracts()
    parts = ["# 数据表 · Tables\n", "由 data/contracts 生成 · Generated from data/contracts.\n"]
    for side, title in (
        ("open", "已发布的一侧 · The open side"),
        ("confidential", "保密的一侧 · The confidential side"),
    ):
        parts.append(f"## {title}\n")
        parts += [render_table(contract) for contract in contracts.values() if contract.side == side]
    return "\n".join(parts)


def render_table(contract: TableContract) -> str:
    """One table: grain, who may hold it, its columns."""
    lines = [f"### `{contract.table}`\n", f"{contract.grain}."]
    if contract.audiences:
        lines.append(f"For: {', '.join(contract.audiences)}.")
    if contract.note:
        lines.append(f"{contract.note.capitalize()}.")
    lines += ["", "| column | type | null | meaning |", "|---|---|---|---|"]
    for name, column in contract.columns.items():
        allowed = f" ({', '.join(map(str, column.values))})" if isinstance(column.values, tuple) else ""
        null = "" if column.required else "may be"
        lines.append(f"| `{name}` | {column.type} | {null} | {column.meaning}{allowed} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
