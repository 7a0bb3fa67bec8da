"""Answers of a simulated wave as arrays: which sheets say yes to an indicator, which were filled in with care."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.quality import Flags, Floats, Marks, quality_score
from survey.indicators import AnyOf, Indicator
from survey.instrument import Instrument

Answers = Mapping[str, Any]
"""Column → one value per sheet; -1 or "" where nothing stands."""


def says_yes(indicator: Indicator, answers: Answers) -> Flags:
    """(sheets,): meets the numerator; whoever wasn't asked, left it empty or would rather not say doesn't."""
    return is_met(indicator.numerator, answers)


def is_met(condition: AnyOf, answers: Answers) -> Flags:
    clauses = [
        np.sum([np.isin(answers[column.name], clause.counted(column)) for column in clause.columns], axis=0)
        >= clause.count
        for clause in condition.clauses
    ]
    return np.asarray(np.any(clauses, axis=0))


def points_against(instrument: Instrument, answers: Answers) -> Floats:
    """(sheets,): the quality score of each sheet."""
    keyed = {name: item.key for name, item in instrument.items.items() if item.key and name in answers}
    climate = np.stack([answers[name] for name in keyed], axis=1).astype(float)
    climate[(climate < 1) | (climate > 4)] = -1
    marks = Marks(
        climate=climate,
        keys=[1 if key == "+" else -1 for key in keyed.values()],
        too_fast=np.asarray(answers["too_fast"]) == 1,
        impossible=names_impossible(instrument, answers),
        honest=answers["hon_true"],
        read=answers["hon_read"],
    )
    return quality_score(marks)


def names_impossible(instrument: Instrument, answers: Answers) -> Flags:
    """(sheets,): names a place that no school has."""
    codes = {column.option for column in instrument.columns.values() if column.impossible and column.option}
    flags = [answers[name] == 1 for name, column in instrument.columns.items() if column.impossible and column.option]
    named = [np.isin(values, list(codes)) for values in answers.values() if np.asarray(values).dtype.kind == "U"]
    return np.asarray(np.any([*flags, *named], axis=0))
