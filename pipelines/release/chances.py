"""Declared chance: of a hundred such signs in simulated cities, how many stood on something planted there.

data/reference/chances.yml holds what a run of the bench found, by rule, level, size and school level, each with the
number of signs it rests on. Where these are too few, the next coarser row speaks; where none does, nothing is said.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from pipelines.plain_yaml import read_yaml
from pipelines.settings import REFERENCE

# Rows are looked for from the finest to the coarsest; "" stands for any.
COARSER = (("size", "school_level"), ("school_level",), ("size",), ())


@cache
def load_chances() -> dict[str, Any]:
    return dict(read_yaml(REFERENCE / "chances.yml"))


def declared_chances(signals: pd.DataFrame, school_level: pd.Series) -> pd.Series:
    """Share of such signs that prove right, to five points; NULL without a sign, or where too few were simulated.

    signals: level, rule_id, r_about; school_level: in the same order.
    """
    document = load_chances()
    known = {(row["rule"], row["level"], row["size"], row["school_level"]): row for row in document["rows"]}
    columns = (signals["rule_id"], signals["level"], signals["r_about"], school_level)
    found = [
        None if pd.isna(rule) else chance_of(known, document, str(rule), str(level), int(about), str(school))
        for rule, level, about, school in zip(*columns, strict=True)
    ]
    return pd.Series(found, index=signals.index, dtype="float64")


def chance_of(
    known: dict[tuple[str, str, str, str], dict[str, Any]],
    document: dict[str, Any],
    rule: str,
    level: str,
    about: int,
    school: str,
) -> float | None:
    """The share of the finest row that rests on enough signs."""
    full = {"size": size_of(about, document["sizes"]), "school_level": school}
    for kept in COARSER:
        size, of = (full[name] if name in kept else "" for name in ("size", "school_level"))
        row = known.get((rule, level, size, of))
        if row is not None and row["signs"] >= document["least_signs"]:
            return to_step(row["right"] / row["signs"], document["step"])
    return None


def size_of(about: int, sizes: list[int]) -> str:
    """Name of the size band: its least answers, rounded as they are."""
    return str(max((size for size in sizes if size <= about), default=sizes[0]))


def to_step(share: float, step: float) -> float:
    """To the nearest step, never a certainty: 5 to 95 points with a step of 5."""
    return round(min(max(step * round(share / step), step), 1 - step), 2)
