"""Benches by name, as `anxin bench NAME` knows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipelines.bench.pipeline import run_bench
from pipelines.problems import BadInput

BENCHES: dict[str, Callable[[Sequence[int]], dict[str, Any]]] = {"pipeline": run_bench}


def run_named(name: str, sizes: Sequence[int]) -> dict[str, Any]:
    """Run the bench of that name. Raises BadInput for one that is not known."""
    if name not in BENCHES:
        raise BadInput(f"there is no bench {name}", next_step=f"one of: {', '.join(sorted(BENCHES))}")
    return BENCHES[name](sizes)
