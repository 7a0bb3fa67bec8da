"""The doctor's findings for a person at a terminal: what calls for something in full, what is in order in brief."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pipelines.care.finding import LEVELS, Finding
from pipelines.words import say

LOOKS = {"broken": ("✗", "bold red"), "weak": ("▲", "bold yellow"), "notice": ("●", "cyan"), "ok": ("✓", "green")}
WIDTH = 100  # characters a line is comfortable to read at


def print_findings(findings: Sequence[Finding], console: Console | None = None) -> None:
    console = console or Console(highlight=False)
    width = min(console.width, WIDTH)
    console.print(render_findings(findings), width=width)


def render_findings(findings: Sequence[Finding]) -> RenderableType:
    """Sections from the worst to what is in order, and one line that sums up."""
    parts: list[RenderableType] = []
    for level in LEVELS:
        mine = [finding for finding in findings if finding.level == level]
        if mine:
            parts += [heading(level, len(mine)), in_brief(mine) if level == "ok" else in_full(mine, level)]
    return Group(*parts, Rule(style="dim"), summary(findings), Text())


def heading(level: str, count: int) -> RenderableType:
    mark, style = LOOKS[level]
    return Padding(Text(f"{mark} {say(f'doctor.level.{level}')}  {count}", style=style), (1, 0, 0, 0))


def in_full(findings: Sequence[Finding], level: str) -> RenderableType:
    _, style = LOOKS[level]
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2, justify="right", style=style)
    table.add_column(ratio=1)
    for place, finding in enumerate(findings):
        if place:
            table.add_row("", "")
        table.add_row("", Text(finding.what, style=style.replace("cyan", "bold")))
        table.add_row("", Text(finding.why, style="dim"))
        table.add_row("→", finding.next_step)
    return table


def in_brief(findings: Sequence[Finding]) -> RenderableType:
    return Padding(Group(*(Text(finding.what, style="dim") for finding in findings)), (0, 0, 1, 3))


def summary(findings: Sequence[Finding]) -> RenderableType:
    counts = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    worst = findings[0].level
    return Text(say(f"doctor.summary.{worst}", None, **counts), style=LOOKS[worst][1])
