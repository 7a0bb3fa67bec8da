"""What stands beside a sign: its sentence, rule, deadline, first steps, don'ts. The release's own words come first."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.words import catalogue

SILENT = "no_conclusion"


@dataclass(frozen=True)
class Advice:
    """Texts in the reader's language; `reason` is "" where the release has none."""

    what: str
    reason: str
    article: str
    deadline: str
    not_said: str
    steps: tuple[str, ...]
    donts: tuple[str, ...]


def build_advice(desk: Desk, rule: str | None, kind: str | None, *, whole: bool = False) -> Advice:
    """Of a rule, or of no conclusion. `whole`: the sentence of a school whose two waves are read together.

    A release made before words travelled with it is read with the catalogue's, which go by kind.
    """
    code, general = rule or SILENT, kind or SILENT
    return Advice(
        what=_sentence(desk, code, whole),
        reason=_released(desk, "reason", code),
        article=_released(desk, "article", code) or desk.t(f"rule.{general}"),
        deadline=_released(desk, "deadline", code) or desk.t(f"rule.{general}_deadline"),
        not_said=_released(desk, "not_said", code) or desk.t(f"not_said.{general}"),
        steps=_lines(_released(desk, "steps", code) or desk.t(f"steps.{general}")),
        donts=_lines(_released(desk, "donts", code) or desk.t(f"donts.{general}")),
    )


def _released(desk: Desk, name: str, code: str) -> str:
    return desk.labels.get((f"rule_{name}", code, ""), "")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def _sentence(desk: Desk, code: str, whole: bool) -> str:
    """A school's two waves have sentences of their own; a rule nobody here has words for gets the general one."""
    if not whole and (released := _released(desk, "what", code)):
        return released
    kind = "pool_what" if whole else "what"
    key = f"{kind}.{code}"
    return desk.t(key if key in catalogue(desk.language) else f"{kind}.other")
