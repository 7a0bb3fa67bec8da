"""The codebook in docs/ is what the instrument says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.codebook import main, one_cell, render_codebook
from survey.instrument import load_instrument
from survey.settings import CODEBOOK

MINI = Path(__file__).parents[2] / "instruments"


def test_the_codebook_is_current() -> None:
    """Fails when the instrument or a code list changed: python -m survey.codebook --write."""
    assert CODEBOOK.read_text(encoding="utf-8") == render_codebook(load_instrument())


def test_check_tells_a_current_file_from_a_stale_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "docs" / "codebook.md"
    assert main(["--check"], path) == 1
    assert main(["--write"], path) == 0
    assert main(["--check"], path) == 0
    path.write_text(path.read_text(encoding="utf-8").replace("走廊", "过道"), encoding="utf-8")
    assert main(["--check"], path) == 1
    assert "stale" in capsys.readouterr().err


def test_it_names_every_column_item_and_indicator() -> None:
    term = load_instrument()
    text = render_codebook(term)
    columns = [*term.columns.values(), *term.apart_columns.values()]
    assert [c.name for c in columns if c.kind == "flag" and f"`{c.name}`" not in text] == []
    assert [item for item in term.items if f"### {item}\n" not in text] == []
    assert [code for code in term.indicators if f"(`{code}`)" not in text] == []


@pytest.mark.parametrize("file", sorted(MINI.glob("mini_*.yml")), ids=lambda file: file.stem)
def test_any_instrument_has_a_codebook(file: Path) -> None:
    assert "## 指标 · Indicators" in render_codebook(load_instrument(file))


def test_a_bar_in_a_text_does_not_open_a_table_cell() -> None:
    assert one_cell("a | b\n c") == r"a \| b c"
