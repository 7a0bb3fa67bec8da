"""The dashboard's commands: one line, in the language of the shell, with a next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.__main__ import main
from dashboard.words import catalogue


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["account", "add", "lin", "--role", "boss"], "没有这种角色"),
        (["account", "add", "lin", "--role", "counselor"], "要写明学校"),
        (["account", "add", "lin", "--role", "bureau", "--scope", "S1"], "不分学校"),
        (["account", "add", "l/n", "--role", "bureau"], "登录名"),
        (["account", "close", "nobody"], "没有账号 nobody"),
        (["public", "--out", "pub"], "office.yml 读不出来"),
    ],
)
def test_wrong_use_is_one_line_with_a_next_step(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.setenv("ANXIN_LANG", "zh_CN")
    monkeypatch.setenv("ANXIN_PASSWORD", "correct horse")
    assert main(words) == 2
    line = capsys.readouterr().err
    assert line.startswith("anxin: ") and said in line and " → " in line and line.count("\n") == 1


def test_what_the_machine_refuses_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A home that can't be written ended in a traceback."""

    def refuse(name: str) -> bool:
        raise PermissionError(13, "Permission denied", str(tmp_path / "casework"))

    monkeypatch.setattr("dashboard.accounts.close_account", refuse)
    assert main(["account", "close", "lin"]) == 1
    line = capsys.readouterr().err
    assert str(tmp_path / "casework") in line and " → " in line and line.count("\n") == 1


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_refusal_says_what_to_do(language: str) -> None:
    """A refusal without a next step leaves a technician with a telephone."""
    done = {"command.account_ready", "command.account_closed", "command.office_example", "command.scope_unknown"}
    done |= {"command.password", "command.password_again"}
    said = {key: text for key, text in catalogue(language).items() if key.startswith("command.")}
    assert len(said) > 15
    assert [key for key, text in said.items() if "→" not in text and key not in done] == []
