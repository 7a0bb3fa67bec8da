"""From honest answers to the sheets that are handed in: items left out, careless and mischievous hands, blanks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.simulator.conduct import Conduct
from models.simulator.draws import EMPTY, Flags, Ints, flip
from models.simulator.places import IMPOSSIBLE
from models.simulator.questionnaire import BANDS, Question, Questionnaire, options_of
from models.simulator.scene import Answers, Scene

# Items that are left unanswered more often than the rest.
DELICATE = frozenset({"perp_freq", "sex_freq", "sev_degrade", "about_sex", "home_now"})
DELICATE_FACTOR = 3.0
RANDOM_TICK = 0.25
RANDOM_REFUSAL = 0.05
PRANK_TICK = 0.40
PRANK_EXTREME = 0.70
PRANK_POOL = 0.30
Column = NDArray[np.int8] | NDArray[np.str_]


def fill_in(scene: Scene, questionnaire: Questionnaire, honest: Answers, conduct: Conduct) -> Answers:
    """One column per question, in the order of the form; EMPTY (or "") where nothing stands.

    ValueError if the instrument asks something the model has no answer for.
    """
    missing = sorted({q.item for q in questionnaire.answers + questionnaire.apart if _source(q, honest) is None})
    if missing:
        raise ValueError(f"the model has no answer for the items {', '.join(missing)}")
    columns = {q.name: _blank(q, scene.size) for q in questionnaire.answers + questionnaire.apart}
    for row, band in enumerate(BANDS):
        rows = np.flatnonzero(scene.district.band == row)
        if rows.size:
            _fill_band(scene, questionnaire, band, rows, honest, conduct, columns)
    for column in columns.values():
        column[~conduct.takes_part] = "" if column.dtype.kind == "U" else EMPTY
    return columns


def _source(question: Question, honest: Answers) -> Column | None:
    """What an attentive student answers; nobody ticks an option that the model doesn't know of, the pool for one."""
    if question.kind == "flag" and question.name not in honest:
        known = f"{question.item}__none" in honest and question.option == IMPOSSIBLE
        return np.zeros(len(next(iter(honest.values()))), dtype=np.int8) if known else None
    return honest.get(question.name)


def _blank(question: Question, size: int) -> Column:
    """Text columns are as wide as their longest code: numpy cuts longer texts without a word."""
    if question.kind != "text":
        return np.full(size, EMPTY, dtype=np.int8)
    return np.full(size, "", dtype=f"U{max(len(str(code)) for codes in question.codes.values() for code in codes)}")


def _fill_band(
    scene: Scene,
    questionnaire: Questionnaire,
    band: str,
    rows: Ints,
    honest: Answers,
    conduct: Conduct,
    columns: Answers,
) -> None:
    asked = questionnaire.asked(band)
    apart = tuple(question for question in questionnaire.apart if band in question.codes)
    rng = scene.stream(f"sheets {band}")
    for number, question in enumerate(asked + apart):
        position = (number + 0.5) / len(asked) if number < len(asked) else 0.05
        column: Any = _source(question, honest)[rows].astype(columns[question.name].dtype)  # type: ignore[index]
        column = _leave_out(rng, scene, question, band, column, conduct.breaks_off[rows] <= position)
        hasty = conduct.onset[rows] <= position
        _straight(question, band, column, hasty, conduct.straight[rows], _place_in_item(question, asked + apart, band))
        _at_random(rng, question, band, column, hasty & conduct.random[rows])
        _mischief(rng, question, band, column, conduct.prankster[rows])
        columns[question.name][rows] = column
    _only_none_alone(asked + apart, rows, columns)


def _place_in_item(question: Question, asked: tuple[Question, ...], band: str) -> int:
    if question.kind != "flag":
        return 0
    return [other.name for other in asked if other.item == question.item].index(question.name)


def _leave_out(
    rng: np.random.Generator, scene: Scene, question: Question, band: str, column: Column, broken_off: Flags
) -> Column:
    """A single answer may be empty or refused; a multiple one with nothing ticked is 0 everywhere."""
    if question.kind == "flag":
        column[broken_off] = 0
        return column
    factor = DELICATE_FACTOR if question.item in DELICATE else 1.0
    refusal, draw = question.refusal(band), rng.random(len(column))
    left_out, refused = factor * scene.params.left_out, factor * scene.params.refusal
    column[(draw < left_out) | broken_off] = "" if question.kind == "text" else EMPTY
    if refusal is not None:
        column[(draw >= left_out) & (draw < left_out + refused) & ~broken_off] = refusal
    return column


def _straight(question: Question, band: str, column: Column, hasty: Flags, position: Ints, place: int) -> None:
    """The same position in every question; of a multiple answer that one option only."""
    rows = np.flatnonzero(hasty & (position >= 0))
    if question.kind == "flag":
        column[rows] = position[rows] == place
    else:
        codes = np.array(question.substantive(band), dtype=column.dtype)
        column[rows] = codes[np.minimum(position[rows], len(codes) - 1)]


def _at_random(rng: np.random.Generator, question: Question, band: str, column: Column, who: Flags) -> None:
    rows = np.flatnonzero(who)
    if question.kind == "flag":
        column[rows] = flip(rng, rows.size, RANDOM_TICK)
        return
    codes = np.array(question.substantive(band), dtype=column.dtype)
    column[rows] = codes[rng.integers(len(codes), size=rows.size)]
    refusal = question.refusal(band)
    if refusal is not None:
        column[rows[flip(rng, rows.size, RANDOM_REFUSAL)]] = refusal


def _mischief(rng: np.random.Generator, question: Question, band: str, column: Column, who: Flags) -> None:
    """The last, most striking option, else any; ticks plenty; names the pool that doesn't exist."""
    rows = np.flatnonzero(who)
    if question.kind == "flag":
        column[rows] = flip(rng, rows.size, PRANK_TICK) & (question.option != "none")
        return
    codes = np.array(question.substantive(band), dtype=column.dtype)
    striking = IMPOSSIBLE if IMPOSSIBLE in codes else codes[-1]
    chance = PRANK_POOL if question.kind == "text" else PRANK_EXTREME
    other = codes[rng.integers(len(codes), size=rows.size)]
    column[rows] = np.where(flip(rng, rows.size, chance), striking, other)


def _only_none_alone(asked: tuple[Question, ...], rows: Ints, columns: Answers) -> None:
    """ "None of these" may not stand beside others: the others win, as they do on the form."""
    for options in options_of(asked).values():
        others = [columns[q.name][rows] == 1 for q in options if q.option != "none"]
        for question in (q for q in options if q.option == "none"):
            columns[question.name][rows] = np.where(np.any(others, axis=0), 0, columns[question.name][rows])
