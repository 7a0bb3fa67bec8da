"""The recovery sheet: the closed key file on one page, whole; boxes for the passphrase on the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from print_jobs import pages_of

from survey.print.recovery import in_lines, render_recovery_sheet
from survey.print.words import LANGUAGES
from survey.sealing import LEAST, new_key, read_private_key, write_private_key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_key_can_be_typed_back_from_the_page(tmp_path: Path, lang: str) -> None:
    """A character lost at a line's end would be found on the day the key is needed."""
    key, path = new_key(), tmp_path / "key"
    write_private_key(path, key, "a passphrase", "2026-1", LEAST)
    private = path.read_text(encoding="utf-8")
    reader = pages_of(render_recovery_sheet("2026-1", private, "3F9A 77C1", date(2026, 5, 1), lang))
    assert len(reader.pages) == 2
    first, second = (page.extract_text() for page in reader.pages)
    typed, taken = [], iter(in_lines(private))
    for line in taken:
        typed += [line["text"]] if line["number"] else []
        typed[-1] += "" if line["number"] else line["text"]
    again = tmp_path / "again"
    again.write_text("\n".join(typed), encoding="utf-8")
    assert read_private_key(again, "a passphrase", "2026-1").private == key.private
    assert all(line["text"].replace(" ", "") in "".join(first.split()) for line in in_lines(private))
    assert not any(line["text"] in second for line in in_lines(private) if len(line["text"]) > 20)
