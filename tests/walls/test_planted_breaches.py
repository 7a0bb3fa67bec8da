"""Every import contract is broken once in a copy and must be caught: a contract that guards nothing looks the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ISLANDS = ("survey", "pipelines", "models", "dashboard")

BREACHES = [
    ("survey/scoring.py", "import duckdb", "The survey asks"),
    ("survey/scoring.py", "import models.cuts", "The survey asks"),
    ("survey/instrument.py", "from pipelines import problems", "The survey asks"),
    ("models/cuts.py", "import duckdb", "Models infer"),
    ("models/pooling.py", "from pathlib import Path", "Models infer"),
    ("models/simulator/city.py", "import survey.instrument", "Models infer"),
    ("dashboard/published.py", "import pipelines.microdata", "The dashboard shows"),
    ("dashboard/figures.py", "from models import cuts", "The dashboard shows"),
    ("dashboard/views/__init__.py", "import survey.scoring", "The dashboard shows"),
    ("dashboard/figures.py", "import duckdb", "Figures are drawn"),
    ("dashboard/figures.py", "import streamlit", "Figures are drawn"),
    ("pipelines/release/tables.py", "from pipelines import microdata", "Only the stages open"),
    ("pipelines/releases.py", "from pipelines.microdata import open_microdata", "Only the stages open"),
    ("pipelines/estimate.py", "import pipelines.release.publish", "Only the release stage publishes"),
    ("pipelines/score/answers.py", "import models.simulator", "Only what was asked for may simulate"),
    ("pipelines/estimate.py", "import pipelines.simulate", "Only what was asked for may simulate"),
    ("pipelines/stage.py", "import pipelines.score", "Directory order is data flow"),
    ("pipelines/load/checks.py", "import pipelines.release.gate", "Directory order is data flow"),
    ("pipelines/placeless.py", "ANSWER = 42", "Directory order is data flow"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for island in ISLANDS:
        shutil.copytree(ROOT / island, folder / island, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_copy_itself_keeps_every_contract(copy: Path) -> None:
    """Without this, a breach could be 'caught' by something that was broken before."""
    result = lint(copy)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("file", "line", "contract"), BREACHES)
def test_a_planted_breach_is_caught(copy: Path, file: str, line: str, contract: str) -> None:
    """The named contract breaks, and breaks because of the planted line."""
    path = copy / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    try:
        path.write_text((before or "") + f"\n{line}\n", encoding="utf-8")
        result = lint(copy)
    finally:
        path.unlink() if before is None else path.write_text(before, encoding="utf-8")
    assert result.returncode != 0
    # Either the contract is listed as broken, or the linter stops on it by name.
    told = [row for row in (result.stdout + result.stderr).splitlines() if contract in row]
    assert any("BROKEN" in row for row in told) or "pipelines.placeless" in result.stdout + result.stderr, result.stdout
