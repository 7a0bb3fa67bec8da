"""Disclosure and sign thresholds: read from data/reference/policy.yml; a bureau's own file may be stricter only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.plain_yaml import read_yaml
from pipelines.problems import BadInput, Where
from pipelines.settings import REFERENCE


@dataclass(frozen=True)
class Policy:
    """Numbers of the policy file by their dotted names, and the reference rates by band."""

    version: str
    numbers: dict[str, float]
    reference_rate: dict[str, float]

    def __getitem__(self, name: str) -> float:
        return self.numbers[name]

    def count(self, name: str) -> int:
        """A threshold that is a number of students."""
        return int(self.numbers[name])


def load_policy(own: Path | None = None) -> Policy:
    """The house's policy, made stricter by the bureau's own file where there is one.

    `own` maps dotted names to numbers, e.g. `window.middle: 6`. Raises BadInput for an unknown name or a looser value.
    """
    document = read_yaml(REFERENCE / "policy.yml")
    leaves = dict(_leaves(document))
    numbers = {name: leaf["value"] for name, leaf in leaves.items() if isinstance(leaf["value"], int | float)}
    version = str(document["version"])
    if own is not None and own.exists():
        stricter = read_yaml(own) or {}
        for name, value in stricter.items():
            check_not_looser(name, value, leaves, own.name)
        numbers |= stricter
        version += "+" + ",".join(f"{name}={value}" for name, value in sorted(stricter.items()))
    rates = leaves["class_signal.reference_rate"]["value"]
    return Policy(version, numbers, rates)


def is_house_policy(version: str) -> bool:
    """Whether this version, with or without what a bureau made stricter, is the house's policy of today."""
    return version.partition("+")[0] == load_policy().version


def check_not_looser(name: str, value: Any, leaves: dict[str, dict[str, Any]], file: str) -> None:
    """Raise BadInput unless `name` is a bounded threshold and `value` lies on its strict side."""
    leaf = leaves.get(name)
    if leaf is None or not ({"floor", "ceiling"} & leaf.keys()):
        raise BadInput(
            "this threshold is unknown or not a bureau's to change",
            where=Where(file, column=name),
            next_step="use a name of data/reference/policy.yml that has a floor or a ceiling",
        )
    if value < leaf.get("floor", value) or value > leaf.get("ceiling", value):
        raise BadInput(
            "a bureau may be stricter, never looser",
            where=Where(file, column=name),
            next_step=f"keep the house's limit ({leaf.get('floor', leaf.get('ceiling'))}) or a stricter value",
        )


def _leaves(node: dict[str, Any], prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """(dotted name, leaf) of every entry that has a value and a reason."""
    found: list[tuple[str, dict[str, Any]]] = []
    for key, child in node.items():
        if isinstance(child, dict) and "value" in child:
            found.append((prefix + key, child))
        elif isinstance(child, dict):
            found += _leaves(child, f"{prefix}{key}.")
    return found
