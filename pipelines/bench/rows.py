"""The shape every bench prints: {bench, machine, rows: [{name, value, unit, se, reference, ratio}]}."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure. `reference` names the row of the same run that `ratio` is taken against; NULL where there is none."""

    name: str
    value: float
    unit: str
    se: float | None = None
    reference: str | None = None
    ratio: float | None = None


def row_of(
    name: str, values: Sequence[float], unit: str, reference: str | None = None, against: float | None = None
) -> Row:
    """The median of repeated measurements, its standard error where there are several, its ratio where asked."""
    value = statistics.median(values)
    se = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
    return Row(name, value, unit, se, reference, value / against if against else None)


def document(bench: str, rows: Sequence[Row]) -> dict[str, Any]:
    return {"bench": bench, "machine": machine(), "rows": [asdict(row) for row in rows]}


def machine() -> str:
    """Cores and versions; no name, no address."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {version('duckdb')}"
