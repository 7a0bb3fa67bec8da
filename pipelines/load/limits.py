"""Numbers a load goes by: the policy's, and two of its own."""

from __future__ import annotations

from pipelines.policy import load_policy
from pipelines.settings import settings

MAX_GROUP_VALUES = 30  # a group with more values may tell people apart
MAX_FRAME_ROWS = 200_000  # a larger frame costs Great Expectations minutes; its rows were all checked in SQL
MIN_ITEM_SHARE = 0.5  # an item that half of those asked leave out was not understood, or not shown


def policy_value(name: str) -> float:
    """A threshold of the policy, by its dotted name, the bureau's stricter one where there is one."""
    return load_policy(settings().home / "policy.yml")[name]
