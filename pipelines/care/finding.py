"""A finding of the doctor: what is so here, why it matters, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.words import say

LEVELS = ("broken", "weak", "notice", "ok")  # the worst first


@dataclass(frozen=True)
class Finding:
    """`code` names its words in the catalogue; an ok needs neither why nor step."""

    level: str
    code: str
    what: str
    why: str = ""
    next_step: str = ""


def ok(code: str, **fields: object) -> Finding:
    return Finding("ok", code, say(f"doctor.{code}.ok", None, **fields))


def found(level: str, code: str, **fields: object) -> Finding:
    """A finding that calls for something; its words are doctor.<code>.what, why and step."""
    what, why, step = (say(f"doctor.{code}.{part}", None, **fields) for part in ("what", "why", "step"))
    return Finding(level, code, what, why, step)
