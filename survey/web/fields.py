"""The form's fields: every answer is one radio group with values of one letter, so that all posts have one size.

A field's name is its column's place in the instrument, in two letters; a value is its option's place. "Not chosen" is
checked beforehand. Of a multiple choice every option is a group of two. Nothing depends on band or language, so the
same answer is the same bytes everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import ascii_lowercase

from survey.columns import columns_of
from survey.instrument import Instrument
from survey.items import Block, Item, Option

CODE, TOKEN, TAKE_PART = "c", "t", "p"
NOT_CHOSEN = "_"
PICKED = "a"
TAKES_PART, BLANK = "1", "0"

Answer = int | str | None


@dataclass(frozen=True)
class Field:
    """One radio group: the column it fills, and what each of its values means there."""

    name: str
    column: str
    store: str
    means: Mapping[str, Answer]


@dataclass(frozen=True)
class Choice:
    """One option on the page: of a single choice a value of the item's field, of a multiple choice a field."""

    field: str
    value: str
    option: Option


@dataclass(frozen=True)
class Question:
    """An item as a band meets it. `number` is None where the item isn't counted."""

    item: Item
    number: int | None
    choices: tuple[Choice, ...]

    @property
    def is_multi(self) -> bool:
        return self.item.type == "multi"


@dataclass(frozen=True)
class Screen:
    """A block with the questions that a band is asked."""

    block: Block
    questions: tuple[Question, ...]


def name_fields(instrument: Instrument) -> dict[str, str]:
    """Column → field name, for all columns of the instrument in the order of the form."""
    columns = [
        column.name
        for item in instrument.items.values()
        for column in columns_of(item, instrument.options_of(item.code))
    ]
    return {column: ascii_lowercase[place // 26] + ascii_lowercase[place % 26] for place, column in enumerate(columns)}


def build_screens(instrument: Instrument, band: str, optional: frozenset[str]) -> tuple[Screen, ...]:
    """The screens of a band, the same for everyone in it. `optional`: blocks that the bureau has switched on."""
    names = name_fields(instrument)
    asked = (block for block in instrument.blocks if not block.optional or block.code in optional)
    shown = ((block, [item for item in block.items if band in item.bands]) for block in asked)
    numbers = iter(range(1, len(instrument.items) + 1))
    return tuple(
        Screen(block, tuple(build_question(instrument, item, band, names, numbers) for item in items))
        for block, items in shown
        if items
    )


def build_question(
    instrument: Instrument, item: Item, band: str, names: Mapping[str, str], numbers: Iterator[int]
) -> Question:
    options = [(place, option) for place, option in enumerate(instrument.options_of(item.code)) if option.is_in(band)]
    if item.type == "multi":
        choices = tuple(Choice(names[f"{item.code}__{option.code}"], PICKED, option) for _, option in options)
    else:
        choices = tuple(Choice(names[item.code], ascii_lowercase[place], option) for place, option in options)
    return Question(item, next(numbers) if item.counted else None, choices)


def fields_of(screens: tuple[Screen, ...]) -> dict[str, Field]:
    """Every field of a band's form by its name."""
    questions = (question for screen in screens for question in screen.questions)
    return {field.name: field for question in questions for field in question_fields(question)}


def question_fields(question: Question) -> Iterator[Field]:
    item = question.item
    if question.is_multi:
        for choice in question.choices:
            yield Field(choice.field, f"{item.code}__{choice.option.code}", item.store, {NOT_CHOSEN: 0, PICKED: 1})
    else:
        means = {NOT_CHOSEN: None} | {choice.value: choice.option.code for choice in question.choices}
        yield Field(question.choices[0].field, item.code, item.store, means)
