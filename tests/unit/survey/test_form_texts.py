"""Texts that are filled in per school name the same things in both languages."""

from __future__ import annotations

import re

import pytest

from survey.instrument import Instrument, build_instrument, load_instrument
from survey.problems import InstrumentError

TERM = load_instrument()


def changed(name: str, language: str, old: str, new: str) -> Instrument:
    content = TERM.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert old in content["form"][name][language]
    content["form"][name][language] = content["form"][name][language].replace(old, new)
    return build_instrument(content, "term.yml")


def test_a_placeholder_missing_in_one_language_is_refused() -> None:
    """An English page without the school's telephone would go unnoticed by everyone who reads Chinese."""
    with pytest.raises(InstrumentError, match=r"item form help: .*different placeholders"):
        changed("help", "en", "{phone}", "")


def test_an_undeclared_placeholder_is_refused() -> None:
    content = TERM.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for language in ("zh", "en"):
        content["form"]["help_slip"][language] += "{weather}"
    with pytest.raises(InstrumentError, match="placeholder weather isn't declared"):
        build_instrument(content, "term.yml")


def test_a_promise_for_an_unknown_band_is_refused() -> None:
    """A misspelt band would leave its children with the text for older ones."""
    content = TERM.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content["form"]["promise"]["by_band"]["g43"] = content["form"]["promise"]["by_band"].pop("g34")
    with pytest.raises(InstrumentError, match="item form: there is no band g43"):
        build_instrument(content, "term.yml")


def test_every_declared_placeholder_is_used() -> None:
    assert TERM.form is not None
    used = set(re.findall(r"{(\w+)}", TERM.form.help.zh + TERM.form.help_slip.zh))
    assert used == set(TERM.form.placeholders)
