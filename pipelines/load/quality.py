"""The quality page: what was checked in a load and how it went, for people, offline, in both languages, no answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.load.evidence import Evidence
from pipelines.load.expectations import Verdict
from pipelines.load.limits import MIN_ITEM_SHARE
from pipelines.load.store import WaveCount
from pipelines.words import LANGUAGES, catalogue


@dataclass(frozen=True)
class FrameVerdicts:
    """The checks of one table: those to look at one by one, the rest as a number."""

    frame: str
    shown: tuple[Verdict, ...]
    met: int


def write_page(
    page: Path,
    file_name: str,
    counts: Sequence[WaveCount],
    evidence: Evidence,
    verdicts: Sequence[Verdict],
    reasons: Sequence[str],
) -> Path:
    """Write the page beside its place and return that file; renaming it is the caller's last step."""
    page.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = page.with_name(page.name + ".part")
    part.write_text(render_page(file_name, counts, evidence, verdicts, held=bool(reasons)), encoding="utf-8")
    return part


def render_page(
    file_name: str, counts: Sequence[WaveCount], evidence: Evidence, verdicts: Sequence[Verdict], *, held: bool
) -> str:
    """The page as HTML: nothing is requested from anywhere, no script runs."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    read, accepted = sum(count.read for count in counts), sum(count.accepted for count in counts)
    return environment.get_template("quality.html.j2").render(
        languages=[(lang, lang.replace("_", "-"), catalogue(lang)) for lang in LANGUAGES],
        held=held,
        file=file_name,
        wave=", ".join(count.wave for count in counts),
        load=", ".join(dict.fromkeys(count.load_id for count in counts)),
        read=read,
        accepted=accepted,
        rejected=read - accepted,
        evidence=evidence,
        frames=by_frame(verdicts),
        shares=share_bars(evidence),
    )


def by_frame(verdicts: Sequence[Verdict]) -> list[FrameVerdicts]:
    """Verdicts of each table, in the order they were run."""
    found = []
    for frame, group in groupby(verdicts, key=lambda verdict: verdict.frame):
        members = list(group)
        shown = tuple(verdict for verdict in members if verdict.outcome != "met")
        found.append(FrameVerdicts(frame, shown, len(members) - len(shown)))
    return found


def share_bars(evidence: Evidence) -> list[dict[str, Any]]:
    """Per item the share answered in whole per cent, and whether it is worth a look."""
    shares = [(item, answered / asked) for item, asked, answered in evidence.shares]
    return [{"item": item, "percent": round(100 * share), "low": share < MIN_ITEM_SHARE} for item, share in shares]
