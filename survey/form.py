"""The words around the items: promise, choice to take part, receipt, help, messages. Foreign instruments have none."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from survey.items import Option
from survey.words import Code, FromMapping, Frozen, Words


class BandWords(Words):
    """A text that some bands read in simpler words."""

    by_band: dict[Code, Words] = Field(default={})

    def words(self, band: str) -> Words:
        return self.by_band.get(band, self)


class TakePart(Words):
    options: Annotated[tuple[Option, ...], FromMapping]


class Messages(Frozen):
    """What the form says to a child when something stands in the way."""

    mistyped: Words
    not_accepted: Words
    not_saved: Words
    left_empty: Words
    cover_screen: Words
    uncover_screen: Words
    need_help: Words


class FormTexts(Frozen):
    promise: BandWords
    class_check: BandWords
    take_part: TakePart
    receipt: Words
    help: Words
    help_slip: Words
    messages: Messages
    placeholders: dict[Code, Words] = Field(default={})  # what a {name} in help and help_slip stands for
