"""data/reference/chances.yml: how many of a hundred such signs stood on something planted. `python -m` writes it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import yaml

from pipelines.bench.detection.tallies import Tally, added
from pipelines.release.chances import load_chances
from pipelines.settings import REFERENCE

PATH = REFERENCE / "chances.yml"


def chance_rows(sums: Mapping[str, float]) -> list[dict[str, Any]]:
    """One row per rule, level, size and school level ("" any), with at least one sign."""
    keys = sorted({key.rpartition("|")[0] for key in sums if key.endswith("|signs")})
    names = ("rule", "level", "size", "school_level")
    return [
        dict(zip(names, key.split("|"), strict=True))
        | {"signs": int(sums[f"{key}|signs"]), "right": int(sums.get(f"{key}|right", 0))}
        for key in keys
    ]


def render_chances(tallies: Sequence[Tally], made: str, before: str) -> str:
    """The file anew: its heading comment kept, one line per row."""
    comment = "".join(line for line in before.splitlines(keepends=True) if line.startswith("#"))
    known = load_chances()
    head = {"made": made, "cities": len(tallies)} | {name: known[name] for name in ("least_signs", "step", "sizes")}
    rows = [f"  - {json.dumps(row)}" for row in chance_rows(added(tallies))]
    return comment + yaml.safe_dump(head, sort_keys=False, default_flow_style=None) + "\n".join(["rows:", *rows]) + "\n"


if __name__ == "__main__":
    # From stdin: the list of the cities' sums, as `anxin bench detection --json` has them under "chances".
    sums = json.load(sys.stdin)["chances"]
    PATH.write_text(render_chances(sums, date.today().isoformat(), PATH.read_text(encoding="utf-8")), encoding="utf-8")
