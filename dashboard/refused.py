"""Wrong use of one of the dashboard's commands."""

from __future__ import annotations

import os

from dashboard.words import say


class Refused(ValueError):
    """What was wrong and the next step: words of the catalogue, English where nobody says which language."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(say("en", key, **values))

    def told(self) -> str:
        return tell(self.key, **self.values)


def tell(key: str, **values: object) -> str:
    """A sentence of the commands in the language of the shell."""
    return say(shell_language(), key, **values)


def shell_language() -> str:
    """ANXIN_LANG, else the locale of the shell: zh_CN for any Chinese one, en for the rest."""
    chosen = os.environ.get("ANXIN_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh_CN" if chosen.startswith("zh") else "en"
