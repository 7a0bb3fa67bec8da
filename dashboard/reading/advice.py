"""What stands beside a sign: its sentence, rule, deadline, first steps, don'ts. The release's own words come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from dashboard.desk import Desk
from dashboard.settings import REFERENCE
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

    A rule of which the release has no words is read with the reference list's: its own, or those of its kind.
    """
    code, general = rule or SILENT, kind or SILENT

    def said(name: str) -> str:
        return _released(desk, name, code) or _declared(desk, name, code) or _declared(desk, name, general)

    return Advice(
        what=pool_sentence(desk, code) if whole else sentence(desk, code),
        reason=_released(desk, "reason", code),
        article=said("article"),
        deadline=said("deadline"),
        not_said=said("not_said"),
        steps=tuple(said("steps").splitlines()),
        donts=tuple(said("donts").splitlines()),
    )


def sentence(desk: Desk, rule: str) -> str:
    """What a rule says of a class; a rule that nobody here has words for gets the general sentence."""
    return _released(desk, "what", rule) or _declared(desk, "what", rule) or desk.t("signs.other")


def pool_sentence(desk: Desk, rule: str) -> str:
    """A school's two waves have sentences of their own, which don't travel."""
    key = f"pool_what.{rule}"
    return desk.t(key if key in catalogue(desk.language) else "pool_what.other")


def _released(desk: Desk, name: str, code: str) -> str:
    return desk.local_label(f"rule_{name}", code, "") or ""


def _declared(desk: Desk, name: str, code: str) -> str:
    lang = "zh" if desk.language == "zh_CN" else "en"
    return _words(lang).get((name, code), "")


@cache
def _words(lang: str) -> Mapping[tuple[str, str], str]:
    """(name, rule or kind) → text of data/reference/rules.yml; several lines as one text."""
    held = yaml.safe_load((REFERENCE / "rules.yml").read_text(encoding="utf-8"))
    named = {rule["id"]: rule for rule in held["rules"]} | held["states"]
    found = {("what", code): rule["what"][lang] for code, rule in named.items()}
    advice = held["advice"] | {code: held["advice"][rule["advice"]] for code, rule in named.items() if "advice" in rule}
    for code, texts in advice.items():
        for name, text in texts.items():
            if isinstance(text, dict):
                found[name, code] = text[lang] if isinstance(text[lang], str) else "\n".join(text[lang])
    return found
