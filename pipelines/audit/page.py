"""The figures on the data-protection officer's page, written from an audit so that nobody types them.

`python -m pipelines.audit.page --write FOLDER` audits the release in FOLDER with all beside it and renews the marked
part of docs/dpo.md and docs/dpo.en.md; `--check FOLDER` exits 1 where they are not what the audit gives.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.audit.report import AuditReport, audit_release
from pipelines.settings import ROOT

START, END = "<!-- figures: written by pipelines.audit.page -->", "<!-- end of figures -->"
PAGES = {"zh": ROOT / "docs" / "dpo.md", "en": ROOT / "docs" / "dpo.en.md"}
HEADS = {
    "zh": ("表", "格数", "受保护", "被还原", "最少候选数"),
    "en": ("table", "cells", "protected", "recovered", "fewest candidates"),
}
LINES = {
    "zh": "合并攻击 {releases} 次发布的全部文件。求解器抽查 {sampled} 格,{equal} 格与逐步推断完全一致。"
    "四名同学互相透露答案,共 {stories} 种情形:"
    "其他人的答案至少仍有 {least} 种可能,被推出 {forced} 个。",
    "en": "All files of {releases} releases attacked together. "
    "The solver looked at {sampled} cells; {equal} ranges equal the passes'. "
    "Four friends told each other their answers, {stories} stories: "
    "the others' answers keep at least {least} candidates, {forced} were forced.",
}


def render_figures(report: AuditReport, language: str) -> str:
    """The marked part of the page: one row per table that has cells, one sentence on solver and friends."""
    rows: list[tuple[str, ...]] = [HEADS[language], ("---",) * 5]
    rows += [
        (table.table, *map(str, (table.cells, table.protected, table.recovered, table.min_candidates)))
        for table in report.tables
        if table.cells
    ]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    sentence = LINES[language].format(
        releases=len(report.releases),
        sampled=report.solver["sampled"],
        equal=report.solver["equal"],
        stories=report.insider["stories"],
        least=report.insider["min_candidates"],
        forced=report.insider["forced"],
    )
    return f"{START}\n{table}\n\n{sentence}\n{END}"


def with_figures(page: str, figures: str) -> str:
    """The page with its marked part replaced. Raises ValueError where the marks are missing."""
    before, _, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("the page has lost its marks")
    return before + figures + after


def main(arguments: list[str]) -> int:
    """0 if the pages are (now) what the audit gives, 1 if they are stale or the release fails."""
    action, folder = arguments
    report = audit_release(Path(folder))
    if not report.passed:
        return 1
    stale = False
    for language, path in PAGES.items():
        page = path.read_text(encoding="utf-8")
        wanted = with_figures(page, render_figures(report, language))
        stale |= page != wanted
        if action == "--write":
            path.write_text(wanted, encoding="utf-8")
    return int(stale and action == "--check")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
