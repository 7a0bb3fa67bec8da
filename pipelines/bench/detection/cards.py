"""Figures in docs/models/*.md, from the bench's document: `anxin bench detection --json | python -m …detection.cards`.

A card holds its figures between two comments that name the rows; words are written by hand, numbers never.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CARDS = Path(__file__).parents[3] / "docs" / "models"
BLOCK = re.compile(r"<!-- figures: (?P<names>[^>]*?) -->\n.*?<!-- end -->", re.DOTALL)
HEAD = "| figure | value | standard error | plain rule of the same run |\n|---|---|---|---|"
NOT_RUN = "not in this run"
Rows = Mapping[str, Mapping[str, Any]]


def fill_card(text: str, rows: Rows) -> str:
    """The card with its blocks of figures written anew; filling twice changes nothing.

    A block none of whose rows is in this run belongs to another bench and stays as it is.
    """

    def fill(block: re.Match[str]) -> str:
        return _block(block["names"], rows) if any(name in rows for name in block["names"].split()) else block[0]

    return BLOCK.sub(fill, text)


def figures_of(text: str) -> list[str]:
    """Names of the rows that a card shows."""
    return [name for block in BLOCK.finditer(text) for name in block["names"].split()]


def _block(names: str, rows: Rows) -> str:
    lines = [HEAD, *(_line(name, rows) for name in names.split())]
    return "\n".join([f"<!-- figures: {names} -->", *lines, "<!-- end -->"])


def _line(name: str, rows: Rows) -> str:
    if name not in rows:
        return f"| {name} | {NOT_RUN} | | |"
    row = rows[name]
    error = "" if row["se"] is None else f"{row['se']:.3f}"
    plain = rows.get(row["reference"] or "")
    beside = f"{plain['value']:.3f} ({row['reference']})" if plain else ""
    return f"| {name} | {row['value']:.3f} | {error} | {beside} |"


def main() -> None:
    rows = {row["name"]: row for row in json.load(sys.stdin)["rows"]}
    for card in sorted(CARDS.glob("*.md")):
        card.write_text(fill_card(card.read_text(encoding="utf-8"), rows), encoding="utf-8")


if __name__ == "__main__":
    main()
