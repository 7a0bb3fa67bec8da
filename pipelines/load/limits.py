"""Numbers a load goes by: the policy's, and two of its own."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipelines.contracts import read_yaml
from pipelines.settings import REFERENCE

MAX_GROUP_VALUES = 30  # a group with more values may tell people apart
MAX_FRAME_ROWS = 200_000  # a larger frame costs Great Expectations minutes; its rows were all checked in SQL
MIN_ITEM_SHARE = 0.5  # an item that half of those asked leave out was not understood, or not shown


@cache
def _policy() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(REFERENCE / "policy.yml")
    return content


def policy_value(topic: str, name: str) -> float:
    """A threshold of data/reference/policy.yml."""
    return float(_policy()[topic][name]["value"])
