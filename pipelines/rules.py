"""The rules of data/reference/rules.yml, and their words as rows of pub_label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from pipelines.plain_yaml import read_yaml
from pipelines.settings import REFERENCE

LANGUAGES = (("zh_CN", "zh"), ("en", "en"))
OWN_WORDS = ("what", "reason")
ADVICE = ("article", "deadline", "not_said", "steps", "donts")


@dataclass(frozen=True)
class Rules:
    """The rules in the order in which they are tried; what is said beside each, by name; states without a rule.

    moved_by: indicators whose released windows move the carrying one's first cut.
    """

    version: str
    rules: tuple[dict[str, Any], ...]
    moved_by: tuple[str, ...] = ()
    advice: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    states: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def alarm(self, code: str, sign: str | None) -> str:
        """Name of the false alarm that an indicator's first cut keeps, in policy.yml."""
        return "first_signs" if sign != "carrying" and code in self.first_signs else sign or "banded"

    @property
    def first_signs(self) -> frozenset[str]:
        """Indicators that carry a sign of kind first_signs: they have the stricter false alarm."""
        return frozenset(rule["carried_by"] for rule in self.rules if rule["kind"] == "first_signs")


@cache
def load_rules() -> Rules:
    document = read_yaml(REFERENCE / "rules.yml")
    rules, moved_by = tuple(document["rules"]), tuple(document["moved_by"])
    return Rules(str(document["version"]), rules, moved_by, document["advice"], document["states"])


def rule_labels(rules: Rules) -> pd.DataFrame:
    """One row per word of a rule (or of a state without one) per language, as pub_label has them."""
    named = {rule["id"]: rule for rule in rules.rules} | dict(rules.states)
    rows = [
        (f"rule_{kind}", code, "", language, as_text(words[key]), None)
        for code, rule in named.items()
        for kind, words in words_of(rule, rules)
        for language, key in LANGUAGES
    ]
    return pd.DataFrame(rows, columns=["kind", "code", "school_id", "lang", "text", "long_text"])


def words_of(rule: dict[str, Any], rules: Rules) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, words by language) of everything that is said of a rule."""
    yield from ((kind, rule[kind]) for kind in OWN_WORDS if kind in rule)
    if "advice" in rule:
        yield from ((kind, rules.advice[rule["advice"]][kind]) for kind in ADVICE)


def as_text(words: str | list[str]) -> str:
    """One text; of several, a line each."""
    return words if isinstance(words, str) else "\n".join(words)
