"""docs/detection.md: the bench's rows as a page that a bureau can read; `python -m` writes it and its pictures."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.cuts import null_tail
from pipelines.bench.detection.curves import render_curves
from pipelines.bench.detection.figures import REQUIRED
from pipelines.policy import load_policy

DOCS = Path(__file__).parents[3] / "docs"
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
# Pictures of the page: file → title and lines.
PICTURES = {
    "detection-sudden": (
        "A sudden outbreak, first wave",
        (
            ("Raw rate", "B1_raw_{}"),
            ("Binomial tail by band", "B1_binomial_{}"),
            ("Ours, victim item alone", "B1_{}"),
            ("Ours, with what others saw", "B2_{}"),
            ("Oracle, victim item alone", "B1_oracle_{}"),
        ),
    ),
    "detection-gate": (
        "Before and behind the gate",
        (
            ("Two waves' raw rate, persisting", "B3_two_{}"),
            ("Sudden, from released numbers", "B2_{}_gate"),
            ("Sudden, full precision", "B2_{}"),
            ("Persisting, full precision", "B3_{}"),
            ("Persisting, from released numbers", "B3_{}_gate"),
        ),
    ),
}
SIZES = {"signals": "5,000 classes × 4 waves", "signals_100k": "100,000 classes × 4 waves"}
STEPS = {
    "estimate": "shares and intervals of 20 indicators",
    "odds": "odds, chances and risks",
    "cuts": "cuts from released numbers",
    "hotspots": "places and times",
    "comparison": "schools' funnels",
}
INSIDE = """## What is counted, and what that costs

Full precision above counts careful sheets alone. A release counts every opened answer (docs/adr/0012), so the rows from
released numbers do too. `kept_gate` holds them against the full odds of the same answers: that is the gate's own price.
`kept_sound` holds them against the full odds of careful sheets: gate and careless sheets together.
"""
LIMIT = """## Where the information ends

A class of fewer than 20 answers has few counts to choose from. One more yes moves the tail of an ordinary class by a
factor of three to six, so the count at which an alarm of one in a hundred is kept is as a rule one that it keeps far
more strictly. Their false signs (B6_fpr_size_0) lie near the lower end of what is asked, and no finer cut exists. The
table has the share of ordinary classes at the first count that keeps the alarm, for a usual rate of
9 % and the policy's spread; other indicators and waves smooth it, but not away.

| answers | first count | share of ordinary classes at it | one count lower |
|---|---|---|---|
"""


def render_page(document: Mapping[str, Any]) -> str:
    """The page, from the document that the bench prints."""
    rows = {row["name"]: row for row in document["rows"]}
    parts = [
        HEAD,
        "This run: {cities} cities of {schools} schools, {waves} waves.\n".format(**document["plan"]),
        "## A sudden outbreak, at one false sign in a hundred ordinary classes\n",
        *_power(rows, RULES),
        *_picture("detection-sudden"),
        "## One that goes on or grows\n",
        *_power(rows, LATER),
        *_picture("detection-gate"),
        INSIDE,
        *_kept(rows),
        LIMIT + "\n".join(_discrete()) + "\n",
        *_grid(rows),
        *_hotspots(rows),
        *_speed(rows),
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


def _picture(name: str) -> list[str]:
    return [f"![{PICTURES[name][0]}](pictures/{name}.svg)", ""]


def _kept(rows: Rows) -> list[str]:
    names = {"kept_gate": "of the same answers", "kept_sound": "of careful sheets alone"}
    names |= {f"kept_se{goal}_gate": f"of the same answers, at {goal} %" for goal in GOALS}
    lines = ["| detections kept, at equal false signs, of the full odds | share |", "|---|---|"]
    return [*lines, *(f"| {words} | {_number(rows[name])} |" for name, words in names.items() if name in rows), ""]


def _discrete() -> list[str]:
    """Rows of the table of small classes: r, first count that keeps 1 %, its chance, the chance one count lower."""
    spread = load_policy()["class_signal.class_sd"]
    lines = []
    for r in (10, 12, 15, 18, 25, 35, 45):
        tail = null_tail(r, 0.09, spread)
        cut = int((tail > 0.01).sum())
        lines.append(f"| {r} | {cut} | {100 * tail[cut]:.2f} % | {100 * tail[cut - 1]:.2f} % |")
    return lines


def _hotspots(rows: Rows) -> list[str]:
    """Planted hotspots found and false cells; none of it where the part didn't run."""
    if "B12_one_n800" not in rows:
        return []
    lines = ["## Places and times\n", "| schools, waves | found | false cells a school | plain lift > 2: false |"]
    lines.append("|---|---|---|---|")
    for waves, size in (("one", "n800"), ("one", "n1500"), ("four", "n800"), ("four", "n1500")):
        cells = [f"B12_{waves}_{size}", f"B12_{waves}_{size}_false", f"B12_naive_{size}_false"]
        words = f"{size[1:]} students, {waves} {'wave' if waves == 'one' else 'waves'}"
        lines.append(f"| {words} | " + " | ".join(_number(rows[cell]) for cell in cells) + " |")
    return [*lines, ""]


def _speed(rows: Rows) -> list[str]:
    """CPU seconds by step; none of it where nothing was timed."""
    sizes = [(size, words) for size, words in SIZES.items() if f"{size}_s" in rows]
    if not sizes:
        return []
    lines = ["## How long it takes, on one core\n", "| CPU seconds | " + " | ".join(words for _, words in sizes) + " |"]
    lines.append("|---|" + "---|" * len(sizes))
    for step, words in (STEPS | {"": "together"}).items():
        names = [f"{size}_{step}_s" if step else f"{size}_s" for size, _ in sizes]
        lines.append(f"| {words} | " + " | ".join(f"{rows[name]['value']:.1f}" for name in names) + " |")
    peak = " | ".join(f"{rows[f'{size}_mb']['value']:.0f}" for size, _ in sizes)
    return [*lines, f"| most memory, MB | {peak} |", ""]


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


def main() -> None:
    """The page and its pictures, from the document on standard input."""
    read = json.load(sys.stdin)
    rows = {row["name"]: row for row in read["rows"]}
    (DOCS / "pictures").mkdir(exist_ok=True)
    for name, (title, rules) in PICTURES.items():
        (DOCS / "pictures" / f"{name}.svg").write_text(render_curves(title, rules, rows), encoding="utf-8")
    (DOCS / "detection.md").write_text(render_page(read), encoding="utf-8")


if __name__ == "__main__":
    main()
