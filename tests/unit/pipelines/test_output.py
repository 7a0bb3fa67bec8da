"""What commands print for a person."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.commands.output import in_columns, width_of
from pipelines.commands.release import in_words
from pipelines.commands.slips import is_local


def test_columns_stand_beneath_each_other_in_chinese_too() -> None:
    """A name of four characters and one of two don't push the next column about."""
    lines = in_columns([("第一小学", "S1", "开放"), ("一中", "S20", "–"), ("A", "", "open")])
    places = [width_of(line[: line.index(word)]) for line, word in zip(lines, ("开放", "–", "open"), strict=True)]
    assert places == [15, 15, 15]
    assert lines[0].startswith("第一小学  S1 ") and not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("port", ["0", "70000"])
def test_a_port_that_is_none_is_wrong_use(port: str) -> None:
    done = CliRunner().invoke(app, ["dashboard", "serve", "--port", port])
    assert done.exit_code == 2 and "--port" in done.output


def test_slips_that_only_this_machine_could_open_are_known() -> None:
    """A school would print hundreds of slips that lead nowhere."""
    assert is_local("http://127.0.0.1:8100") and is_local("http://localhost")
    assert not is_local("https://wenjuan.example.org")


def test_a_record_is_shown_without_brackets() -> None:
    """A technician reads words, not how the program holds them."""
    record = {"with": None, "schools": ["S1", "S2"], "audit": {"cells": 5}, "withheld": []}
    assert in_words(record) == "with –, schools S1, S2, audit cells 5, withheld –"
