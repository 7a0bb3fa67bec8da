"""What the manuals name is there: settings, files, tables and commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from dashboard.settings import Settings as Dashboard
from pipelines.cli import app
from pipelines.manual import command_helps
from pipelines.settings import ROOT
from pipelines.settings import Settings as Pipelines
from survey.settings import SurveySettings

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "notebooks" / "README.md"]
MANUALS = ("operate.md", "operate.en.md")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"\banxin ((?:[a-z]+ ?)+)")


@pytest.mark.parametrize("manual", MANUALS)
def test_every_setting_stands_in_the_manual(manual: str) -> None:
    """A setting that no manual names can't be found by whoever needs it."""
    text = (ROOT / "docs" / manual).read_text(encoding="utf-8")
    names = {f"ANXIN_{name.upper()}" for held in (Pipelines, SurveySettings, Dashboard) for name in held.model_fields}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


def test_every_link_of_the_documents_leads_somewhere() -> None:
    dead = [
        (page.name, link)
        for page in PAGES
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert dead == []


def named_commands(page: Path) -> Iterator[str]:
    """Commands that stand in code, as far as their words go."""
    for code in re.findall(r"```.*?```|`[^`\n]+`", page.read_text(encoding="utf-8"), re.S):
        yield from (found.strip() for found in COMMAND.findall(code))


def test_every_command_of_the_documents_is_one() -> None:
    """A manual that names a command of yesterday stops a technician in the middle of a wave."""
    known = {name for name, _ in command_helps(typer.main.get_command(app), "anxin")}
    groups = {name.split()[1] for name in known if len(name.split()) > 2}
    unknown = []
    for page in PAGES:
        for words in named_commands(page):
            first, *rest = words.split()
            wanted = f"anxin {first} {rest[0]}" if first in groups and rest else f"anxin {first}"
            unknown += [] if wanted in known else [(page.name, wanted)]
    assert unknown == []
