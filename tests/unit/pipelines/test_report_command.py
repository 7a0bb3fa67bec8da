"""`anxin report`: the button's file from the command line, whole or not at all, and noted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard import accesslog
from dashboard.casework import store
from pipelines.cli import app
from pipelines.problems import Problem


@pytest.fixture(autouse=True)
def city(show_city: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_LANG", "zh_CN")
    show_city("demo")
    store.forget()


def report(out: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["report", *words, "--out", str(out)])


def test_report_is_written_and_noted(tmp_path: Path) -> None:
    out = tmp_path / "reports" / "term.docx"
    result = report(out, "--kind", "term", "--school", "S03", "--wave", "2025-2", "--as-of", "2026-01-31")
    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith(b"PK") and out.stat().st_mode & 0o777 == 0o600
    entry = accesslog.read_entries()[0]
    assert (entry.who, entry.action, entry.about) == ("command line", "export", "report term S03 2025-2 docx")


@pytest.mark.parametrize(
    "words",
    [
        ("--kind", "term"),
        ("--kind", "term", "--school", "S03", "--bureau"),
        ("--kind", "term", "--school", "../S03"),
        ("--kind", "term", "--school", "S99"),
        ("--kind", "gossip", "--school", "S03"),
        ("--kind", "case", "--school", "S03", "--case", "2026-0001"),
        ("--kind", "card", "--bureau"),
        ("--kind", "annual", "--school", "S03", "--year", "1999"),
        ("--kind", "term", "--school", "S03", "--as-of", "tomorrow"),
        ("--kind", "inspection", "--bureau"),
    ],
)
def test_wrong_use_is_exit_2_with_a_next_step_and_no_file(tmp_path: Path, words: tuple[str, ...]) -> None:
    out = tmp_path / "x.pdf"
    problem = report(out, *words).exception
    assert isinstance(problem, Problem) and problem.exit_code == 2 and problem.next_step
    assert not out.exists() and accesslog.read_entries() == []


def test_a_card_is_no_spreadsheet(tmp_path: Path) -> None:
    problem = report(tmp_path / "card.xlsx", "--kind", "card", "--school", "S03").exception
    assert isinstance(problem, Problem) and problem.exit_code == 2


def test_no_report_without_its_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise accesslog.LogGone("disk full")

    monkeypatch.setattr(accesslog, "note", full)
    problem = report(tmp_path / "x.pdf", "--kind", "card", "--school", "S03").exception
    assert isinstance(problem, Problem) and problem.exit_code == 1 and not (tmp_path / "x.pdf").exists()


def test_disk_that_refuses_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    problem = report(tmp_path / "file" / "x.pdf", "--kind", "card", "--school", "S03").exception
    assert isinstance(problem, Problem) and problem.exit_code == 1 and problem.next_step
