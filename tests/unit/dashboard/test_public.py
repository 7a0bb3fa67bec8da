"""The public page: from everybody's file alone, no script, no request, nobody's school."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from published_city import SCHOOLS, write_release

from dashboard.__main__ import main
from dashboard.words import say

OFFICE = {"name": "<b>清河市防治办</b>", "telephone": "0000-1234567", "plan": ["每学期调查一次", "有人值守"]}


@pytest.fixture
def office(home: Path) -> Path:
    home.mkdir(parents=True)
    path = home / "office.yml"
    path.write_text(yaml.safe_dump(OFFICE, allow_unicode=True), encoding="utf-8")
    return path


def test_two_pages_from_everybodys_file_alone(home: Path, office: Path, tmp_path: Path) -> None:
    """No other audience's file is there to be read; no school is named."""
    write_release(home, audiences=["public"])
    assert main(["public", "--out", str(tmp_path / "out")]) == 0
    for language, name in (("zh_CN", "index.html"), ("en", "en.html")):
        page = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "0000-1234567" in page and "有人值守" in page and "&lt;b&gt;清河市防治办" in page
        assert say(language, "bureau.creed") in page and say(language, "public_page.said") in page
        assert not [held[2] for held in SCHOOLS.values() if held[2] in page] and "None" not in page


def test_no_script_and_no_outside_request(home: Path, office: Path, tmp_path: Path) -> None:
    write_release(home, audiences=["public"])
    main(["public", "--out", str(tmp_path)])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page and "@import" not in page and "url(" not in page and " on" + "click" not in page
    targets = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert sorted(targets) == ["en.html", "tel:0000-1234567"]


@pytest.mark.parametrize("scenario", ["empty", "suppressed", "first_wave"])
def test_every_state_has_a_page(home: Path, office: Path, tmp_path: Path, scenario: str) -> None:
    write_release(home, scenario=scenario, audiences=["public"])
    assert main(["public", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "None" not in page and (say("zh_CN", "public_page.said") in page) == (scenario == "first_wave")
    assert (say("zh_CN", "public_page.progress_none") in page) == (scenario == "empty")


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({}, "lacks name, telephone, plan"),
        ({"name": "x"}, "telephone, plan"),
        (OFFICE | {"fax": "1"}, "unknown keys: fax"),
        (None, "holds nothing"),
    ],
)
def test_an_office_that_is_not_all_there_is_refused(
    home: Path, office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], held: object, said: str
) -> None:
    """A public page without a telephone would say that there is none."""
    write_release(home, audiences=["public"])
    office.write_text(yaml.safe_dump(held, allow_unicode=True), encoding="utf-8")
    assert main(["public", "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_no_office_and_no_release_are_told_with_the_next_step(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir(parents=True)
    assert main(["public", "--out", str(tmp_path / "out")]) == 2
    assert "write name" in capsys.readouterr().err
    (home / "office.yml").write_text(yaml.safe_dump(OFFICE), encoding="utf-8")
    assert main(["public", "--out", str(tmp_path / "out")]) == 2
    assert "run the line first" in capsys.readouterr().err
