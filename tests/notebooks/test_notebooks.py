"""The notebooks run from top to bottom, and each .ipynb is its .py without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))
QUICK = ("3-reading-a-funnel",)  # the others simulate, load and release, or fit the models to cities
RUN = [pytest.param(name, marks=[] if name in QUICK else pytest.mark.long) for name in NAMES]


def cells(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source.strip()) for cell in notebook.cells]


def test_there_are_four_pairs_and_nothing_alone() -> None:
    assert [path.stem for path in sorted(FOLDER.glob("*.ipynb"))] == NAMES
    assert len(NAMES) == 4


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_says_the_same(name: str) -> None:
    """An edit of one that never reached the other would show readers two notebooks under one name."""
    script, notebook = (jupytext.read(FOLDER / f"{name}{suffix}") for suffix in (".py", ".ipynb"))
    assert cells(script) == cells(notebook)


@pytest.mark.parametrize("name", NAMES)
def test_no_output_is_kept(name: str) -> None:
    """Outputs would hide changes in large diffs, and may hold paths of the machine that ran them."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(not cell.outputs and cell.execution_count is None for cell in code)
    assert set(notebook.metadata) <= {"kernelspec", "jupytext"}


@pytest.mark.parametrize("name", NAMES)
def test_chinese_comes_first_and_english_beside_it(name: str) -> None:
    """Every block of words has both languages; no reader meets a page in one alone."""
    for cell in jupytext.read(FOLDER / f"{name}.py").cells:
        if cell.cell_type == "markdown":
            chinese, english = (
                re.search(pattern, cell.source) for pattern in ("[\u4e00-\u9fff]", r"[A-Za-z]+ [a-z]+ ")
            )
            assert chinese and english and chinese.start() < english.start(), cell.source


@pytest.mark.parametrize("name", RUN)
def test_it_runs_from_top_to_bottom(name: str) -> None:
    """Executed in a fresh kernel, in its own folder; a cell that raises fails here, with its traceback."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    pictures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "application/vnd.plotly.v1+json" in output.get("data", {})
    ]
    assert len(pictures) >= 2
