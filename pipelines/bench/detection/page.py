"""docs/detection.md: the bench's rows as a page that a bureau can read. `python -m pipelines.bench.detection.page`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.bench.detection.figures import REQUIRED

GOALS = (20, 30, 40)
BAR = 20
HEAD = """# 规则多久错一次 · How often the rules are wrong

*Made by `anxin bench detection` from simulated cities whose planted truth the rules never see. Don't edit by hand.*
*本页由程序根据模拟数据生成。没有实地数据以前，不声称任何实地的灵敏度。*

A class gets a sign when fewer than one ordinary class in a hundred of its size and level would score as high. Below:
what such signs find, how many are wrong, and what is left for a better rule to find. An outbreak "at 30 %" is a class
in which careful answers show 30 % of students bullied 2–3 times a month or more; ordinary classes show 4–12 %.
± is one standard error over the cities of the run.
"""
RULES = (
    ("Share above the rest (raw rate)", "B1_raw"),
    ("z against the city", "B1_z"),
    ("Binomial tail by band", "B1_binomial"),
    ("Ours, victim item alone", "B1"),
    ("Ours, with what others saw", "B2"),
    ("The same, from released numbers only", "B2_{}_gate"),
    ("Oracle: knows the class's usual rate, victim item alone", "B1_oracle"),
)
LATER = (
    ("Persisting, second wave: two waves' raw rate", "B3_two"),
    ("Persisting, second wave: ours", "B3"),
    ("Rising over three waves: two waves' raw rate", "B4_two"),
    ("Rising over three waves: ours", "B4"),
)
Rows = Mapping[str, Mapping[str, Any]]


def render_page(document: Mapping[str, Any]) -> str:
    """The page, from the document that the bench prints."""
    rows = {row["name"]: row for row in document["rows"]}
    parts = [
        HEAD,
        "This run: {cities} cities of {schools} schools, {waves} waves.\n".format(**document["plan"]),
        "## A sudden outbreak, at one false sign in a hundred ordinary classes\n",
        *_power(rows, RULES),
        "## One that goes on or grows\n",
        *_power(rows, LATER),
        *_grid(rows),
        "## What is required, and what was reached\n",
        *_required(rows, document["missed"]),
        "## Everything measured\n",
        *_all(document["rows"]),
    ]
    return "\n".join(parts) + "\n"


def _power(rows: Rows, rules: Sequence[tuple[str, str]]) -> list[str]:
    lines = ["| rule | at 20 % | at 30 % | at 40 % |", "|---|---|---|---|"]
    for words, prefix in rules:
        names = [prefix.format(f"se{goal}") if "{}" in prefix else f"{prefix}_se{goal}" for goal in GOALS]
        lines.append(f"| {words} | " + " | ".join(_bar(rows[name]) for name in names) + " |")
    return [*lines, ""]


def _bar(row: Mapping[str, Any]) -> str:
    full = round(BAR * row["value"])
    return f"`{'█' * full}{'·' * (BAR - full)}` {_number(row)}"


def _grid(rows: Rows) -> list[str]:
    """Sensitivity at 30 % and false signs in cities that differ from the default in one number; none without them."""
    names = [
        name.removeprefix("grid_").removesuffix("_fpr")
        for name in rows
        if name.startswith("grid_") and name.endswith("_fpr")
    ]
    if not names:
        return []
    head = ["city", "raw rate at 30 %", "ours at 30 %", "oracle, victim item", "false signs", "right among signs"]
    lines = ["## If the city is another one\n", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for name in names:
        cells = [f"grid_{name}{part}" for part in ("_raw_se30", "_se30", "_oracle_se30", "_fpr", "_ppv")]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(_number(rows[cell]) for cell in cells) + " |")
    return [*lines, ""]


def _required(rows: Rows, missed: Sequence[str]) -> list[str]:
    lines = ["| figure | required | reached | |", "|---|---|---|---|"]
    for name, wanted in REQUIRED.items():
        if name in rows:
            verdict = "missed" if name in missed else "" if wanted.missed_by(rows[name]["value"]) else "reached"
            lines.append(f"| {name} | {_range(wanted.low, wanted.high)} | {_number(rows[name])} | {verdict} |")
    return [*lines, "", "Without a word: short of it, but by less than two standard errors.", ""]


def _range(low: float, high: float) -> str:
    if high == float("inf"):
        return f"≥ {low:g}"
    return f"≤ {high:g}" if low == float("-inf") else f"{low:g} – {high:g}"


def _all(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["| figure | value | unit | plain rule of the same run |", "|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['name']} | {_number(row)} | {row['unit']} | {row['reference'] or ''} |")
    return lines


def _number(row: Mapping[str, Any]) -> str:
    error = f" ± {row['se']:.3f}" if row["se"] is not None else ""
    return f"{row['value']:.3f}{error}"


if __name__ == "__main__":
    sys.stdout.write(render_page(json.load(sys.stdin)))
