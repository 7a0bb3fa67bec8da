"""Benches by name, as `anxin bench NAME` knows them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.problems import BadInput

City = tuple[Path | None, int, int]  # home of a demo city, or how large one to build

# name → module and function; the pipeline's takes sizes, detection's is quick or full.
BENCHES = {
    "pipeline": ("pipeline", "run_bench"),
    "intake": ("intake", "run_intake"),
    "gate": ("gate", "run_gate"),
    "detection": ("detection.run", "run_detection"),
    "dashboard": ("dashboard", "run_dashboard"),
}


def run_named(name: str, sizes: Sequence[int], quick: bool = False, city: City = (None, 200, 4)) -> dict[str, Any]:
    """Run the bench of that name. Raises BadInput for one that is not known."""
    if name not in BENCHES:
        raise BadInput(f"there is no bench {name}", next_step=f"one of: {', '.join(sorted(BENCHES))}")
    module, function = BENCHES[name]
    run = getattr(import_module(f"pipelines.bench.{module}"), function)
    given = {"pipeline": (sizes,), "detection": (quick,), "dashboard": city}.get(name, ())
    found: dict[str, Any] = run(*given)
    return found
