"""Refusals: every sentence that the code can say has its Chinese, and the line names the place in that language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.problems import BadInput, Where
from pipelines.settings import ROOT
from pipelines.words.refusals import catalogue, pattern_of, tell_problem, translate

RAISED = {"BadInput", "CannotDo", "KeyFault", "SheetFault", "WaveFault", "StoreFault", "NotSaved", "HelpRefused"}
PARTS = ("pipelines", "survey/help", "survey/intake", "survey/sealing.py", "survey/sheets.py")
NOT_THE_OPERATORS = ("bench", "simulate.py")
COMMANDS = ("anxin ", "pip ")  # a next step that is a command needs no translation


def sources() -> Iterator[Path]:
    for part in PARTS:
        path = ROOT / part
        yield from [path] if path.is_file() else path.rglob("*.py")


def sentence(node: ast.expr) -> str | None:
    """A literal, or an f-string with numbered holes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    holes = iter(range(9))
    return "".join(str(v.value) if isinstance(v, ast.Constant) else f"{{{next(holes)}}}" for v in node.values)


def said_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
            given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "next_step")]
            yield from (text for text in map(sentence, given) if text)


def test_every_sentence_has_its_chinese() -> None:
    """An officer who reads Chinese isn't left with an English sentence when something goes wrong."""
    said = {text for path in sources() if not set(path.parts) & set(NOT_THE_OPERATORS) for text in said_in(path)}
    known = {pattern.pattern for pattern, _ in catalogue()}
    lacking = [text for text in said if pattern_of(text).pattern not in known and not text.startswith(COMMANDS)]
    assert len(said) > 80
    assert sorted(lacking) == []


def test_what_fills_a_sentence_is_said_in_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_LANG", "zh_CN")
    lacks = "1 adult outside the school with a key (there are 0); a second adult, who can open every slip"
    told = translate(f"school S1 lacks {lacks}: its page shows telephone numbers only")
    assert told.startswith("S1 还缺：1 位有钥匙的校外大人（现有 0 位）；一位能打开每一张的")


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("zh_CN", "lists.csv，第 3 行，boys 列：没有 R1 这个发布 → 请再运行一次"),
        ("en", "lists.csv, row 3, column boys: there is no release R1 → run it again"),
    ],
)
def test_place_rule_and_step_are_in_one_language(monkeypatch: pytest.MonkeyPatch, lang: str, line: str) -> None:
    monkeypatch.setenv("ANXIN_LANG", lang)
    problem = BadInput("there is no release R1", where=Where("lists.csv", 3, "boys"), next_step="run it again")
    assert tell_problem(problem) == line
