"""Words on paper: complete in both languages, and none of them in the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from survey.print import typeset
from survey.print.typeset import CannotPrint, check_fonts
from survey.print.words import LANGUAGES, fill, read_words

PRINT = Path(typeset.__file__).parent
ONLY_ENGLISH = {"date.months"}  # Chinese counts its months


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from leaves(value, f"{path}.{index}")
    else:
        yield path, str(node)


def test_both_languages_have_the_same_words_and_names() -> None:
    """A missing word stops the printing of a whole school; a missing {name} leaves out a number."""
    chinese, english = (dict(leaves(read_words(lang))) for lang in LANGUAGES)
    assert set(chinese) == {key for key in english if not any(key.startswith(only) for only in ONLY_ENGLISH)}
    for key, text in chinese.items():
        if not key.startswith("date."):
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[key])), key


@pytest.mark.parametrize("file", sorted([*PRINT.glob("*.py"), *PRINT.glob("templates/*.typ")]), ids=lambda f: f.name)
def test_no_chinese_in_the_code(file: Path) -> None:
    """Words live in the catalogues; roles and refusals, which are matched or bilingual, are the exception."""
    text = file.read_text(encoding="utf-8")
    allowed = {
        "people.py": r'"[心理保护德育]+"',
        "typeset.py": r"没有字体|请安装|排版出错",
        "words.py": r"年|月|日|周一",
    }
    for pattern in (allowed.get(file.name, r"$^"), r"（", r"）"):
        text = re.sub(pattern, "", text)
    assert not re.search(r"[一-鿿]", text)


def test_fill_keeps_what_it_does_not_know() -> None:
    """Page numbers are filled in by the page itself."""
    assert fill({"a": ["{x} {page}"]}, {"x": 1}) == {"a": ["1 {page}"]}


def test_a_missing_font_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without Chinese fonts every sheet would be empty boxes."""
    monkeypatch.setattr(typeset, "FONTS", ("A Font Nobody Has",))
    check_fonts.cache_clear()
    with pytest.raises(CannotPrint, match="fonts-noto-cjk"):
        check_fonts()
    check_fonts.cache_clear()


def test_a_fault_of_typesetting_shows_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetter quotes what it choked on: that might be a code, and errors end in logs."""
    (tmp_path / "packet.typ").write_text("#panic(json(bytes(sys.inputs.data)).parts.first().code)", encoding="utf-8")
    monkeypatch.setattr(typeset, "TEMPLATES", tmp_path)
    with pytest.raises(CannotPrint) as caught:
        typeset.render_pdf([{"kind": "slips", "code": "ABCD-EFGH"}], "", "en")
    assert "ABCD" not in str(caught.value)
    assert caught.value.__suppress_context__
