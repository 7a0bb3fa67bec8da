"""A refusal as the person at the keyboard reads it. The code says it in English; the catalogue knows the Chinese."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pipelines.contracts import read_yaml
from pipelines.problems import Problem, Where
from pipelines.words import say, spoken_language

HOLE = re.compile(r"\{\d\}")


def tell_problem(problem: Problem) -> str:
    """Place, rule and next step in one line, in the language of the shell."""
    place, rule, step = tell_place(problem.where), translate(problem.rule), translate(problem.next_step)
    return (say("refusal.place", place=place) if place else "") + rule + (f" → {step}" if step else "")


def tell_place(where: Where) -> str:
    """File, row and column, as far as they are known."""
    row = "" if where.row is None else say("refusal.row", row=where.row)
    column = say("refusal.column", column=where.column) if where.column else ""
    return say("refusal.comma").join(part for part in (where.file, row, column) if part)


def translate(text: str) -> str:
    """The sentence in Chinese if Chinese is spoken here and the catalogue has it; what fills its holes, too."""
    if spoken_language() != "zh_CN" or not text:
        return text
    for pattern, chinese in catalogue():
        if found := pattern.fullmatch(text):
            return chinese.format(*map(_translate_each, found.groups()))
    return text


def _translate_each(filled: str) -> str:
    """What fills a hole may be a list of sentences."""
    return "；".join(map(translate, filled.split("; ")))


@cache
def catalogue() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Pattern of the English sentence, and the Chinese one; the longest first, so that none hides another."""
    held: dict[str, str] = read_yaml(Path(__file__).with_name("zh_CN.refusals.yml"))
    return tuple((pattern_of(english), held[english]) for english in sorted(held, key=len, reverse=True))


def pattern_of(english: str) -> re.Pattern[str]:
    """Matches the sentence with anything in its holes."""
    return re.compile("(.*?)".join(map(re.escape, HOLE.split(english))), re.DOTALL)
