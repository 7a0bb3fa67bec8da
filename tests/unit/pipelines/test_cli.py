"""The command line: documented, light to start, and clear when it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from pipelines.cli import app, main
from pipelines.manual import command_helps, render_commands
from pipelines.settings import ROOT

HEAVY = ("great_expectations", "sklearn", "streamlit", "pandas", "duckdb", "ibis", "plotly")


def anxin(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipelines.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_help_imports_nothing_heavy() -> None:
    """`anxin --help` stays quick on an old office computer."""
    code = f"""
import sys
from pipelines.cli import main
sys.argv = ["anxin", "--help"]
try:
    main()
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip().endswith("[]"), done.stdout[-200:]


def test_every_command_says_what_it_does() -> None:
    """A command without a help text is one that nobody can use."""
    commands = dict(command_helps(typer.main.get_command(app), "anxin"))
    assert len(commands) >= 12
    for name, text in commands.items():
        assert len(text.splitlines()[2].strip()) > 12, name
    manual = render_commands()
    assert [name for name in commands if f"## `{name}`" not in manual] == []


def test_a_fault_is_one_line_with_exit_code_and_next_step(tmp_path: Path) -> None:
    """A person reads what to do next, not a traceback."""
    done = anxin("registry", "import", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "registry.csv" in done.stderr
    assert "→" in done.stderr
    assert "Traceback" not in done.stderr


def test_work_that_cannot_be_done_exits_1() -> None:
    """A wave that was never loaded is not a wrong command."""
    done = anxin("run", "--wave", "2026-1")
    assert done.returncode == 1
    assert "anxin load" in done.stderr


def test_wrong_use_exits_2() -> None:
    """An unknown option never passes silently."""
    assert anxin("run", "--wav", "2026-1").returncode == 2


def test_nothing_released_yet_is_an_answer() -> None:
    """An empty list, as JSON too."""
    result = CliRunner().invoke(app, ["release", "list", "--json"])
    assert json.loads(result.stdout) == {"releases": []}


def test_an_unknown_release_names_those_there_are() -> None:
    """The next step is to choose one that exists."""
    from pipelines.problems import BadInput
    from pipelines.releases import read_release

    with pytest.raises(BadInput, match="none yet"):
        read_release("2026-1.1")


def test_what_the_machine_refuses_is_one_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that can't be made is no traceback: the line names it, and what to look at."""
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "lists"
    monkeypatch.setattr(sys, "argv", ["anxin", "registry", "template", str(folder)])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert str(folder) in said and "→" in said and said.count("\n") == 1
